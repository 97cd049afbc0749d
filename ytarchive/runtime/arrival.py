"""How an actor comes to its server: there may be none as yet, or one that refuses us, or has no streams."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import nats.errors

from ytarchive.errors import Refused, ServerUnavailable
from ytarchive.runtime import topology
from ytarchive.runtime.connection import connect
from ytarchive.runtime.notify import TROUBLE, notify
from ytarchive.runtime.rendezvous import logins_of

if TYPE_CHECKING:
    from ytarchive.runtime.clock import Clock
    from ytarchive.runtime.credentials import Login
    from ytarchive.runtime.process import Runtime
    from ytarchive.runtime.watch import Find

_AGAIN_SECONDS: Final = 1.0
_REPEAT_SECONDS: Final = 30.0
_MORE_TIME: Final = "EXTEND_TIMEOUT_USEC=30000000"


async def connected(
    stack: contextlib.AsyncExitStack, runtime: "Runtime", find: "Find", clock: "Clock"
) -> "tuple[str, Login | None] | None":
    """Connect, however long it takes: under a supervisor the server may come up after us.

    Gives where the server is and our login; nothing where we are to stop before that.
    """
    said, time = ("", 0.0), asyncio.get_running_loop().time
    while not runtime.stopping.is_set():
        try:
            found = find()
            bus = connect(*found, name=f"{runtime.name}@{runtime.node}", patience=5, clock=clock)
            runtime.bus = await stack.enter_async_context(bus)
        except ServerUnavailable as error:
            refused = f"{error} ({logins_of(runtime.settings)})" if isinstance(error, Refused) else ""
            why = refused or str(error)
            notify(f"STATUS=waiting for the server: {why}", f"{TROUBLE}{refused}", _MORE_TIME)
            if said[0] != why or time() - said[1] > _REPEAT_SECONDS:
                runtime.log.warning("waiting for the server", error=why)
                said = why, time()
            await runtime.pause(_AGAIN_SECONDS)
        else:
            return found
    return None


async def streams(runtime: "Runtime", *, owns: bool) -> None:
    """Make the streams, or wait until whoever owns them has."""
    if owns:
        await topology.ensure(runtime.bus.js, runtime.settings)
    said = False
    while not owns and not runtime.stopping.is_set() and not await _there(runtime):
        if not said:
            runtime.log.info("waiting for the jobs actor, which makes the streams")
        said = True
        notify("STATUS=waiting for the jobs actor", _MORE_TIME)
        await runtime.pause(0.1)


async def renewed(runtime: "Runtime") -> bool:
    """Make again the streams that a server which is back has lost; tell whether that was done."""
    try:
        await topology.renew(runtime.bus.js, runtime.settings)
    except nats.errors.Error:  # it may go away again
        return False
    return True


async def _there(runtime: "Runtime") -> bool:
    try:
        return await topology.exists(runtime.bus.js)
    except nats.errors.Error:  # the server may go away again
        return False
