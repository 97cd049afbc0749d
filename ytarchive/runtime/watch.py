"""Telling a supervisor what an actor does, that it is alive, and when it had better be started anew."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.passwords import address_without_login
from ytarchive.runtime.arrival import renewed
from ytarchive.runtime.clock import Steps
from ytarchive.runtime.notify import TROUBLE, notify, watchdog
from ytarchive.runtime.rendezvous import logins_of

if TYPE_CHECKING:
    from ytarchive.runtime.credentials import Login
    from ytarchive.runtime.process import Runtime

Find = Callable[[], "tuple[str, Login | None]"]
"""Gives the server's address and our login. Raises `ServerUnavailable` where none runs, `UsageError`."""

_LOOK_SECONDS: Final = 1.0
_AWAY: Final = "the server is away: waiting for it"
REFUSED: Final = "the server refuses our login: waiting until it knows it, or the file has another"


async def watch(
    runtime: "Runtime", find: Find, found: "tuple[str, Login | None]", *, owns_topology: bool
) -> ServerUnavailable:
    """Speak to the supervisor until only another process can go on, and give the reason.

    A server that is away, or refuses us, is waited for, and no reason: it comes back at its address, and may
    know our login then. It is one that address or login are others by now than those `found` at the start.
    """
    clock, client = time.monotonic, runtime.bus.client
    alive_every = (watchdog() or 0) / 2
    every = min(alive_every or _LOOK_SECONDS, _LOOK_SECONDS)
    away: float | None = None
    lacking = False
    steps = Steps()
    alive, said, complained, told = float("-inf"), ("", ""), False, ""
    while not client.is_closed:
        if step := steps.step().total_seconds():
            event = "the clock was set ahead" if step > 0 else "the clock was set back"
            runtime.log.warning(event, seconds=round(abs(step), 1))
            runtime.clock_set.set()
        if client.is_connected and away is not None:
            runtime.log.warning("the server is back", seconds=round(clock() - away, 1))
            away, told, runtime.bus.refused = None, "", False
            lacking = owns_topology
        elif not client.is_connected:
            away = clock() if away is None else away
            if (event := REFUSED if runtime.bus.refused else _AWAY) != told:
                told = event
                which = {"hint": f"{logins_of(runtime.settings)} has it"} if runtime.bus.refused else {}
                runtime.log.warning(event, url=address_without_login(found[0]), **which)
            if changed := _changed(find, found):
                return ServerUnavailable(changed)
        lacking = lacking and not (client.is_connected and await renewed(runtime))
        status = _doing(runtime) if away is None else "waiting for the server"
        trouble = f"{REFUSED} ({logins_of(runtime.settings)})" if told == REFUSED else runtime.pulse.trouble
        if said != (said := (status, trouble)):
            notify(f"STATUS={status}", f"{TROUBLE}{trouble}")
        if stuck := runtime.liveness.stuck:
            if not complained:
                runtime.log.error("takes no messages any more", queue=", ".join(stuck))
            complained = True
        elif alive_every and clock() - alive >= alive_every - every / 2:
            notify("WATCHDOG=1")
            alive, complained = clock(), False
        await asyncio.sleep(every)
    return ServerUnavailable("the connection to the NATS server has ended for good")


async def beat() -> None:
    """Say for ever that the event loop turns, to whoever listens for it."""
    while patience := watchdog():
        notify("WATCHDOG=1")
        await asyncio.sleep(patience / 2)


def _doing(runtime: "Runtime") -> str:
    now = runtime.pulse.beat()
    return f"{now.state}, {now.busy} in hand" if now.busy else str(now.state)


def _changed(find: Find, before: "tuple[str, Login | None]") -> str:
    """Say what is another by now; nothing where it cannot be found, or cannot be read just then."""
    try:
        now = find()
    except (ServerUnavailable, UsageError):
        return ""
    where, was = (address_without_login(url) for url, _ in (now, before))
    if where != was:
        return f"the NATS server is at {where} by now, and was at {was}"
    return "" if now == before else f"our login for the NATS server at {where} has changed"
