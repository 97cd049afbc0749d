"""Every test has the log of two jobs, one commit an event, the jobs taking turns."""

import msgspec

from schemas import codec, subjects
from schemas.common import Stage
from schemas.envelope import Commit
from schemas.events import JobCancelled, JobEvent, StageStarted
from tests.jobs import AT, JOB, OTHER
from ytarchive.domain.replay import Break, Chains, Head, follow

Stored = tuple[str, int, bytes]
"""A message as the stream has it: subject, sequence, payload."""


def commit(job_id: str, head: Head, event: JobEvent) -> bytes:
    return codec.encode(
        Commit(
            aggregate="job",
            aggregate_id=job_id,
            version=head.version + 1,
            previous=head.digest,
            at=AT,
            correlation_id="conversation",
            causation_id="cause",
            events=(event,),
        )
    )


def log(turns: int = 4) -> list[Stored]:
    stored: list[Stored] = []
    heads = {JOB: Head(), OTHER: Head()}
    for attempt in range(1, turns + 1):
        for job_id, head in heads.items():
            payload = commit(job_id, head, StageStarted(stage=Stage.DOWNLOAD, attempt=attempt))
            heads[job_id] = follow(codec.commits.decode(payload), payload)
            stored.append((subjects.event("job", job_id), len(stored) + 1, payload))
    return stored


def read(stored: list[Stored], chains: Chains | None = None) -> tuple[list[int], list[Break]]:
    """Give the sequences of the messages believed, and the breaks found."""
    chains = chains or Chains()
    believed, breaks = [], []
    for subject, sequence, payload in stored:
        found, fault = chains.follow(subject, sequence, payload)
        believed += [sequence] if found else []
        breaks += [fault] if fault else []
    return believed, breaks


def without(stored: list[Stored], *sequences: int) -> list[Stored]:
    return [message for message in stored if message[1] not in sequences]


def replaced(stored: list[Stored], sequence: int, payload: bytes) -> list[Stored]:
    return [(subject, at, payload if at == sequence else old) for subject, at, old in stored]


def test_a_whole_log_holds_together() -> None:
    chains = Chains()
    assert read(log(), chains) == (list(range(1, 9)), [])
    assert chains.holes == []
    assert chains.head(JOB).version == chains.head(OTHER).version == 4
    assert chains.head("unknown") == Head(0, "")


def test_the_log_of_one_job_alone_holds_together() -> None:
    """Given only one job's messages, then their chain is whole, and the holes are the other's messages."""
    chains = Chains()
    mine = [message for message in log() if message[0].endswith(OTHER)]
    assert read(mine, chains) == ([2, 4, 6, 8], [])
    assert [hole.sequence for hole in chains.holes] == [2, 4, 6, 8]


def test_a_lost_message_is_one_report_and_the_chain_goes_on() -> None:
    believed, breaks = read(without(log(), 3))
    assert believed == [1, 2, 4, 5, 6, 7, 8]
    assert breaks == [Break(job_id=JOB, sequence=5, detail="version 3 where 2 was due")]


def test_a_lost_end_of_a_chain_shows_as_a_hole() -> None:
    """Given a log without the last message of one job, then no chain is broken, but the sequence is."""
    chains = Chains()
    assert read(without(log(), 7), chains)[1] == []
    assert chains.holes == [Break(sequence=8, detail="messages 7 to 7 are missing")]
    assert chains.holes[0].job_id is None


def test_a_lost_beginning_is_reported() -> None:
    chains = Chains()
    believed, breaks = read(without(log(), 1, 2, 3), chains)
    assert believed == [4, 5, 6, 7, 8]
    assert [(fault.job_id, fault.sequence) for fault in breaks] == [(OTHER, 4), (JOB, 5)]
    assert chains.holes == [Break(sequence=4, detail="messages 1 to 3 are missing")]


def test_swapped_messages_are_reported() -> None:
    stored = log()
    third, fifth = stored[2][2], stored[4][2]
    believed, breaks = read(replaced(replaced(stored, 3, fifth), 5, third))
    assert [fault.sequence for fault in breaks] == [3, 7]
    assert believed == [1, 2, 4, 5, 6, 8]


def test_an_altered_message_is_reported_by_the_next_of_its_chain() -> None:
    """Given a message that says something else than was recorded, then its successor does not follow."""
    stored = log()
    altered = codec.commits.decode(stored[2][2])
    forged = msgspec.structs.replace(altered, events=(JobCancelled(),))
    _, breaks = read(replaced(stored, 3, codec.encode(forged)))
    assert breaks[0] == Break(
        job_id=JOB, sequence=5, detail="version 3 does not follow the version 2 that is there"
    )


def test_an_unreadable_message_is_reported_and_the_chain_goes_on() -> None:
    believed, breaks = read(replaced(log(), 3, b"{"))
    assert [fault.sequence for fault in breaks] == [3, 5]
    assert breaks[0].detail.startswith("unreadable: ")
    assert believed == [1, 2, 4, 5, 6, 7, 8]


def test_a_message_filed_under_another_job_is_reported_and_not_believed() -> None:
    stored = log()
    believed, breaks = read(replaced(stored, 4, stored[2][2]))
    assert believed == [1, 2, 3, 5, 6, 7, 8]
    assert breaks[0] == Break(
        job_id=OTHER, sequence=4, detail=f"filed under {subjects.event('job', OTHER)}, but about job {JOB}"
    )


def test_a_message_stored_twice_counts_once() -> None:
    stored = log()
    believed, breaks = read([*stored, (stored[4][0], 9, stored[4][2])])
    assert believed == list(range(1, 9))
    assert breaks == [Break(job_id=JOB, sequence=9, detail="version 3 where 5 was due")]


def test_a_message_forged_without_the_chain_is_not_believed_and_does_no_harm() -> None:
    """Given forged messages at, before and far beyond the place that is due, then only they are refused."""
    stored = log()
    forged = [
        (stored[0][0], 3, commit(JOB, Head(version), JobCancelled()))
        for version in (0, 1, 99)
        for _ in range(2)
    ]
    mixed = [
        (subject, sequence, payload)
        for sequence, (subject, _, payload) in enumerate((*stored[:2], *forged, *stored[2:]), 1)
    ]
    believed, breaks = read(mixed)
    assert [fault.sequence for fault in breaks] == [3, 4, 5, 6, 7, 8]
    assert believed == [1, 2, *range(9, 15)]
