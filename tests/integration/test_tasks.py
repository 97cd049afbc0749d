"""Whatever becomes of a task, the jobs actor hears of it once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from schemas import codec, subjects
from schemas.commands import DiscardStaging, FetchMetadata, Task
from schemas.common import Category, Failure, MetadataRef, Stage, Video
from schemas.envelope import Envelope
from schemas.queries import Leave
from schemas.results import MetadataFetched, Result, TaskFailed
from tests.nats import NatsServer
from ytarchive.errors import StageFailed
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.tasks import InParts, Tell, serve_tasks
from ytarchive.workers.worker import WorkerDied

UNTOUCHED = 8
"""Bytes of state that the server keeps of a consumer which was given nothing yet."""
JOB = "00000000000000aa"
RESULTS: codec.Codec[Envelope[Result]] = codec.Codec(Envelope[Result])
Perform = Callable[[FetchMetadata], Awaitable[Result]]


def found(task: FetchMetadata, *, title: str = "A title") -> MetadataFetched:
    return MetadataFetched(
        job_id=task.job_id,
        attempt=task.attempt,
        node="here",
        video=Video(site="youtube", video_id="id", title=title, url=task.url),
        metadata=MetadataRef(name="x", fingerprint="0" * 64, stored=True),
    )


@asynccontextmanager
async def serving(
    runtime: Runtime, perform: Perform | InParts[FetchMetadata], *, slots: int = 1
) -> AsyncIterator["asyncio.Task[None]"]:
    serving = asyncio.create_task(
        serve_tasks(
            runtime,
            Stage.METADATA,
            FetchMetadata,
            perform,
            subject=subjects.tasks(Stage.METADATA),
            durable="metadata",
            slots=slots,
            grace=0,
        )
    )
    try:
        yield serving
    finally:
        runtime.stopping.set()
        await serving


async def give(bus: Bus, task: Task | None = None, *, message: str = "") -> None:
    task = task or FetchMetadata(job_id=JOB, attempt=3, url="https://example.org/")
    envelope = Envelope(id=f"{JOB}:7", at=datetime.now(UTC), correlation_id="c", body=task)
    subject = subjects.task(Stage.METADATA, JOB, 7)
    await bus.publish(subject, codec.encode(envelope), msg_id=message or envelope.id)


async def results(bus: Bus, stream: str = topology.RESULTS) -> list[bytes]:
    """Give what is in a stream, once there is something."""
    async with asyncio.timeout(60):
        while not (count := await stored(bus, stream)):
            await asyncio.sleep(0.02)
        return [(await bus.js.get_msg(stream, number)).data or b"" for number in range(1, count + 1)]


async def stored(bus: Bus, stream: str) -> int:
    return (await bus.js.stream_info(stream)).state.messages


async def only_result(bus: Bus) -> Envelope[Result]:
    (payload,) = await results(bus)
    return RESULTS.decode(payload)


async def test_what_was_found_out_is_reported_under_the_task_that_asked(bus: Bus, runtime: Runtime) -> None:
    async def perform(task: FetchMetadata) -> Result:
        return found(task)

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, MetadataFetched)
    assert (told.id, told.causation_id, told.correlation_id) == (f"{JOB}:7:result", f"{JOB}:7", "c")


async def test_every_node_takes_what_it_has_slots_for(bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> None:
    """Given two nodes with a slot each, when neither is done, then a task is with each of them."""
    at_work: set[str] = set()
    both = asyncio.Event()

    async def on(node: str, task: FetchMetadata) -> Result:
        at_work.add(node)
        if len(at_work) == 2:
            both.set()
        await both.wait()
        return found(task)

    here, there = runtime_on(bus), runtime_on(bus)
    async with (
        serving(here, lambda task: on("here", task)),
        serving(there, lambda task: on("there", task)),
        asyncio.timeout(60),
    ):
        for number in range(2):
            task = FetchMetadata(job_id=f"{number:016x}", attempt=1, url="https://example.org/")
            envelope = Envelope(id=f"{task.job_id}:1", at=datetime.now(UTC), correlation_id="c", body=task)
            subject = subjects.task(Stage.METADATA, task.job_id, 1)
            await bus.publish(subject, codec.encode(envelope), msg_id=envelope.id)
        await both.wait()


async def test_work_in_parts_reports_each_once_and_before_the_result(bus: Bus, runtime: Runtime) -> None:
    begun = 0

    async def perform(task: FetchMetadata, leave: Leave, tell: Tell) -> Result:
        nonlocal begun
        begun += 1
        assert leave == Leave(wait=0)
        await tell(found(task, title="first"), "1")
        if begun == 1:
            raise WorkerDied("worker process 1 died (SIGKILL)")
        await tell(found(task, title="second"), "2")
        return found(task)

    async with serving(runtime, InParts(perform)):
        await give(bus)
        async with asyncio.timeout(60):
            while await stored(bus, topology.RESULTS) < 3:
                await asyncio.sleep(0.02)
        told = [RESULTS.decode(payload) for payload in await results(bus)]

    assert begun == 2
    assert [one.id for one in told] == [f"{JOB}:7:1", f"{JOB}:7:2", f"{JOB}:7:result"]
    assert {(one.causation_id, one.correlation_id) for one in told} == {(f"{JOB}:7", "c")}


async def test_a_part_that_nobody_could_read_is_reported_as_a_bug(bus: Bus, runtime: Runtime) -> None:
    async def perform(task: FetchMetadata, leave: Leave, tell: Tell) -> Result:
        await tell(found(task, title="t" * 9000), "1")
        raise AssertionError

    async with serving(runtime, InParts(perform)):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, TaskFailed)
    assert told.body.failure.category is Category.BUG


async def test_a_failure_with_a_name_is_a_result(bus: Bus, runtime: Runtime) -> None:
    async def perform(task: FetchMetadata) -> Result:
        raise StageFailed(Failure(category=Category.GONE, message="gone " * 5000, hint="none"))

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, TaskFailed)
    assert told.body.attempt == 3
    assert told.body.failure.category is Category.GONE
    assert len(told.body.failure.message) == 2000


@pytest.mark.parametrize("title", ["t" * 9000, "half a pair \ud83d"], ids=["too long", "no text"])
async def test_a_result_that_nobody_could_read_is_reported_as_a_bug(
    bus: Bus, runtime: Runtime, title: str
) -> None:
    async def perform(task: FetchMetadata) -> Result:
        return found(task, title=title)

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, TaskFailed)
    assert told.body.failure.category is Category.BUG
    assert JOB in told.body.failure.hint


async def test_work_called_off_reports_nothing_and_is_not_done_again(bus: Bus, runtime: Runtime) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def perform(task: FetchMetadata) -> Result:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    async with serving(runtime, perform):
        await give(bus)
        await begun.wait()
        await bus.client.publish(subjects.cancel_signal(JOB))
        await asyncio.wait_for(cancelled.wait(), 60)
        async with asyncio.timeout(60):
            while await stored(bus, topology.COMMANDS):
                await asyncio.sleep(0.02)

    assert await stored(bus, topology.RESULTS) == 0


async def test_work_of_a_worker_that_stops_goes_to_the_next(
    bus: Bus, runtime: Runtime, runtime_on: Callable[[Bus], Runtime]
) -> None:
    begun = asyncio.Event()

    async def never(task: FetchMetadata) -> Result:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def perform(task: FetchMetadata) -> Result:
        return found(task)

    async with serving(runtime, never):
        await give(bus)
        await begun.wait()
    async with serving(runtime_on(bus), perform):
        told = await only_result(bus)

    assert isinstance(told.body, MetadataFetched)


async def test_a_task_begun_over_and_over_is_reported_as_a_bug(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.runtime.tasks._DELIVERIES", 0)

    async def perform(task: FetchMetadata) -> Result:
        raise AssertionError

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, TaskFailed)
    assert "never came to an end" in told.body.failure.message


async def test_a_task_whose_worker_was_killed_comes_again_and_that_is_no_failure(
    bus: Bus, runtime: Runtime
) -> None:
    begun = 0

    async def perform(task: FetchMetadata) -> Result:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise WorkerDied("worker process 1 died (SIGKILL)")
        return found(task)

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, MetadataFetched)
    assert begun == 2


async def test_a_task_that_comes_again_while_it_is_worked_on_is_not_begun_twice(
    bus: Bus, runtime: Runtime
) -> None:
    begun, go_on = 0, asyncio.Event()

    async def perform(task: FetchMetadata) -> Result:
        nonlocal begun
        begun += 1
        await go_on.wait()
        return found(task)

    async with serving(runtime, perform, slots=2):
        await give(bus)
        await give(bus, message="the same once more")
        async with asyncio.timeout(60):
            while (await bus.js.consumer_info(topology.COMMANDS, "metadata")).num_ack_pending < 2:
                await asyncio.sleep(0.02)
        go_on.set()
        async with asyncio.timeout(60):
            while await stored(bus, topology.COMMANDS):
                await asyncio.sleep(0.02)

    assert begun == 1
    assert isinstance((await only_result(bus)).body, MetadataFetched)


async def test_work_of_a_worker_that_stops_goes_to_the_next_though_it_was_asked_for_twice(
    bus: Bus, runtime: Runtime
) -> None:
    async def never(task: FetchMetadata) -> Result:
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(runtime, never, slots=2):
        await give(bus)
        await give(bus, message="the same once more")
        async with asyncio.timeout(60):
            while (await bus.js.consumer_info(topology.COMMANDS, "metadata")).num_ack_pending < 2:
                await asyncio.sleep(0.02)

    assert await stored(bus, topology.COMMANDS) == 2


async def test_work_that_is_not_of_the_stage_is_kept_among_the_dead_letters(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.runtime.consumer.DELIVERIES", 1)

    async def perform(task: FetchMetadata) -> Result:
        raise AssertionError

    async with serving(runtime, perform):
        await give(bus, DiscardStaging(job_id=JOB))
        (letter,) = await results(bus, topology.DEAD_LETTERS)

    assert "not work of the metadata stage" in codec.dead_letters.decode(letter).reason
    assert await event_log.last_sequence(bus) == 0


async def test_a_crash_that_has_a_cause_is_reported_as_what_it_is(bus: Bus, runtime: Runtime) -> None:
    async def perform(task: FetchMetadata) -> Result:
        (runtime.settings.library_dir / "nothing").read_bytes()
        raise AssertionError

    async with serving(runtime, perform):
        await give(bus)
        told = await only_result(bus)

    assert isinstance(told.body, TaskFailed)
    assert told.body.failure.category is Category.ENVIRONMENT
    assert f"`ytarchive retry {JOB}`" in told.body.failure.hint


async def delivery_noted(server: NatsServer) -> None:
    """Wait until the server has on its disk that it delivered something: killed before, it does so again."""
    (state,) = server._folder.rglob("obs/metadata/o.dat")
    while state.stat().st_size <= UNTOUCHED:
        await asyncio.sleep(0.01)


async def test_a_result_is_reported_though_the_server_was_away_and_the_work_is_not_done_again(
    nats_server: NatsServer, own_bus: Bus, runtime_on: Callable[[Bus], Runtime]
) -> None:
    runtime = runtime_on(own_bus)
    begun = 0

    async def perform(task: FetchMetadata) -> Result:
        nonlocal begun
        begun += 1
        await delivery_noted(nats_server)
        nats_server.kill()
        return found(task)

    async with serving(runtime, perform):
        await give(own_bus)
        async with asyncio.timeout(60):
            while not any(one.attempts for one in runtime.recovery.active):
                await asyncio.sleep(0.02)
        nats_server.start()
        async with asyncio.timeout(60):
            while runtime.recovery.active:
                await asyncio.sleep(0.02)
        told = await only_result(own_bus)

    assert isinstance(told.body, MetadataFetched)
    assert begun == 1
