"""Actors at work in this process, each with all that its own process would have around it."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

from tests.memory.leaks import nothing_left_open
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Run, Runtime, _main
from ytarchive.settings import Settings
from ytarchive.sources.variables import PREFIX

_SECONDS = 60


@contextlib.asynccontextmanager
async def at_work(settings: Settings, url: str, **runs: Run) -> AsyncIterator[None]:
    """Have actors work while the block lasts; then they end in good order, and must leave nothing open."""
    runtimes: list[Runtime] = []

    def held(run: Run) -> Run:
        async def held(runtime: Runtime) -> None:
            runtimes.append(runtime)
            await run(runtime)

        return held

    async with nothing_left_open():
        processes = [
            asyncio.create_task(_main(name, held(run), settings, lambda: (url, None), owns_topology=False))
            for name, run in runs.items()
        ]
        try:
            yield
        finally:
            for runtime in runtimes:
                runtime.stopping.set()
            await asyncio.wait_for(asyncio.gather(*processes), _SECONDS)


@contextlib.contextmanager
def beside(name: str, settings: Settings, url: str) -> Iterator[None]:
    """Have an actor run as a process of its own."""
    ours = {
        f"{PREFIX}NATS_URL": url,
        f"{PREFIX}STATE_DIR": str(settings.state_dir),
        f"{PREFIX}LIBRARY_DIR": str(settings.library_dir),
        f"{PREFIX}NODE": settings.node,
        f"{PREFIX}VIDEOS_PER_HOUR": str(settings.videos_per_hour),
    }
    process = subprocess.Popen([sys.executable, "-P", "-m", "actors", name], env=os.environ | ours)
    try:
        yield
    finally:
        process.terminate()
        process.wait(_SECONDS)


async def idle(bus: Bus, stream: str, durable: str) -> None:
    """Wait until an actor has dealt with all that waits for it."""
    async with asyncio.timeout(_SECONDS):
        while True:
            consumers = {one.name: one for one in await bus.js.consumers_info(stream)}
            if (found := consumers.get(durable)) and not found.num_pending and not found.num_ack_pending:
                return
            await asyncio.sleep(0.02)
