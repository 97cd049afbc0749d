"""The embedded server as it is shipped, every write synced, with a bare stream beside the event log."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings

BARE = "BARE"
BARE_SUBJECT = "bare"


@asynccontextmanager
async def served() -> AsyncIterator[Bus]:
    """Give an administrator's connection, all streams, and the bare one."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as name:
        settings = Settings(state_dir=Path(name) / "state", library_dir=Path(name) / "library")
        with open_state_dir(settings.state_dir) as state:
            async with (
                embedded_server(state, settings) as server,
                connect(server.info.url, ensure_credentials(state.path)["admin"], name="bench") as bus,
            ):
                await topology.ensure(bus.js, settings)
                like = next(one for one in topology.streams(settings) if one.name == topology.EVENTS)
                await bus.js.add_stream(like.evolve(name=BARE, subjects=[f"{BARE_SUBJECT}.>"]))
                yield bus
