"""Workers begin with the leave of the real jobs actor, and with none while it is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from schemas import codec, subjects
from schemas.commands import CancelJob, FetchMetadata, RetryJob
from schemas.common import Category, Stage, State
from schemas.envelope import Envelope
from schemas.queries import Leave
from schemas.results import Result
from tests.chaos.proxy import Wire
from tests.integration.jobs_actor import Jobs, jobs_actor
from tests.jobs import JOB, failed, fetched, submit
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.consumer import NotNow
from ytarchive.runtime.gate import Gate, gate
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.tasks import serve_tasks
from ytarchive.settings import Settings

REFUSED = failed(Stage.METADATA, Category.RATE_LIMIT, egress="here")
TASK_ID = "ffffffffffffffff"
SHORT_REST = {"retry_pace": 0.001}
"""Makes 0.9 s of a quarter of an hour."""

LOOK_UPS = subjects.tasks(Stage.METADATA)
GIVEN_BACK = f"$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.{topology.COMMANDS}.metadata"

RuntimeOn = Callable[[Bus], Runtime]


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Settings that a test may change by `indirect` parameters."""
    return msgspec.structs.replace(settings, **getattr(request, "param", {}))


@pytest.fixture(autouse=True)
def _long_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a task has asked for leave before, and asks no more until there is one."""
    monkeypatch.setattr("ytarchive.runtime.intake._FETCH_SECONDS", 60)


async def is_refused(jobs: Jobs) -> None:
    """Submit a job, and let the site refuse it. A short rest may be over by then."""
    await jobs.tell(submit())
    await jobs.until(State.RESOLVING)
    before = (await jobs.ask()).jobs
    await jobs.tell(REFUSED)
    async with asyncio.timeout(60):
        while (await jobs.ask()).jobs == before:
            await asyncio.sleep(0.02)


@pytest.fixture
async def jobs(bus: Bus, runtime_on: RuntimeOn) -> AsyncIterator[Jobs]:
    async with jobs_actor(runtime_on(bus)) as jobs:
        yield jobs


@pytest.fixture
async def gates(bus: Bus, runtime_on: RuntimeOn) -> AsyncIterator[tuple[Gate, Gate]]:
    """The gates of two actors with one address."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(gate(runtime_on(bus))) for _ in range(2)]
        await bus.client.flush()
        yield first, second


async def still(waiting: "asyncio.Task[Any]") -> bool:
    """Tell whether somebody still waits after a moment."""
    return not (await asyncio.wait({waiting}, timeout=0.5))[0]


async def test_while_the_jobs_actor_is_away_nothing_is_begun(
    bus: Bus, runtime_on: RuntimeOn, gates: tuple[Gate, Gate]
) -> None:
    opened, taken = (asyncio.create_task(wait) for wait in (gates[0].opened(), gates[1].take("")))
    assert await still(opened)
    assert await still(taken)
    async with jobs_actor(runtime_on(bus)):
        _, leave = await asyncio.wait_for(asyncio.gather(opened, taken), 20)
    assert leave == Leave(wait=0)


async def test_who_is_refused_waits_says_so_once_and_hears_when_a_person_wants_to_see(
    bus: Bus, runtime_on: RuntimeOn, jobs: Jobs
) -> None:
    await is_refused(jobs)
    async with gate(runtime_on(bus)) as leave:
        with capture_logs() as lines:
            opened = asyncio.create_task(leave.opened())
            assert await still(opened)
            await bus.client.publish(subjects.egress_signal("here"))  # it asks again, in vain
            assert await still(opened)
            await jobs.tell(RetryJob(job_id=JOB))
            await asyncio.wait_for(opened, 20)
    (said,) = [line for line in lines if line["event"] == "resting: the site refuses us"]
    assert (said["egress"], said["error"]) == ("here", REFUSED.failure.message)


async def test_a_question_that_is_none_is_answered_as_one(bus: Bus, jobs: Jobs) -> None:
    reply = await bus.client.request(subjects.query("leave"), b"{}", timeout=20)
    assert (reply.headers or {})["Nats-Service-Error-Code"] == "400"
    assert (await jobs.ask()).blocked == ()


async def test_who_waits_stops_when_told_to_at_whatever_moment(jobs: Jobs, gates: tuple[Gate, Gate]) -> None:
    await is_refused(jobs)
    for moment in range(300):
        waiting = asyncio.create_task(gates[0].opened())
        for _ in range(moment):
            await asyncio.sleep(0)
        waiting.cancel()
        assert (await asyncio.wait({waiting}, timeout=20))[0], moment


async def test_who_is_refused_with_a_task_in_hand_gives_it_back(jobs: Jobs, gates: tuple[Gate, Gate]) -> None:
    await is_refused(jobs)
    with pytest.raises(NotNow) as raised:
        await gates[0].take("")
    assert raised.value.delay == 30


