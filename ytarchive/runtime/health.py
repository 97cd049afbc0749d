"""Whether our server still answers and keeps what it is given, and waiting for the room it needs.

A stream one write of which failed, because the disk was full, takes no other until the server is started
anew, however much room there is by then (measured with 2.15.1). Nor does one that has reached the limit it
was started with, which was the room there was at that time. Who publishes may hear nothing; who asks in the
system account is told.
"""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nats.errors

from ytarchive.domain.verdict import ROOM
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.connection import connect
from ytarchive.runtime.disk import room
from ytarchive.runtime.server import greeting
from ytarchive.runtime.store import whole_store

if TYPE_CHECKING:
    from ytarchive.runtime.credentials import Login

_LOOK_SECONDS: Final = 2.0
_LOOKS: Final = 3
"""How often in a row it must say that it is not well: while it begins it says so, too."""
_SILENT_SECONDS: Final = 30.0
_log: Final = logging.getLogger(__name__)


async def roomy(folder: Path) -> None:
    """Wait until the disk of `folder` has room, and say so where it has none."""
    if room(folder) >= ROOM:
        return
    _log.error("The disk of %s is full. Free some space: what waits for it goes on by itself.", folder)
    while room(folder) < ROOM:  # noqa: ASYNC110 - what changes is on the disk
        await asyncio.sleep(_LOOK_SECONDS)


async def stuck(url: str, system: "Login") -> str:
    """Wait until the server keeps nothing new, and give what it says of that."""
    while True:
        with contextlib.suppress(ServerUnavailable, nats.errors.Error):  # it is away, which others see to
            async with connect(url, system, name="ytarchive-health") as bus:
                faults = 0
                while faults < _LOOKS:
                    await asyncio.sleep(_LOOK_SECONDS)
                    said = (await whole_store(bus, 0)).fault
                    faults = faults + 1 if said else 0
                return said
        await asyncio.sleep(_LOOK_SECONDS)


async def silent(url: str) -> float:
    """Wait until whoever listens there has not said a word for long, and give the seconds."""
    clock = asyncio.get_running_loop().time
    heard = clock()
    while clock() - heard < _SILENT_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        with contextlib.suppress(ServerUnavailable):
            await greeting(url)
            heard = clock()
    return clock() - heard
