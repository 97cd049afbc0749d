"""The metrics of a jobs actor on a real server, as it works."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from schemas import subjects
from schemas.common import Category, Stage, State
from tests.integration.jobs_actor import Jobs, jobs_actor
from tests.jobs import downloaded, failed, fetched, stored, submit
from tests.nats import NatsServer
from tests.prometheus import Numbers, free_port, installed, numbers, promtool, scraped
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

RuntimeOn = Callable[[Bus], Runtime]


@asynccontextmanager
async def metered(bus: Bus, runtime_on: RuntimeOn, port: int) -> AsyncIterator[Jobs]:
    """A jobs actor whose metrics are at a port."""
    runtime = runtime_on(bus)
    runtime.settings = msgspec.structs.replace(runtime.settings, metrics_port=port)
    async with jobs_actor(runtime) as jobs:
        yield jobs


async def read(port: int) -> dict[str, Numbers]:
    """Give what is at the port, of now."""
    await asyncio.sleep(1.1)
    return numbers(await asyncio.to_thread(scraped, port))


async def test_the_metrics_follow_a_job_and_a_restart_counts_the_same(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    port = free_port()
    async with metered(bus, runtime_on, port) as jobs:
        await jobs.tell(submit())
        await jobs.until(State.RESOLVING)
        await jobs.tell(failed(Stage.METADATA))
        await jobs.until(State.WAITING)
        await jobs.until(State.RESOLVING)
        found = await read(port)
        assert found["ytarchive_jobs"]["video", "resolving"] == 1
        assert found["ytarchive_retries_total"]["network",] == 1
        assert found["ytarchive_failed_attempts_total"]["network", "metadata"] == 1
        assert found["ytarchive_log_lag_messages"] == {(): 0}
        assert found["ytarchive_log_folded_sequence"] == found["ytarchive_log_last_sequence"]
        assert found["ytarchive_queue_messages"]["jobs",] == 0
        for message, state in (
            (fetched(2), State.DOWNLOADING),
            (downloaded(), State.STORING),
            (stored(), State.ARCHIVED),
        ):
            await jobs.tell(message)
            await jobs.until(state)
        before = await read(port)
        assert before["ytarchive_jobs"]["video", "archived"] == 1
        assert before["ytarchive_archived_bytes_total"] == {("here",): 7}
        assert before["ytarchive_stage_duration_seconds_count"]["storage",] == 1
    async with metered(bus, runtime_on, port):
        after = await read(port)
    volatile = {"ytarchive_queue_messages", "ytarchive_queue_oldest_seconds"}
    assert {name: after[name] for name in after if name not in volatile} == {
        name: before[name] for name in before if name not in volatile
    }


async def test_a_queue_is_as_long_and_as_old_as_what_waits_in_it(bus: Bus, runtime_on: RuntimeOn) -> None:
    """Given a worker that once was there, when a task has waited for it for a second, so it is told."""
    port = free_port()
    async with metered(bus, runtime_on, port) as jobs:
        queue = topology.work_consumer("metadata", subjects.tasks(Stage.METADATA), slots=1, ack_wait=30)
        await bus.js.add_consumer(topology.COMMANDS, queue)
        await jobs.tell(submit())
        await jobs.until(State.RESOLVING)
        found = await read(port)
        assert found["ytarchive_queue_messages"]["metadata",] == 1
        assert 1 <= found["ytarchive_queue_oldest_seconds"]["metadata",] < 60
        await (await bus.js.pull_subscribe_bind("metadata", topology.COMMANDS)).fetch(1)
        found = await read(port)
        assert found["ytarchive_queue_messages"]["metadata",] == 1
        assert found["ytarchive_queue_oldest_seconds"]["metadata",] >= 2
        assert found["ytarchive_held_tasks"] == {("listing",): 0, ("metadata",): 0, ("download",): 0}


async def test_what_the_server_does_not_tell_is_left_out(
    nats_server: NatsServer, own_bus: Bus, runtime_on: RuntimeOn
) -> None:
    port = free_port()
    async with metered(own_bus, runtime_on, port) as jobs:
        await jobs.tell(submit())
        await jobs.until(State.RESOLVING)
        assert (await read(port))["ytarchive_server_up"] == {(): 1}
        nats_server.kill()
        found = await read(port)
        assert found["ytarchive_server_up"] == {(): 0}
        assert found["ytarchive_jobs"]["video", "resolving"] == 1
        assert "ytarchive_log_lag_messages" not in found
        nats_server.start()
        async with asyncio.timeout(60):
            while (await read(port))["ytarchive_server_up"] != {(): 1}:
                pass


@installed
async def test_promtool_has_nothing_to_say(bus: Bus, runtime_on: RuntimeOn) -> None:
    port = free_port()
    async with metered(bus, runtime_on, port) as jobs:
        await jobs.tell(submit())
        await jobs.until(State.RESOLVING)
        await jobs.tell(failed(Stage.METADATA, Category.RATE_LIMIT, egress="here-1"))
        await jobs.until(State.PAUSED)
        page = await asyncio.to_thread(scraped, port)
    assert await asyncio.to_thread(promtool, "check", "metrics", page=page) == ""