@pytest.mark.parametrize("settings", [SHORT_REST], indirect=True)
async def test_after_the_rest_one_goes_first_and_the_others_hear_that_it_got_through(
    jobs: Jobs, gates: tuple[Gate, Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = gates
    await is_refused(jobs)
    await asyncio.wait_for(first.opened(), 20)
    await first.take("")
    with pytest.raises(NotNow) as raised:
        await second.take("")
    assert raised.value.delay == 5
    monkeypatch.setattr("actors.jobs.leave._PROBE_WAIT", 60.0)  # asked again in half a minute
    opened = asyncio.create_task(second.opened())
    assert await still(opened)

    await jobs.until(State.RESOLVING)  # its timer rang
    await jobs.tell(fetched(2))
    await asyncio.wait_for(opened, 20)
    await second.take("")
    assert (await jobs.ask()).blocked == ()


@pytest.mark.parametrize("settings", [{"videos_per_hour": 1}], indirect=True)
@pytest.mark.usefixtures("jobs")
async def test_two_actors_of_one_address_share_what_it_may_ask(gates: tuple[Gate, Gate]) -> None:
    first, second = gates
    await second.opened()
    await first.take("")
    with pytest.raises(NotNow):
        await second.take("")
    waiting = asyncio.create_task(second.opened())
    assert await still(waiting)
    waiting.cancel()


@pytest.mark.parametrize("settings", [{"videos_per_hour": 3600}], indirect=True)
@pytest.mark.usefixtures("jobs")
async def test_a_short_wait_is_waited_for_with_the_task_in_hand(gates: tuple[Gate, Gate]) -> None:
    """Given 2 tokens a second and a burst of 1440, then 1443 are not had within less than 1.5 s."""
    begun = time.monotonic()
    for _ in range(1443):
        await gates[0].take("")
    assert time.monotonic() - begun > 1.49


@asynccontextmanager
async def serving(
    runtime: Runtime, leave: Gate, begun: list[str], end: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """Serve look-ups, each of which is noted, and does not end before `end`."""

    async def perform(task: FetchMetadata) -> Result:
        begun.append(task.job_id)
        if end:
            await end.wait()
        return fetched(2, job_id=task.job_id)

    work = serve_tasks(
        runtime,
        Stage.METADATA,
        FetchMetadata,
        perform,
        subject=LOOK_UPS,
        durable="metadata",
        slots=1,
        grace=0,
        gate=leave,
    )
    serving = asyncio.create_task(work)
    try:
        async with asyncio.timeout(60):
            while not begun and not await fetching(runtime.bus):
                await asyncio.sleep(0.02)
        yield
    finally:
        runtime.stopping.set()
        await serving


async def fetching(bus: Bus) -> int:
    """Count who waits for a task."""
    consumers = await bus.js.consumers_info(topology.COMMANDS)
    return sum(one.num_waiting or 0 for one in consumers if one.name == "metadata")


async def give(bus: Bus) -> None:
    task = FetchMetadata(job_id=TASK_ID, attempt=1, url="https://example.org/")
    envelope = Envelope(id=f"{TASK_ID}:1", at=datetime.now(UTC), correlation_id="c", body=task)
    await bus.publish(subjects.task(Stage.METADATA, TASK_ID, 1), codec.encode(envelope), msg_id=envelope.id)


@pytest.mark.parametrize("settings", [SHORT_REST | {"task_timeout": 0.9}], indirect=True)
async def test_who_goes_first_is_alone_as_long_as_it_takes(
    bus: Bus, runtime_on: RuntimeOn, jobs: Jobs, gates: tuple[Gate, Gate]
) -> None:
    first, second = gates
    begun: list[str] = []
    end = asyncio.Event()
    await is_refused(jobs)
    asked = await bus.client.subscribe(subjects.query("leave"))
    async with serving(runtime_on(bus), first, begun, end):
        signs = 0
        while signs < 10:  # for more than three times as long as it could be silent
            question = codec.leave_requests.decode((await asked.next_msg(timeout=20)).data)
            signs += question.task != "" and not question.take
            if begun and not signs % 3:
                with pytest.raises(NotNow):
                    await second.take("another:1")
        end.set()
        await jobs.until(State.DOWNLOADING)
        assert await second.take("another:1")
    assert begun == [JOB]


async def test_a_task_that_arrives_after_the_refusal_goes_back_untouched(
    bus: Bus, runtime_on: RuntimeOn, settings: Settings, jobs: Jobs, gates: tuple[Gate, Gate]
) -> None:
    begun: list[str] = []
    given_back = await bus.client.subscribe(GIVEN_BACK)
    await jobs.tell(submit())
    # Given a worker that finds nothing yet: another has the task, which else would be put there once more
    consumer = topology.work_consumer("metadata", LOOK_UPS, slots=1024, ack_wait=settings.task_timeout)
    await bus.js.add_consumer(topology.COMMANDS, consumer)
    others = await bus.js.pull_subscribe_bind("metadata", topology.COMMANDS)
    (task,) = await others.fetch(1, timeout=20)
    async with serving(runtime_on(bus), gates[0], begun):
        await jobs.tell(REFUSED)
        await jobs.until(State.PAUSED)
        await task.ack_sync(timeout=20)
        await give(bus)
        await given_back.next_msg(timeout=20)
    assert begun == []
    assert (await bus.js.consumer_info(topology.COMMANDS, "metadata")).num_ack_pending == 1


async def test_who_was_cut_off_while_its_task_was_called_off_stops_nevertheless(
    bus: Bus, nats_url: str, runtime_on: RuntimeOn, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.runtime.gate._LOOK_AGAIN", 0.1)
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def perform(_task: FetchMetadata) -> Result:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    with Wire(nats_url) as wire:
        async with connect(wire.url, None, name="cut off") as cut_off:
            runtime = runtime_on(cut_off)
            async with gate(runtime) as leave:
                work = serve_tasks(
                    runtime,
                    Stage.METADATA,
                    FetchMetadata,
                    perform,
                    subject=LOOK_UPS,
                    durable="metadata",
                    slots=1,
                    grace=0,
                    gate=leave,
                )
                serving = asyncio.create_task(work)
                await jobs.tell(submit())
                await asyncio.wait_for(begun.wait(), 20)
                wire.cut()
                await jobs.tell(CancelJob(job_id=JOB))
                await jobs.until(State.CANCELLED)
                assert not stopped.is_set()
                wire.mend()
                await asyncio.wait_for(stopped.wait(), 20)
                runtime.stopping.set()
                await serving
