"""Two jobs actors on one log: neither believes that it knows all of it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from actors.jobs.desk import Desk, Subject
from schemas import subjects
from schemas.commands import (
    BatchCommand,
    CancelBatch,
    JobCommand,
    RetryBatch,
    SubmitBatch,
)
from schemas.common import BatchState, Stage, State
from schemas.envelope import Envelope
from schemas.events import Event, LeaderFollowed, StageStarted
from schemas.results import Result
from tests.jobs import BATCH, JOB, OTHER, URL, VIDEO, downloaded, fetched, submit
from tests.nats import NatsServer
from ytarchive.domain.batch import Batch
from ytarchive.domain.job import Job
from ytarchive.domain.replay import Chains
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus, Outgoing, SequenceConflict
from ytarchive.runtime.process import Runtime

RuntimeOn = Callable[[Bus], Runtime]
JOBS = [f"{number:016x}" for number in range(40)]


def message(body: JobCommand | BatchCommand | Result, message_id: str = "") -> Envelope[Any]:
    make: Any = Envelope
    found: Envelope[Any] = make(
        id=message_id or str(body)[:200], at=datetime.now(UTC), correlation_id="c", body=body
    )
    return found


def found(job_id: str, video: str) -> Result:
    """The metadata of a job shows this video."""
    return msgspec.structs.replace(
        fetched(job_id=job_id), video=msgspec.structs.replace(VIDEO, video_id=video)
    )


async def events(bus: Bus) -> list[tuple[str, Event]]:
    """Give all events there are, in a log that holds together."""
    chains, all_of_them = Chains(), list[tuple[str, Event]]()
    async for entry in event_log.read(bus):
        commit, fault = chains.follow(entry.subject, entry.sequence, entry.payload)
        assert fault is None
        assert commit
        all_of_them += [(commit.aggregate_id, event) for event in commit.events]
    assert chains.holes == []
    return all_of_them


@pytest.fixture
async def desks(bus: Bus, runtime_on: RuntimeOn) -> tuple[Desk, Desk]:
    """Two that have read the log while it was empty."""
    desks = Desk(runtime_on(bus)), Desk(runtime_on(bus))
    for desk in desks:
        await desk.catch_up()
    return desks


async def test_a_result_for_a_job_that_only_the_other_one_knows_is_recorded(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    await one.decide(message(submit()))
    (job,) = await other.decide(message(fetched()))
    assert isinstance(job, Job)
    assert job.state is State.DOWNLOADING


async def test_what_one_has_recorded_the_other_does_not_record_again(
    bus: Bus, desks: tuple[Desk, Desk]
) -> None:
    for desk in desks:
        await desk.decide(message(submit()))
    assert await event_log.last_sequence(bus) == 1
    assert [desk.catalogue.job(JOB).version for desk in desks] == [2, 2]


async def test_it_becomes_current_by_reading_what_the_other_has_written(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    assert await other.is_current()
    await one.decide(message(submit()))
    assert not await other.is_current()
    assert await other.is_current()
    assert other.catalogue.job(JOB) == one.catalogue.job(JOB)


async def test_many_decisions_are_recorded_in_their_order(bus: Bus, desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    jobs = await one.decide(*(message(submit(job_id)) for job_id in JOBS))
    assert [job.job_id for job in jobs if isinstance(job, Job)] == JOBS
    assert [job_id for job_id, event in await events(bus) if isinstance(event, StageStarted)] == JOBS
    await other.catch_up()
    assert list(other.catalogue) == list(one.catalogue)
    assert (one.last, other.last) == (40, 40)


async def test_of_many_messages_those_that_lead_to_nothing_take_no_room(
    bus: Bus, desks: tuple[Desk, Desk]
) -> None:
    one, _ = desks
    await one.decide(*(message(submit(job_id)) for job_id in JOBS[::2]))
    jobs = await one.decide(*(message(submit(job_id)) for job_id in JOBS))
    assert [job.version for job in jobs] == [2] * 40
    assert await event_log.last_sequence(bus) == 40


async def test_two_that_decide_on_many_at_once_record_each_once_and_know_all_that_went_before(
    bus: Bus, desks: tuple[Desk, Desk]
) -> None:
    """Given two jobs for each of forty videos, half of them at either desk, then one of each two follows."""
    one, other = desks
    pairs = [(f"{number:016x}", f"{number + 256:016x}") for number in range(40)]
    for each in pairs:
        await one.decide(*(message(submit(job_id)) for job_id in each))
    await other.catch_up()

    async def decide(desk: Desk, jobs: Sequence[str]) -> None:
        for start in range(0, len(jobs), 8):
            group = [
                message(found(job, f"video{start + place}")) for place, job in enumerate(jobs[start:][:8])
            ]
            await desk.decide(*group)

    await asyncio.gather(
        decide(one, [first for first, _ in pairs]), decide(other, [second for _, second in pairs])
    )

    written = await events(bus)
    downloads = [job for job, event in written if event == StageStarted(stage=Stage.DOWNLOAD, attempt=1)]
    followers = [job for job, event in written if isinstance(event, LeaderFollowed)]
    assert len(downloads) == len(followers) == 40
    for first, second in pairs:
        assert {first, second} == {*downloads, *followers} & {first, second}
        assert len({first, second} & {*downloads}) == 1
    for desk in desks:
        await desk.catch_up()
    assert list(one.catalogue) == list(other.catalogue)


class Interrupted(Bus):
    """A connection on which somebody else is faster behind the first of many messages."""

    def __init__(self, bus: Bus, foreign: Callable[[], Any]) -> None:
        super().__init__(bus.client)
        self._foreign = [foreign]

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[int | SequenceConflict]:
        if len(messages) == 1 or not self._foreign:
            return await super().publish_all(messages)
        first = await super().publish_all(messages[:1])
        await self._foreign.pop()()
        return [*first, *await super().publish_all(messages[1:])]


async def test_a_foreign_message_amid_many_has_all_behind_it_decided_anew(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    """Given three jobs, one of which finds the video that a foreign job begins meanwhile, then it follows."""
    rival, three = Desk(runtime_on(bus)), JOBS[:3]
    await rival.decide(*(message(submit(job_id)) for job_id in (*three, OTHER)))
    foreign = list[list[Subject]]()

    async def begin() -> None:
        foreign.append(await rival.decide(message(fetched(job_id=OTHER))))

    interrupted = Interrupted(bus, begin)
    await interrupted.listen()
    desk = Desk(runtime_on(interrupted))
    await desk.catch_up()
    results = [found(three[0], "another"), fetched(job_id=three[1]), found(three[2], "third")]
    jobs = await desk.decide(*map(message, results))

    assert len(foreign) == 1
    assert [(job.state, job.of) for job in jobs if isinstance(job, Job)] == [
        (State.DOWNLOADING, None),
        (State.WAITING, OTHER),
        (State.DOWNLOADING, None),
    ]
    assert Counter(job for job, event in await events(bus) if isinstance(event, StageStarted)) == {
        OTHER: 2,
        three[0]: 2,
        three[1]: 1,
        three[2]: 2,
    }


async def test_nothing_is_stored_behind_a_foreign_message(bus: Bus, runtime_on: RuntimeOn) -> None:
    async def write() -> None:
        await bus.publish(subjects.event("job", OTHER), b"foreign", msg_id="foreign")

    desk = Desk(runtime_on(bus))
    decisions = [
        desk.decision("job", job, (StageStarted(stage=Stage.METADATA, attempt=1),), "c", "c")
        for job in JOBS[:4]
    ]
    interrupted = Interrupted(bus, write)
    await interrupted.listen()
    with pytest.raises(event_log.LogMoved):
        await event_log.append(interrupted, decisions, last=0, at=datetime.now(UTC))
    kept = [entry.subject.rpartition(".")[2] async for entry in event_log.read(bus)]
    assert kept == [JOBS[0], OTHER]


async def test_an_append_without_an_answer_is_recorded_once_whatever_became_of_it(
    nats_server: NatsServer, own_bus: Bus, runtime_on: RuntimeOn
) -> None:
    runtime = runtime_on(own_bus)
    desk = Desk(runtime)
    await desk.decide(message(submit()))
    # Given a server that has died without the client knowing: the group is lost
    nats_server.restart()
    jobs = await desk.decide(*(message(submit(job_id)) for job_id in JOBS[:5]))
    assert [job.version for job in jobs] == [2] * 5
    # Given a server that is down: the group is sent when it is back, behind the desk's back
    nats_server.kill()
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        await desk.decide(*(message(submit(job_id)) for job_id in JOBS[5:10]))
    assert runtime.pulse.beat().trouble == "the server does not keep what is decided: no answer"
    nats_server.start()
    while True:
        try:
            jobs = await desk.decide(*(message(submit(job_id)) for job_id in JOBS[5:10]))
            break
        except TimeoutError:
            continue
    assert [job.version for job in jobs] == [2] * 5
    assert runtime.pulse.beat().trouble == ""
    begun = Counter(job for job, event in await events(own_bus) if isinstance(event, StageStarted))
    assert begun == dict.fromkeys((JOB, *JOBS[:10]), 1)


async def test_batches_are_decided_on_beside_jobs(bus: Bus, desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    batch, job = await one.decide(
        message(SubmitBatch(batch_id=BATCH, title="one", sources=(URL,))), message(submit())
    )
    assert isinstance(batch, Batch)
    assert (batch.batch_id, batch.version, batch.correlation_id) == (BATCH, 1, "c")
    assert isinstance(job, Job)
    (batch,) = await other.decide(message(CancelBatch(batch_id=BATCH)))
    assert isinstance(batch, Batch)
    assert (batch.state, batch.version) == (BatchState.CANCELLED, 2)


async def test_a_batch_is_tried_again_once_for_each_time_it_is_asked(
    bus: Bus, desks: tuple[Desk, Desk]
) -> None:
    one, _ = desks
    await one.decide(message(SubmitBatch(batch_id=BATCH, title="one", sources=(URL,))))
    for message_id, version in (("first", 2), ("first", 2), ("second", 3)):
        (batch,) = await one.decide(message(RetryBatch(batch_id=BATCH), message_id))
        assert batch.version == version


async def test_of_an_aggregate_only_what_was_believed_is_told(bus: Bus, runtime_on: RuntimeOn) -> None:
    desk = Desk(runtime_on(bus))
    await desk.decide(message(submit()))
    await bus.publish(subjects.event("job", JOB), b"junk", msg_id="junk")
    await desk.decide(message(fetched()))
    rival = Desk(runtime_on(bus))
    await rival.catch_up()
    await rival.decide(message(downloaded()))

    async def history(after: int) -> list[int]:
        return [sequence async for sequence, _ in desk.history("job", JOB, after)]

    assert await history(0) == [1, 1, 3, 3]
    assert await history(1) == [3, 3]
    await desk.catch_up()
    assert await history(3) == [4, 4]
