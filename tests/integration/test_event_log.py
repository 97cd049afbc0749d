"""The log under concurrent writers, crashes of the server and large contents."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import pytest
from nats.js.errors import APIError

from schemas import codec, subjects
from schemas.common import Stage
from schemas.events import JobEvent, StageStarted
from tests.nats import NatsServer
from ytarchive.domain.replay import Chains, Head
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus, Outgoing
from ytarchive.runtime.connection import connect
from ytarchive.runtime.event_log import Decision, Entry, LogMoved

JOB, OTHER = "0123456789abcdef", "fedcba9876543210"


def fact(attempt: int) -> JobEvent:
    return StageStarted(stage=Stage.DOWNLOAD, attempt=attempt)


class Writer:
    """Folds the log and appends to it, as the jobs actor does."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.chains = Chains()
        self.last = 0
        self.attempts: dict[str, list[int]] = {JOB: [], OTHER: []}

    async def append(self, job_id: str, *events: JobEvent) -> Entry:
        decision = Decision("job", job_id, self.chains.head(job_id), events, "correlation", "causation")
        (entry,) = await event_log.append(self.bus, [decision], last=self.last, at=datetime.now(UTC))
        self.apply(entry)
        return entry

    async def catch_up(self) -> None:
        async for entry in event_log.read(self.bus, after=self.last):
            self.apply(entry)

    def apply(self, entry: Entry) -> None:
        commit, fault = self.chains.follow(entry.subject, entry.sequence, entry.payload)
        assert fault is None
        assert commit
        for event in commit.events:
            assert isinstance(event, StageStarted)
            self.attempts[commit.aggregate_id].append(event.attempt)
        self.last = entry.sequence

    async def record_next(self, job_id: str, upto: int) -> None:
        """Record the next attempts one by one, whatever others or the server do meanwhile."""
        while (attempt := len(self.attempts[job_id]) + 1) <= upto:
            try:
                await self.append(job_id, fact(attempt))
            except (LogMoved, TimeoutError):
                with contextlib.suppress(TimeoutError, APIError):
                    await self.catch_up()


async def collect(entries: AsyncIterator[Entry], number: int) -> list[Entry]:
    found: list[Entry] = []
    async for entry in entries:
        found.append(entry)
        if len(found) == number:
            break
    return found


async def test_what_is_appended_is_read_back_in_order_as_a_whole_chain(bus: Bus) -> None:
    writer = Writer(bus)
    written = [
        await writer.append(JOB, fact(1), fact(2)),
        await writer.append(OTHER, fact(1)),
        await writer.append(JOB, fact(3)),
    ]
    assert [entry async for entry in event_log.read(bus)] == written
    assert [entry async for entry in event_log.read(bus, after=2)] == written[2:]
    of_one = event_log.read(bus, subject=subjects.event("job", JOB))
    assert [entry async for entry in of_one] == [written[0], written[2]]
    assert await event_log.last_sequence(bus) == 3
    commits = [codec.commits.decode(entry.payload) for entry in written]
    assert [commit.version for commit in commits] == [1, 1, 3]
    reader = Writer(bus)
    await reader.catch_up()
    assert reader.attempts == {JOB: [1, 2, 3], OTHER: [1]}


async def test_an_empty_log_reads_as_empty(bus: Bus) -> None:
    assert [entry async for entry in event_log.read(bus)] == []
    assert await event_log.last_sequence(bus) == 0


async def test_reading_a_log_that_is_not_there_is_an_error_and_not_an_empty_log(bus: Bus) -> None:
    await bus.js.delete_stream(topology.EVENTS)
    with pytest.raises(APIError):
        [entry async for entry in event_log.read(bus)]


async def test_a_log_longer_than_one_batch_is_read_whole(bus: Bus) -> None:
    total = 2 * event_log.BATCH + 3
    for start in range(0, total, 256):
        numbers = range(start, min(start + 256, total))
        await bus.publish_all([Outgoing(subjects.event("job", JOB), b"%d" % n, str(n)) for n in numbers])
    assert [entry.sequence async for entry in event_log.read(bus)] == list(range(1, total + 1))


async def test_a_log_with_more_bytes_than_fit_into_one_batch_is_read_whole(bus: Bus) -> None:
    payload = b"x" * (codec.MAX_BYTES - 1024)
    total = 2 * event_log.BATCH_BYTES // len(payload) + 3
    for number in range(total):
        await bus.publish(subjects.event("job", JOB), payload, msg_id=str(number))
    assert [entry.sequence async for entry in event_log.read(bus)] == list(range(1, total + 1))


async def test_an_append_behind_a_log_that_has_moved_is_refused_even_for_another_job(bus: Bus) -> None:
    first, second = Writer(bus), Writer(bus)
    await first.append(JOB, fact(1))
    with pytest.raises(LogMoved):
        await second.append(OTHER, fact(1))
    await second.catch_up()
    await second.append(OTHER, fact(1))
    assert second.attempts == {JOB: [1], OTHER: [1]}


