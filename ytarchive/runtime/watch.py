"""Telling a supervisor what an actor does, that it is alive, and when it had better be started anew."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.clock import Steps
from ytarchive.runtime.notify import notify, watchdog

if TYPE_CHECKING:
    from ytarchive.runtime.credentials import Login
    from ytarchive.runtime.process import Runtime

Find = Callable[[], "tuple[str, Login | None]"]
"""Gives the server's address and our login. Raises `ServerUnavailable` where none runs, `UsageError`."""

_LOOK_SECONDS: Final = 1.0


async def watch(runtime: "Runtime", find: Find, url: str) -> ServerUnavailable:
    """Speak to the supervisor until only another process can go on, and give the reason.

    A server that is away is waited for, and no reason: it comes back at its address.
    """
    clock, client = time.monotonic, runtime.bus.client
    alive_every = (watchdog() or 0) / 2
    every = min(alive_every or _LOOK_SECONDS, _LOOK_SECONDS)
    away: float | None = None
    steps = Steps()
    alive, said, complained = float("-inf"), "", False
    while not client.is_closed:
        if step := steps.step().total_seconds():
            event = "the clock was set ahead" if step > 0 else "the clock was set back"
            runtime.log.warning(event, seconds=round(abs(step), 1))
            runtime.clock_set.set()
        if client.is_connected and away is not None:
            runtime.log.warning("the server is back", seconds=round(clock() - away, 1))
            away = None
        elif not client.is_connected:
            if away is None:
                away = clock()
                runtime.log.warning("the server is away: waiting for it", url=url)
            if (now_at := _address(find)) not in ("", url):
                return ServerUnavailable(f"the NATS server is at {now_at} by now, and was at {url}")
        status = "waiting for the server" if away is not None else _doing(runtime)
        if status != said:
            notify(f"STATUS={status}")
            said = status
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


def _address(find: Find) -> str:
    try:
        return find()[0]
    except ServerUnavailable:
        return ""
