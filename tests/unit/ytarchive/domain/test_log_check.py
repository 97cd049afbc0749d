"""What is checked of a log while it goes by: chains, gaps, the tree, and signed checkpoints."""

import hashlib

import msgspec
import pytest

from schemas import codec
from schemas.events import LogCheckpointed
from tests.jobs import AT, JOB
from tests.logs import LOG_SUBJECT, SIGNER, STRANGER, checkpoint, message, numbered, with_checkpoints, world
from ytarchive.domain.checkpoints import Covered, Mark, Trust, Witness
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored
from ytarchive.domain.replay import Head, unknown_tags
from ytarchive.runtime.signing import signed

TRUST = Trust(signed())


def checked(messages: tuple[Stored, ...], check: LogCheck | None = None) -> LogCheck:
    check = check or LogCheck(trust=TRUST)
    for one in messages:
        check.follow(*one[:3])
    return check


def test_a_whole_log_has_no_fault_and_everything_of_it_is_counted() -> None:
    check = checked(world())
    assert (check.faults, check.holes, check.partial) == ([], [], False)
    assert (check.messages, check.last, check.aggregates) == (len(world()), len(world()), 2)
    assert check.events == sum(len(codec.commits.decode(one.payload).events) for one in world())
    assert check.edge().count == len(world())
    assert check.edge(99).sequence == 99


def test_the_ends_of_the_chains_tell_logs_apart_that_end_otherwise() -> None:
    ends = {checked(world()[:number]).heads for number in range(len(world()) + 1)}
    assert len(ends) == len(world()) + 1
    assert checked(()).heads == "0" * 64


def test_what_is_missing_between_and_at_the_end_is_told() -> None:
    check = checked((*world()[:3], *world()[5:]))
    check.end(len(world()) + 2)
    told = [hole.detail for hole in check.holes]
    assert told == [
        "messages 4 to 5 are missing",
        f"messages {len(world()) + 1} to {len(world()) + 2} are missing",
    ]
    assert check.last == len(world()) + 2
    check.end(3)
    assert len(check.holes) == 2


def test_a_log_read_from_behind_a_message_misses_nothing_of_what_is_before_it() -> None:
    edge = checked(world()[:10]).edge()
    check = checked(world()[10:], LogCheck(edge))
    assert (check.faults, check.holes, check.partial, check.unproven) == ([], [], True, 2)
    assert check.edge() == checked(world()).edge()


def test_a_chain_that_breaks_behind_the_edge_is_a_fault_nevertheless() -> None:
    edge = checked(world()[:10]).edge()
    ours = [one.sequence for one in world()[10:] if one.subject.endswith(JOB)]
    check = checked(tuple(one for one in world()[10:] if one.sequence != ours[1]), LogCheck(edge))
    assert [fault.job_id for fault in check.faults] == [JOB]
    assert len(check.holes) == 1


def test_events_of_a_newer_version_are_named() -> None:
    last = world()[-1]
    newer = last.payload.replace(b'"type":"job.', b'"type":"job.teleported_', 1)
    check = checked((*world()[:-1], last._replace(payload=newer)))
    (tag,) = check.unknown
    assert tag.startswith("job.teleported_")
    assert check.faults[0].detail == f"holds {tag}, which a newer version has written"


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b'{"events":[{}]}', b"[" * 100_000])
def test_what_is_no_commit_has_no_events_of_a_newer_version(payload: bytes) -> None:
    assert unknown_tags(payload) == set()
    check = checked((message(1, f"ytarchive.v1.event.job.{JOB}", payload),))
    assert (len(check.faults), check.unknown) == (1, set())


def test_checkpoints_tell_up_to_where_and_since_when_a_log_is_covered() -> None:
    log = with_checkpoints(world(), 5, 12)
    assert checked(log).covered == Covered(13, 2, AT, AT, (SIGNER.key,), SIGNER.key)
    assert checked(log).faults == []
    assert checked(world()).covered == Covered()
    assert checked(log, LogCheck(trust=Trust(signed(), frozenset({SIGNER.key})))).covered.checkpoints == 2
    unchecked = checked(log, LogCheck())
    assert (unchecked.covered, unchecked.unchecked) == (Covered(), 2)


def test_a_log_that_was_written_anew_is_not_the_one_that_was_signed() -> None:
    """Given a log of which one message was left out and the rest closed up, when the checkpoints stay."""
    log = with_checkpoints(world(), 5, 12)
    forged = numbered(one for one in log if one.subject != log[0].subject or one.subject == LOG_SUBJECT)
    told = [fault.detail for fault in checked(forged).faults]
    assert all(detail.startswith("checkpoint: ") for detail in told)
    assert len(told) == 2
    assert checked(forged).covered.checkpoints == 0


def told_of(event: LogCheckpointed) -> str:
    log = (*world()[:5], message(6, LOG_SUBJECT, checkpoint(event, Head())))
    (fault,) = checked(log).faults
    assert fault.sequence == 6
    return fault.detail


def test_a_checkpoint_that_is_not_what_it_says_is_named() -> None:
    edge = checked(world()[:5]).edge()
    good = SIGNER.checkpoint(edge)
    assert told_of(msgspec.structs.replace(good, signature="0" * 128)) == "checkpoint: its signature is wrong"
    assert told_of(msgspec.structs.replace(good, key="f" * 64)) == "checkpoint: its signature is wrong"
    other = checked(world()[:4]).edge()
    assert told_of(SIGNER.checkpoint(msgspec.structs.replace(other, sequence=5))) == (
        "checkpoint: its root is not that of the messages before it"
    )
    assert told_of(SIGNER.checkpoint(other)) == (
        "checkpoint: covers the log up to message 4, not up to the one before it"
    )


