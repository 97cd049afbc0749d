"""The one cycle by which work is taken from a queue: what is done, given back, buried and kept alive."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.js.api import RetentionPolicy, StreamConfig
from structlog.testing import capture_logs

from schemas import codec, subjects
from schemas.commands import FetchMetadata, Task, WakeJob
from schemas.common import Stage
from schemas.dead_letters import DeadLetter
from schemas.envelope import Envelope
from tests.nats import NatsServer
from ytarchive.runtime import consumer, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.consumer import Delivery, Queue, serve
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

JOB = "0123456789abcdef"
TaskDelivery = Delivery[Envelope[Task]]


def subject(version: int) -> str:
    return subjects.task(Stage.METADATA, JOB, version)


async def ask(bus: Bus, version: int) -> None:
    """Put a task into the queue; it carries its version as the attempt."""
    body: Task = FetchMetadata(job_id=JOB, attempt=version, url="https://example.org/watch")
    envelope = Envelope(id=f"{JOB}:{version}", at=datetime.now(UTC), correlation_id=JOB, body=body)
    await bus.publish(subject(version), codec.encode(envelope), msg_id=envelope.id)


def queue(
    handle: Callable[[TaskDelivery], Coroutine[Any, Any, None]],
    *,
    slots: int = 1,
    grace: float = 0.2,
    ack_wait: float = 30,
) -> Queue[Envelope[Task]]:
    settings = topology.work_consumer(
        "metadata", subjects.tasks(Stage.METADATA), slots=slots, ack_wait=ack_wait
    )
    return Queue(topology.COMMANDS, settings, codec.tasks, handle, slots=slots, grace=grace)


@contextlib.asynccontextmanager
async def serving(runtime: Runtime, *queues: Queue[Any]) -> AsyncIterator[None]:
    """Work on queues as long as the block lasts; ending must not take long."""
    async with asyncio.TaskGroup() as group:
        for each in queues:
            group.create_task(serve(runtime, each))
        try:
            yield
        finally:
            runtime.stopping.set()


class Seen:
    """A handler that notes what it was given."""

    def __init__(self) -> None:
        self.attempts: list[tuple[int, int]] = []
        self._news = asyncio.Condition()

    async def __call__(self, delivery: TaskDelivery) -> None:
        assert isinstance(delivery.body.body, FetchMetadata)
        async with self._news:
            self.attempts.append((delivery.body.body.attempt, delivery.number))
            self._news.notify_all()

    async def until(self, number: int, within: float = 25) -> list[tuple[int, int]]:
        """Wait for so many deliveries, and give them as (attempt, delivery)."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.attempts) >= number)
        return self.attempts


async def left(bus: Bus, stream: str = topology.COMMANDS) -> int:
    """Count the messages still in a stream."""
    return (await bus.js.stream_info(stream)).state.messages


async def empty(bus: Bus, within: float = 25, stream: str = topology.COMMANDS) -> None:
    """Wait until nothing is left in a stream."""
    async with asyncio.timeout(within):
        while await left(bus, stream):
            await asyncio.sleep(0.02)


async def letters(bus: Bus, number: int = 1) -> list[DeadLetter]:
    """Wait for so many dead letters."""
    async with asyncio.timeout(25):
        while (await bus.js.stream_info(topology.DEAD_LETTERS)).state.messages < number:
            await asyncio.sleep(0.02)
    found = [await bus.js.get_msg(topology.DEAD_LETTERS, each + 1) for each in range(number)]
    return [codec.dead_letters.decode(each.data or b"") for each in found]


async def test_what_is_handled_is_gone_from_the_queue(bus: Bus, runtime: Runtime) -> None:
    seen = Seen()
    async with serving(runtime, queue(seen)):
        for version in (1, 2, 3):
            await ask(bus, version)
        assert await seen.until(3) == [(1, 1), (2, 1), (3, 1)]
        await empty(bus)


async def test_what_waited_before_anybody_served_is_handled(bus: Bus, runtime: Runtime) -> None:
    seen = Seen()
    await ask(bus, 1)
    async with serving(runtime, queue(seen)):
        assert await seen.until(1) == [(1, 1)]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff not json", "malformed"),
        (
            b'{"id":"1","at":"2026-01-01T00:00:00Z","correlation_id":"","body":{"type":"task.unknown"}}',
            "type",
        ),
        (b"{}", "missing required field"),
    ],
)
async def test_what_nobody_can_read_becomes_a_dead_letter_and_does_not_hold_up_the_rest(
    bus: Bus, runtime: Runtime, payload: bytes, reason: str
) -> None:
    seen = Seen()
    await bus.publish(subject(1), payload, msg_id="unreadable", headers={"Origin": "elsewhere"})
    await ask(bus, 2)
    async with serving(runtime, queue(seen)):
        assert await seen.until(1) == [(2, 1)]
        (letter,) = await letters(bus)
        await empty(bus)
    assert (letter.actor, letter.subject, letter.payload) == ("tester", subject(1), payload)
    assert reason in letter.reason
    assert letter.headers["Origin"] == "elsewhere"
    assert not letter.truncated


