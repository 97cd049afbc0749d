"""Whether our server still answers and writes, and waiting for the room it needs.

A stream one write of which failed, because the disk was full, takes no other until the server is started
anew, however much room there is by then (measured with 2.15.1). Who publishes hears nothing; who asks in the
system account is told.
"""

import asyncio
import contextlib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nats.errors

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.connection import connect
from ytarchive.runtime.disk import room
from ytarchive.runtime.server import greeting

if TYPE_CHECKING:
    from ytarchive.runtime.credentials import Login

ROOM: Final = 16 << 20
"""Free bytes with which it is worth trying."""

_LOOK_SECONDS: Final = 2.0
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
    """Wait until the server can write no more, and give what it says of that."""
    while True:
        try:
            async with connect(url, system, name="ytarchive-health") as bus:
                while True:
                    await asyncio.sleep(_LOOK_SECONDS)
                    answer = await bus.client.request("$SYS.REQ.SERVER.PING.HEALTHZ", b"{}", timeout=5)
                    said = str(json.loads(answer.data)["data"].get("error", ""))
                    if "write error" in said:
                        return said
        except (ServerUnavailable, nats.errors.Error):
            await asyncio.sleep(_LOOK_SECONDS)  # it is away, which others see to


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