async def test_of_two_writers_of_the_same_version_one_wins_and_the_other_reads_on(bus: Bus) -> None:
    first, second = Writer(bus), Writer(bus)
    outcomes = await asyncio.gather(
        first.append(JOB, fact(1)), second.append(JOB, fact(1)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {Entry, LogMoved}
    for writer in (first, second):
        await writer.catch_up()
        assert writer.attempts[JOB] == [1]


async def test_racing_writers_double_no_version_and_lose_none(bus: Bus, nats_url: str) -> None:
    async with connect(nats_url, None, name="rival") as rival:
        writers = [Writer(bus), Writer(rival), Writer(bus), Writer(rival)]
        await asyncio.gather(*(writer.record_next(JOB, 50) for writer in writers))
    reader = Writer(bus)
    await reader.catch_up()
    assert reader.attempts[JOB] == list(range(1, 51))


async def test_the_same_commit_sent_twice_is_stored_once(bus: Bus) -> None:
    at = datetime.now(UTC)

    async def append(last: int) -> Entry:
        decision = Decision("job", JOB, Head(), (fact(1),), "correlation", "causation")
        (entry,) = await event_log.append(bus, [decision], last=last, at=at)
        return entry

    first = await append(0)
    with pytest.raises(LogMoved):
        await append(0)
    assert await append(1) == first
    assert await event_log.last_sequence(bus) == 1


async def test_after_an_append_without_an_answer_reading_on_tells_that_it_was_stored(
    nats_server: NatsServer, own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(own_bus)
    await writer.append(JOB, fact(1))
    monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 1.0)
    # Given a server that is down while the commit is sent
    nats_server.kill()
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        await writer.append(JOB, fact(2))
    # When it is back, the client sends what it kept
    nats_server.start()
    while writer.last < 2:
        await writer.catch_up()
    # Then it is in the log once, and writing goes on behind it
    await writer.record_next(JOB, 3)
    assert writer.attempts[JOB] == [1, 2, 3]


async def test_after_an_append_without_an_answer_reading_on_tells_that_it_was_not_stored(
    nats_server: NatsServer, own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(own_bus)
    await writer.append(JOB, fact(1))
    monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 1.0)
    # Given a commit sent into the connection of a server that has died without the client knowing
    nats_server.restart()
    with pytest.raises(TimeoutError):
        await writer.append(JOB, fact(2))
    await writer.catch_up()
    assert writer.attempts[JOB] == [1]
    # Then deciding again records it
    await writer.record_next(JOB, 2)
    assert writer.attempts[JOB] == [1, 2]


async def test_crashes_of_the_server_while_two_write_lose_nothing_and_double_nothing(
    nats_server: NatsServer, own_bus: Bus
) -> None:
    async with connect(nats_server.url, None, name="rival") as rival:
        for each in (own_bus, rival):
            each.js = each.client.jetstream(timeout=0.3)
        over = asyncio.Event()

        async def write(writer: Writer) -> None:
            while not over.is_set():
                await writer.record_next(JOB, len(writer.attempts[JOB]) + 1)

        writers = [Writer(own_bus), Writer(rival)]

        def known() -> int:
            return max(len(writer.attempts[JOB]) for writer in writers)

        async with asyncio.TaskGroup() as writing:
            for writer in writers:
                writing.create_task(write(writer))
            for crash in range(1, 5):
                await asyncio.sleep(0.3)
                while known() <= 25 * crash:  # however slow the machine: each crash meets some
                    await asyncio.sleep(0.01)
                nats_server.kill()
                await asyncio.sleep(0.1)
                nats_server.start()
            over.set()
    reader = Writer(own_bus)
    await reader.catch_up()
    recorded = len(reader.attempts[JOB])
    assert recorded > 100
    assert reader.attempts[JOB] == list(range(1, recorded + 1))


async def test_following_gives_what_is_there_and_then_what_comes(bus: Bus) -> None:
    writer = Writer(bus)
    old = await writer.append(JOB, fact(1))
    following = event_log.follow(bus, after=0, subject=subjects.EVENTS, interval=30)
    assert await anext(following) == old
    new = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0.05)
    entry = await writer.append(OTHER, fact(1))
    assert await asyncio.wait_for(new, 20) == entry
    await following.aclose()


async def test_following_misses_nothing_of_a_burst(bus: Bus) -> None:
    writer = Writer(bus)
    following = event_log.follow(bus, after=0, subject=subjects.EVENTS)
    seen = asyncio.create_task(collect(following, 200))
    await writer.record_next(JOB, 200)
    assert [entry.sequence for entry in await asyncio.wait_for(seen, 60)] == list(range(1, 201))
    await following.aclose()


async def test_following_outlives_crashes_of_the_server(nats_server: NatsServer, own_bus: Bus) -> None:
    writer = Writer(own_bus)
    following = event_log.follow(own_bus, after=0, subject=subjects.EVENTS, interval=0.2)
    for number in count(1):
        await writer.record_next(JOB, number)
        entry = await asyncio.wait_for(anext(following), 60)
        assert entry.sequence == number
        if number == 3:
            break
        nats_server.restart()
        await asyncio.sleep(0.05)
    await following.aclose()