async def test_what_is_larger_than_the_contract_becomes_a_dead_letter_with_its_beginning(
    settings: Settings, runtime_on: Callable[[Bus], Runtime]
) -> None:
    seen = Seen()
    with NatsServer(max_payload=4 << 20) as server:
        async with connect(server.url, None, name="test") as bus:
            # a stream that an administrator made more generously than we would
            await bus.js.add_stream(
                StreamConfig(
                    name=topology.COMMANDS, subjects=[subjects.COMMANDS], retention=RetentionPolicy.WORK_QUEUE
                )
            )
            await topology.ensure(bus.js, settings)
            await bus.publish(subject(1), b"x" * (codec.MAX_BYTES + 1), msg_id="large")
            async with serving(runtime_on(bus), queue(seen)):
                (letter,) = await letters(bus)
                await empty(bus)
    assert "more than the 1048576 allowed" in letter.reason
    assert (letter.truncated, set(letter.payload)) == (True, {ord("x")})
    assert seen.attempts == []


async def test_what_could_not_be_handled_comes_again_after_a_delay(bus: Bus, runtime: Runtime) -> None:
    times: list[float] = []

    async def handle(delivery: TaskDelivery) -> None:
        times.append(time.monotonic())
        if delivery.number == 1:
            raise ConnectionError("the disk has gone for lunch")

    answers = await bus.client.subscribe("$JS.ACK.>")
    await ask(bus, 1)
    async with serving(runtime, queue(handle)):
        await empty(bus)
    first, second = times
    assert 2 <= second - first < 3
    assert (await answers.next_msg(timeout=20)).data == b'-NAK {"delay": 2000000000}'
    assert (await bus.js.stream_info(topology.DEAD_LETTERS)).state.messages == 0


async def test_a_server_that_does_not_answer_is_told_once_and_without_a_trace(
    bus: Bus, runtime: Runtime
) -> None:
    async def handle(delivery: TaskDelivery) -> None:
        if delivery.number == 1:
            raise TimeoutError("no answer") from KeyError("moved")

    for version in (1, 2, 3):
        await ask(bus, version)
    with capture_logs() as lines:
        async with serving(runtime, queue(handle, slots=3)):
            await empty(bus)
    (line,) = (one for one in lines if one["log_level"] in ("warning", "error"))
    assert line["event"].startswith("the server does not answer")
    assert (line["error"], "exc_info" in line) == ("no answer", False)


async def test_what_fails_every_time_becomes_a_dead_letter(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "DELIVERIES", 2)

    async def handle(_delivery: TaskDelivery) -> None:
        raise ValueError("never")

    await ask(bus, 1)
    async with serving(runtime, queue(handle)):
        (letter,) = await letters(bus)
        await empty(bus)
    assert letter.reason == "not handled in 2 tries: never"
    assert codec.tasks.decode(letter.payload).id == f"{JOB}:1"


async def test_a_message_that_is_sent_again_as_it_was_becomes_another_dead_letter(
    bus: Bus, runtime: Runtime
) -> None:
    async with serving(runtime, queue(Seen())):
        await bus.publish(subject(1), b"unreadable", msg_id="first")
        await letters(bus)
        await bus.publish(subject(1), b"unreadable", msg_id="second")
        first, second = await letters(bus, 2)
        await empty(bus)
    assert first.payload == second.payload
    assert first.at < second.at


async def test_a_dead_letter_that_cannot_be_kept_leaves_the_message_in_its_queue(
    bus: Bus, runtime: Runtime
) -> None:
    await bus.js.delete_stream(topology.DEAD_LETTERS)
    await bus.publish(subject(1), b"unreadable", msg_id="unreadable")
    async with serving(runtime, queue(Seen())):
        await asyncio.sleep(0.3)
        assert await left(bus) == 1
    assert await left(bus) == 1


