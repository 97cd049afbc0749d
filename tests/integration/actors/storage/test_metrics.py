"""The port for metrics on a node: the storage actor has it while the jobs actor is elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from actors.storage import metrics
from tests.integration.jobs_actor import jobs_actor
from tests.prometheus import Numbers, free_port, numbers, scraped
from ytarchive.runtime import endpoint
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.logging import configure
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(endpoint, "_AGAIN_SECONDS", 0.2)


@contextlib.asynccontextmanager
async def alive(name: str, settings: Settings, bus: Bus) -> AsyncIterator[Runtime]:
    """What an actor works with that says how it is."""
    runtime = Runtime(name, settings, configure(None, "info").bind(actor=name))
    runtime.bus = bus
    beating = asyncio.create_task(runtime.pulse.run(bus.client.publish))
    try:
        yield runtime
    finally:
        beating.cancel()
        await asyncio.wait({beating})


@contextlib.asynccontextmanager
async def jobs(url: str, settings: Settings) -> AsyncIterator[None]:
    """A jobs actor on a connection of its own."""
    async with (
        connect(url, None, name="jobs") as bus,
        alive("jobs", settings, bus) as runtime,
        jobs_actor(runtime),
    ):
        yield


@contextlib.asynccontextmanager
async def storage(settings: Settings, bus: Bus) -> AsyncIterator[None]:
    """The part of a storage actor that serves metrics."""
    async with alive("storage", settings, bus) as runtime:
        serving = asyncio.create_task(metrics.serve_metrics(runtime))
        try:
            yield
        finally:
            runtime.stopping.set()
            await serving


async def read(port: int, *, until: str) -> dict[str, Numbers]:
    """Give the metrics at the port once there is one of that name, and the storage actor is heard of."""
    async with asyncio.timeout(60):
        while True:
            found = numbers(await asyncio.to_thread(scraped, port))
            if until in found and ("storage", "here") in found["ytarchive_actor_up"]:
                return found
            await asyncio.sleep(0.1)


async def test_a_node_tells_of_itself_until_the_jobs_actor_comes_to_it(
    nats_url: str, bus: Bus, settings: Settings
) -> None:
    """Given a node without a jobs actor, when its metrics are read, then they are those of its actors alone;
    when a jobs actor begins there, then it takes the port and tells of everything."""
    port = free_port()
    settings = msgspec.structs.replace(settings, metrics_port=port)
    elsewhere = msgspec.structs.replace(settings, node="there", metrics_port=0)
    async with storage(settings, bus):
        async with jobs(nats_url, elsewhere):
            found = await read(port, until="ytarchive_actor_up")
            assert found["ytarchive_actor_up"] == {("storage", "here"): 1}
            assert found["ytarchive_disk_free_bytes"].keys() == {("library", "here")}
            assert "ytarchive_jobs" not in found
        await asyncio.sleep(0.5)  # while there is none it goes on
        assert "ytarchive_jobs" not in await read(port, until="ytarchive_actor_up")
        async with jobs(nats_url, settings):
            found = await read(port, until="ytarchive_jobs")
            assert found["ytarchive_actor_up"] == {("jobs", "here"): 1, ("storage", "here"): 1}


async def test_nothing_is_opened_where_no_jobs_actor_was_ever_heard_of(bus: Bus, settings: Settings) -> None:
    port = free_port()
    async with storage(msgspec.structs.replace(settings, metrics_port=port), bus):
        await asyncio.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_without_a_port_it_does_not_even_ask(bus: Bus, settings: Settings) -> None:
    async with alive("storage", settings, bus) as runtime, asyncio.timeout(20):
        await metrics.serve_metrics(runtime)
