"""A system whose workers do nothing: server, jobs actor and null workers, each a process as it is in use."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import psutil

from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.runtime.supervisor import actor_command, actor_environment, supervise
from ytarchive.settings import Settings

READY_SECONDS: Final = 30
_SLOTS: Final = 16
"""Null workers at each stage."""
_COMMANDS: Final = {
    "jobs": actor_command("jobs"),
    "null": [sys.executable, "-m", "tests.bench.null_workers"],
}


@asynccontextmanager
async def system() -> AsyncIterator[tuple[Bus, dict[str, psutil.Process]]]:
    """Give an administrator's connection to a system that is ready, and its processes by name."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as name:
        settings = Settings(
            state_dir=Path(name) / "state",
            library_dir=Path(name) / "library",
            metadata_workers=_SLOTS,
            download_workers=_SLOTS,
            videos_per_hour=0,
        )
        with open_state_dir(settings.state_dir) as state:
            async with (
                embedded_server(state, settings) as server,
                connect(server.info.url, ensure_credentials(state.path)["admin"], name="bench") as bus,
                supervise(
                    list(_COMMANDS),
                    actor_environment(settings, server.info.url, state.credentials),
                    state_dir=settings.state_dir,
                    command=_COMMANDS.__getitem__,
                ) as actors,
            ):
                await actors.wait_ready(READY_SECONDS)
                pids = {"nats-server": server.info.pid, **actors.pids}
                yield bus, {name: psutil.Process(pid) for name, pid in pids.items()}


def spent(process: psutil.Process) -> float:
    """Give the CPU seconds of a process until now."""
    times = process.cpu_times()
    return float(times.user + times.system)