def by_both() -> tuple[Stored, ...]:
    """Give a log with a checkpoint by one key, and behind it another by another."""
    edge = checked(world()[:5]).edge()
    log = (*world()[:5], message(6, LOG_SUBJECT, checkpoint(SIGNER.checkpoint(edge), Head())))
    last = hashlib.sha256(log[-1].payload).hexdigest()
    payload = checkpoint(STRANGER.checkpoint(checked(log).edge()), Head(1, last))
    return (*log, message(7, LOG_SUBJECT, payload))


def trusting(*keys: str) -> LogCheck:
    return checked(by_both(), LogCheck(trust=Trust(signed(), frozenset(keys))))


@pytest.mark.parametrize("keys", [(), (SIGNER.key, STRANGER.key)])
def test_a_log_whose_key_was_changed_is_covered_by_both(keys: tuple[str, ...]) -> None:
    check = trusting(*keys)
    assert (check.covered.keys, check.covered.by) == ((SIGNER.key, STRANGER.key), STRANGER.key)
    assert (check.faults, check.unsigned, check.unknown_keys) == ([], [], ())


def test_a_checkpoint_by_a_key_nobody_named_is_unknown_and_covers_nothing() -> None:
    check = trusting(SIGNER.key)
    assert (check.faults, check.covered.sequence, check.unknown_keys) == ([], 5, (STRANGER.key,))
    told = f"checkpoint: signed with the key {STRANGER.key}, which is unknown: nobody named it"
    assert [(one.sequence, one.detail) for one in check.unsigned] == [(7, told)]


def test_behind_an_unknown_key_one_that_was_named_answers_for_all_before_it() -> None:
    check = trusting(STRANGER.key)
    assert (check.faults, check.unsigned, check.covered.sequence) == ([], [], 6)
    assert check.unknown_keys == (SIGNER.key,)


def test_an_unknown_key_is_named_once_however_often_it_has_signed() -> None:
    log = with_checkpoints(world(), 5, 12)
    check = checked(log, LogCheck(trust=Trust(signed(), frozenset({STRANGER.key}))))
    told = f"checkpoint: 2 of them up to message 14, signed with the key {SIGNER.key}"
    assert check.unknown_keys == (SIGNER.key,)
    assert [(one.sequence, one.detail) for one in check.unsigned] == [
        (6, f"{told}, which is unknown: nobody named it")
    ]


DEMANDED = Trust(signed(), frozenset({SIGNER.key}), demanded=True)


def test_where_a_signature_is_demanded_a_log_without_one_that_counts_is_at_fault() -> None:
    """Given a log of which the checkpoints were left out, or that was cut before the first of them."""
    for log in (world(), with_checkpoints(world(), 5)[:5], ()):
        check = checked(log, LogCheck(trust=DEMANDED))
        told = [(one.sequence, one.detail) for one in check.unsigned]
        assert told == [(len(log), "nothing of it is signed with a key that counts")]
    log = with_checkpoints(world(), 5)
    assert checked(log, LogCheck(trust=DEMANDED)).unsigned == []
    nobody_can_tell = checked(log, LogCheck(trust=DEMANDED._replace(signed=None)))
    assert "no signature could be checked" in nobody_can_tell.unsigned[0].detail


def test_a_later_part_in_which_nothing_is_has_nothing_to_be_signed() -> None:
    edge = checked(world()[:10]).edge()
    assert checked((), LogCheck(edge, trust=DEMANDED)).unsigned == []
    assert len(checked(world()[10:], LogCheck(edge, trust=DEMANDED)).unsigned) == 1


def marked(messages: tuple[Stored, ...], mark: Mark) -> list[str]:
    return [one.detail for one in checked(messages, LogCheck(trust=Trust(mark=mark))).departed]


def test_a_log_is_held_against_what_was_signed_last() -> None:
    """Given a log that was rewritten, or cut, even where somebody signed it anew with the same key."""
    edge = checked(world()[:10]).edge()
    mark = Mark(edge.sequence, edge.count, edge.root, AT, SIGNER.key)
    for log in (world(), world()[:10], world()[:11]):
        assert marked(log, mark) == []
    forged = (*world()[:4], world()[4]._replace(payload=world()[4].payload + b" "), *world()[5:])
    told = f"it is not the log that was signed here up to message 10 at {AT:%Y-%m-%dT%H:%M:%SZ}"
    assert marked(forged, mark) == marked(forged[:10], mark) == [told]
    assert marked(with_checkpoints(forged, 12), mark) == [told]
    ends = f"the log ends with message 9, and was signed here up to message 10 at {AT:%Y-%m-%dT%H:%M:%SZ}"
    assert marked(world()[:9], mark) == [ends]


def test_a_log_that_was_signed_when_its_end_was_lost_already_is_the_same_still() -> None:
    edge = checked(world()[:10]).edge(12)
    mark = Mark(edge.sequence, edge.count, edge.root, AT, SIGNER.key)
    assert marked(world()[:10], mark) == []


def test_who_accepts_a_log_as_it_is_does_not_hold_it_against_anything_older() -> None:
    mark = Mark(10, 10, "00" * 32, AT, SIGNER.key)
    for log in (world(), world()[:9]):
        witness = Witness(Trust(mark=mark))
        for one in log:
            witness.follow(*one[:3], None)
        assert len(witness.departed) == 1
        witness.accept()
        assert witness.departed == []
