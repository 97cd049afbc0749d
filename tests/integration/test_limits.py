"""Limits that are changed while the real jobs actor and workers run: obeyed at once, and after restarts."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from nats.micro import add_service
from nats.micro.service import ServiceConfig
from structlog.testing import capture_logs

from cli import diagnosis
from schemas import codec, subjects
from schemas.commands import FetchMetadata
from schemas.common import Stage
from schemas.envelope import Envelope
from schemas.limits import LIMITS, ChangeLimits, Limit, LimitsInForce
from schemas.queries import Leave
from schemas.results import MetadataFetched
from tests.integration.jobs_actor import Jobs, jobs_actor
from tests.jobs import fetched, submit
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.gate import gate
from ytarchive.runtime.limits import followed
from ytarchive.runtime.logging import configure, threshold
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.tasks import serve_tasks
from ytarchive.runtime.worker_pool import worker_pool

ROOT = Path(__file__).parents[2]
TARGETS = "tests.integration.worker_targets"

RuntimeOn = Callable[[Bus], Runtime]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    monkeypatch.setattr("ytarchive.runtime.limits._LOOK_AGAIN", 0.2)


async def change(bus: Bus, reason: str = "", node: str = "", **values: object) -> None:
    changes = tuple(
        Limit(name=name, value=None if value is None else str(value), node=node)
        for name, value in values.items()
    )
    envelope = Envelope[Any](
        id=uuid4().hex,
        at=datetime.now(UTC),
        correlation_id="asked",
        body=ChangeLimits(limits_id=LIMITS, changes=changes, reason=reason),
    )
    await bus.publish(subjects.job_command(LIMITS), codec.encode(envelope), msg_id=envelope.id)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def last_word(bus: Bus) -> LimitsInForce:
    found = await bus.js.get_last_msg(topology.LIMITS, subjects.LIMITS, direct=True)
    return codec.limits.decode(found.data or b"")


@asynccontextmanager
async def actors(bus: Bus, runtime_on: RuntimeOn) -> AsyncIterator[tuple[Jobs, Runtime]]:
    """Run the jobs actor, and give it and what another actor works with; both follow the limits."""
    of_jobs, other = runtime_on(bus), runtime_on(bus)
    async with followed(of_jobs), jobs_actor(of_jobs) as jobs, followed(other):
        yield jobs, other


async def test_a_change_is_obeyed_by_everybody_and_by_whoever_comes_after_everything_was_restarted(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    async with actors(bus, runtime_on) as (_, runtime):
        await change(bus, "night", download_workers=7, videos_per_hour=5)
        await change(bus, node="here", limit_rate=1000)
        await change(bus, node="elsewhere", limit_rate=2000)
        await until(lambda: runtime.settings.limit_rate == 1000)
        assert runtime.settings.download_workers == 7
        assert runtime.pulse.card["slots"] == "1"  # of one that has no workers
    # while no jobs actor runs, who starts knows it all the same
    late = runtime_on(bus)
    async with followed(late):
        assert late.settings == runtime.settings != late.configured
    # and so does whoever judges disks by it
    assert await diagnosis.limited(bus, late.configured) == runtime.settings
    # the jobs actor leaves its word again, whatever became of the stream
    await bus.js.purge_stream(topology.LIMITS)
    async with actors(bus, runtime_on) as (_, again):
        await until(lambda: again.settings == runtime.settings)
        await change(bus, download_workers=None, videos_per_hour=None)
        await change(bus, node="here", limit_rate=None)
        await until(lambda: again.settings == again.configured)
        assert [one.node for one in (await last_word(bus)).changed] == ["elsewhere"]


async def test_what_is_not_allowed_or_so_already_changes_nothing(bus: Bus, runtime_on: RuntimeOn) -> None:
    async with actors(bus, runtime_on) as (_, runtime):
        await change(bus, download_workers=7)
        await change(bus, download_workers=7)
        await change(bus, download_workers=1000)
        await change(bus, retry_pace=2.0)
        await until(lambda: runtime.settings.retry_pace == 2.0)
        assert runtime.recovery.pace == 2.0
        assert runtime.settings.download_workers == 7
        assert (await last_word(bus)).version == 2


async def test_who_missed_a_change_looks_again_and_rubbish_is_no_limit(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    runtime = runtime_on(bus)
    async with followed(runtime):
        with capture_logs() as lines:
            await bus.client.publish(subjects.LIMITS, b"{}")
            await until(lambda: any(line["event"] == "limits not understood" for line in lines))
        assert runtime.settings == runtime.configured
        told = LimitsInForce(version=1, changed=())
        await bus.js.purge_stream(topology.LIMITS)
        with capture_logs() as lines:
            await bus.publish(subjects.LIMITS, codec.encode(told), msg_id="one")
            await asyncio.sleep(0.5)
        assert lines == []


async def test_the_log_tells_more_from_now_on_where_its_level_is_lowered(
    bus: Bus, runtime_on: RuntimeOn, capfd: pytest.CaptureFixture[str]
) -> None:
    async with actors(bus, runtime_on) as (_, runtime):
        log = configure(None, "info")
        log.debug("not yet")
        await change(bus, log_level="debug")
        await until(lambda: runtime.settings.log_level == "debug")
        log.debug("now")
        await change(bus, log_level="error")
        await until(lambda: threshold.level == "error")
        log.warning("no longer")
        log.error("still")
    said = capfd.readouterr().err
    assert [word for word in ("not yet", '"now"', "no longer", '"still"') if word in said] == [
        '"now"',
        '"still"',
    ]


async def test_who_waits_for_the_pace_goes_on_at_once_when_it_is_lifted(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    async with actors(bus, runtime_on) as (_, runtime):
        await change(bus, videos_per_hour=1)
        await until(lambda: runtime.settings.videos_per_hour == 1)
        async with gate(runtime) as leave:
            assert await asyncio.wait_for(leave.take(""), 20) == Leave(wait=0)
            waiting = asyncio.create_task(leave.opened())
            assert not (await asyncio.wait({waiting}, timeout=0.5))[0]
            await change(bus, videos_per_hour=0)
            await asyncio.wait_for(waiting, 20)


async def test_workers_grow_and_shrink_while_they_work_and_nothing_is_lost_or_done_twice(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    """Given one worker and six tasks, when there may be three, then three work; then one again."""
    async with AsyncExitStack() as stack:
        _, runtime = await stack.enter_async_context(actors(bus, runtime_on))
        await change(bus, metadata_workers=1)
        await until(lambda: runtime.settings.metadata_workers == 1)

        def slots() -> int:
            return runtime.settings.look_ups

        pool = await stack.enter_async_context(
            worker_pool(runtime, f"{TARGETS}:work", size=slots, preload=())
        )
        let_go, at_work, begun = asyncio.Semaphore(0), set[str](), list[str]()

        async def perform(task: FetchMetadata) -> MetadataFetched:
            begun.append(task.job_id)
            at_work.add(task.job_id)
            await pool.run(b"pid")
            await let_go.acquire()
            at_work.remove(task.job_id)
            return fetched(job_id=task.job_id)

        serving = asyncio.create_task(
            serve_tasks(
                runtime,
                Stage.METADATA,
                FetchMetadata,
                perform,
                subject=subjects.tasks(Stage.METADATA),
                durable="metadata",
                slots=slots,
                grace=2,
            )
        )
        names = [f"{number:016x}" for number in range(0xA0, 0xA6)]
        for name in names:
            task = FetchMetadata(job_id=name, attempt=1, url="https://www.youtube.com/watch?v=x")
            envelope = Envelope[Any](id=f"{name}:2", at=datetime.now(UTC), correlation_id=name, body=task)
            await bus.publish(
                subjects.task(Stage.METADATA, name, 2), codec.encode(envelope), msg_id=envelope.id
            )

        await until(lambda: len(at_work) == 1)
        await change(bus, metadata_workers=3)
        await until(lambda: len(at_work) == 3)
        assert pool.size == 3
        await change(bus, metadata_workers=1)
        await until(lambda: runtime.settings.metadata_workers == 1)
        assert len(at_work) == 3  # nobody who works is stopped
        let_go.release()
        let_go.release()
        await until(lambda: len(at_work) == 1)
        await asyncio.sleep(0.3)
        assert len(at_work) == 1
        for _ in names:
            let_go.release()
        await until(lambda: len(begun) == 6 and not at_work)
        assert sorted(begun) == names
        runtime.stopping.set()
        await serving


async def test_more_is_given_out_as_soon_as_there_are_more_workers(bus: Bus, runtime_on: RuntimeOn) -> None:
    """Given tasks that wait for their turn, when a metadata actor has more workers, then more are let out."""
    async with AsyncExitStack() as stack:
        jobs, runtime = await stack.enter_async_context(actors(bus, runtime_on))
        await change(bus, metadata_workers=1)
        await until(lambda: runtime.settings.metadata_workers == 1)
        metadata = Runtime("metadata", runtime.configured, runtime.log)
        metadata.bus = bus
        card = ServiceConfig(name="ytarchive-metadata", version="1.0.0", metadata=metadata.pulse.card)
        await stack.enter_async_context(await add_service(bus.client, card))
        await stack.enter_async_context(followed(metadata))
        await jobs.tell(*(submit(f"{number:016x}") for number in range(0xB0, 0xB8)))

        async def waiting() -> int:
            found = await bus.js.stream_info(topology.COMMANDS, subjects.tasks(Stage.METADATA))
            return len(found.state.subjects or {})

        async with asyncio.timeout(60):
            while await waiting() < 2:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert await waiting() == 2
        await change(bus, metadata_workers=6)
        async with asyncio.timeout(60):
            while await waiting() < 7:
                await asyncio.sleep(0.02)