async def test_stopping_while_idle_takes_no_more_than_a_moment(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a request that would stay with the server for long, and patience with what is on its way."""
    monkeypatch.setattr("ytarchive.runtime.intake._FETCH_SECONDS", 60)
    monkeypatch.setattr("ytarchive.runtime.intake._DRAIN_SECONDS", 60)
    async with serving(runtime, queue(Seen(), slots=3)):
        await asyncio.sleep(0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 20
    assert bus.client.is_connected


async def test_stopping_gives_unfinished_work_back_at_once(
    bus: Bus, runtime: Runtime, runtime_on: Callable[[Bus], Runtime]
) -> None:
    begun = asyncio.Event()

    async def long(_delivery: TaskDelivery) -> None:
        begun.set()
        await asyncio.sleep(60)

    await ask(bus, 1)
    async with serving(runtime, queue(long, grace=0.1, ack_wait=60)):
        await begun.wait()
        started = time.monotonic()
    assert time.monotonic() - started < 4  # and not the five seconds that there are else
    seen = Seen()
    async with serving(runtime_on(bus), queue(seen, ack_wait=60)):
        assert await seen.until(1) == [(1, 2)]


async def test_stopping_lets_work_finish_that_needs_only_the_grace(bus: Bus, runtime: Runtime) -> None:
    begun = asyncio.Event()

    async def short(_delivery: TaskDelivery) -> None:
        begun.set()
        await asyncio.sleep(0.2)

    await ask(bus, 1)
    async with serving(runtime, queue(short, grace=30)):
        await begun.wait()
    await empty(bus)


async def test_work_that_is_cancelled_from_within_is_given_back(bus: Bus, runtime: Runtime) -> None:
    seen = Seen()

    async def cancelled_once(delivery: TaskDelivery) -> None:
        await seen(delivery)
        if delivery.number == 1:
            raise asyncio.CancelledError

    await ask(bus, 1)
    async with serving(runtime, queue(cancelled_once)):
        assert await seen.until(2) == [(1, 1), (1, 2)]
        await empty(bus)


async def test_cancelling_the_server_of_a_queue_cancels_the_work(bus: Bus, runtime: Runtime) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long(_delivery: TaskDelivery) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    await ask(bus, 1)
    working = asyncio.create_task(serve(runtime, queue(long)))
    await begun.wait()
    working.cancel()
    await asyncio.wait({working}, timeout=20)
    assert working.cancelled()
    await asyncio.wait_for(ended.wait(), 20)


async def test_work_that_takes_longer_than_the_server_waits_is_kept_alive(
    bus: Bus, runtime: Runtime, runtime_on: Callable[[Bus], Runtime]
) -> None:
    seen = Seen()

    async def long(delivery: TaskDelivery) -> None:
        await seen(delivery)
        await asyncio.sleep(3.5)

    await ask(bus, 1)
    async with (
        serving(runtime, queue(long, ack_wait=3, grace=20)),
        serving(runtime_on(bus), queue(long, ack_wait=3, grace=20)),
    ):
        await empty(bus)
    assert seen.attempts == [(1, 1)]


async def test_the_work_of_a_worker_that_died_goes_to_another(bus: Bus, runtime: Runtime) -> None:
    seen = Seen()
    waiting = queue(seen, ack_wait=1)
    await ask(bus, 1)
    # Given a worker that took the task and was never heard of again
    await bus.js.add_consumer(topology.COMMANDS, waiting.consumer)
    await (await bus.js.pull_subscribe_bind("metadata", topology.COMMANDS)).fetch(1)
    async with serving(runtime, waiting):
        assert await seen.until(1) == [(1, 2)]
        await empty(bus)


async def test_several_slots_work_at_the_same_time_and_one_slot_does_not(bus: Bus, runtime: Runtime) -> None:
    together = asyncio.Barrier(3)

    async def meet(_delivery: TaskDelivery) -> None:
        await asyncio.wait_for(together.wait(), 20)

    for version in (1, 2, 3):
        await ask(bus, version)
    async with serving(runtime, queue(meet, slots=3)):
        await empty(bus)
    assert not together.broken


async def test_one_slot_works_on_one_task_at_a_time_in_their_order(bus: Bus, runtime: Runtime) -> None:
    at_work, most, order = 0, 0, []

    async def handle(delivery: TaskDelivery) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        order.append(delivery.body.id)
        await asyncio.sleep(0.05)
        at_work -= 1

    for version in (1, 2, 3):
        await ask(bus, version)
    async with serving(runtime, queue(handle)):
        await empty(bus)
    assert (most, order) == (1, [f"{JOB}:{version}" for version in (1, 2, 3)])


async def test_a_queue_whose_consumer_was_removed_is_made_again(bus: Bus, runtime: Runtime) -> None:
    seen = Seen()
    async with serving(runtime, queue(seen)):
        await ask(bus, 1)
        await seen.until(1)
        subscriptions = len(bus.client._subs)
        await empty(bus)
        await bus.js.delete_consumer(topology.COMMANDS, "metadata")
        await ask(bus, 2)
        await seen.until(2)
        assert len(bus.client._subs) <= subscriptions
    assert [attempt for attempt, _ in seen.attempts] == [1, 2]


async def test_work_goes_on_after_crashes_of_the_server(
    nats_server: NatsServer, own_bus: Bus, runtime_on: Callable[[Bus], Runtime]
) -> None:
    seen = Seen()
    async with serving(runtime_on(own_bus), queue(seen)):
        for version in (1, 2, 3):
            await ask(own_bus, version)
            await seen.until(version)
            await empty(own_bus)
            nats_server.restart()
            await asyncio.sleep(0.05)
        assert seen.attempts == [(1, 1), (2, 1), (3, 1)]


async def test_work_that_ends_while_the_server_is_down_is_settled_in_the_end(
    nats_server: NatsServer, own_bus: Bus, runtime_on: Callable[[Bus], Runtime]
) -> None:
    seen = Seen()

    async def crash(delivery: TaskDelivery) -> None:
        await seen(delivery)
        if len(seen.attempts) == 1:
            nats_server.restart()

    await ask(own_bus, 1)
    async with serving(runtime_on(own_bus), queue(crash, ack_wait=2)):
        await seen.until(1)
        await asyncio.sleep(0.05)
        await empty(own_bus)
    # The acknowledgement was lost with the old connection, or went out on the new one; and a server that is
    # killed may forget that it delivered at all.
    assert seen.attempts in ([(1, 1)], [(1, 1), (1, 1)], [(1, 1), (1, 2)])


async def set_timer(bus: Bus, due: datetime, *, version: int = 1) -> None:
    """Have it said when `due` has come, as the jobs actor does."""
    wake = Envelope(
        id=f"wake:{version}", at=due, correlation_id=JOB, body=WakeJob(job_id=JOB, version=version)
    )
    schedule = {
        "Nats-Schedule": f"@at {due.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}",
        "Nats-Schedule-Target": subjects.due(JOB),
    }
    await bus.publish(subjects.schedule(JOB), codec.encode(wake), msg_id=f"{wake.id}:timer", headers=schedule)


class Woken:
    """Serves what is due and notes when which timer rang."""

    def __init__(self) -> None:
        self.rang: list[tuple[int, datetime]] = []

    async def handle(self, delivery: Delivery[Any]) -> None:
        self.rang.append((delivery.body.body.version, datetime.now(UTC)))

    @property
    def queue(self) -> Queue[Any]:
        settings = topology.work_consumer("due", subjects.JOBS_DUE, slots=1, ack_wait=30)
        return Queue(topology.TIMERS, settings, codec.job_commands, self.handle)


async def test_a_timer_rings_when_it_is_due_and_once(bus: Bus, runtime: Runtime) -> None:
    woken = Woken()
    due = datetime.now(UTC) + timedelta(seconds=1)
    async with serving(runtime, woken.queue):
        await set_timer(bus, due)
        await empty(bus, stream=topology.TIMERS)
    ((version, at),) = woken.rang
    assert version == 1
    assert timedelta(0) <= at - due < timedelta(seconds=1)


async def test_setting_the_timer_of_a_job_again_replaces_it(bus: Bus, runtime: Runtime) -> None:
    woken = Woken()
    async with serving(runtime, woken.queue):
        await set_timer(bus, datetime.now(UTC) + timedelta(hours=1), version=1)
        await set_timer(bus, datetime.now(UTC) + timedelta(seconds=0.5), version=2)
        await empty(bus, stream=topology.TIMERS)
    assert [version for version, _ in woken.rang] == [2]


async def test_a_timer_that_is_withdrawn_does_not_ring(bus: Bus, runtime: Runtime) -> None:
    woken = Woken()
    async with serving(runtime, woken.queue):
        await set_timer(bus, due := datetime.now(UTC) + timedelta(seconds=2))
        await bus.js.purge_stream(topology.TIMERS, subject=subjects.schedule(JOB))
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds() + 0.5)
    assert woken.rang == []


async def test_a_timer_that_came_due_while_the_server_was_down_rings_when_it_is_back(
    nats_server: NatsServer, own_bus: Bus, runtime_on: Callable[[Bus], Runtime]
) -> None:
    woken = Woken()
    await set_timer(own_bus, datetime.now(UTC) + timedelta(seconds=0.5))
    nats_server.kill()
    await asyncio.sleep(0.8)
    nats_server.start()
    async with serving(runtime_on(own_bus), woken.queue):
        await empty(own_bus, stream=topology.TIMERS)
    assert [version for version, _ in woken.rang] == [1]
