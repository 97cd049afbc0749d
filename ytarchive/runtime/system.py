"""Everything on one machine: our server and all actors, kept running as long as a block lasts."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ytarchive.domain.verdict import ROOM
from ytarchive.errors import ServerUnavailable, YtarchiveError
from ytarchive.runtime.credentials import Login, load_credentials
from ytarchive.runtime.disk import room
from ytarchive.runtime.health import roomy, silent, stuck
from ytarchive.runtime.lock import InUse
from ytarchive.runtime.restarts import Crashes, Limits
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.signing import check_signing
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.runtime.supervisor import actor_environment, supervise

if TYPE_CHECKING:
    from pathlib import Path

    from ytarchive.runtime.server import Server
    from ytarchive.runtime.state_dir import ServerInfo, StateDir
    from ytarchive.runtime.supervisor import Supervisor
    from ytarchive.settings import Settings

ACTORS: Final = ("logs", "jobs", "metadata", "download", "storage")
_READY_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.2
_log: Final = logging.getLogger(__name__)


class Ailing(ServerUnavailable):
    """Our server answers, but keeps nothing new, though there is room: it is started anew, however often."""


class System:
    """What runs: the server, and the actors with their processes. `failure` comes when one is given up."""

    def __init__(
        self, server: "ServerInfo", supervisor: "Supervisor", failure: asyncio.Task[YtarchiveError]
    ) -> None:
        self.server = server
        self.supervisor = supervisor
        self.failure = failure


@contextlib.asynccontextmanager
async def whole_system(
    settings: "Settings", *, actors: Sequence[str] = ACTORS, show: bool = False, passing: bool = False
) -> AsyncIterator[System]:
    """Run the server and `actors` on the state directory. A crashed one is started again, with patience.

    Other actors that wait for a server do not come to one that is `passing`.

    What the actors print goes to our stderr with `show`, else to ``logs/<actor>.log``. Raises `UsageError`,
    `ServerUnavailable`, `TimedOut` or `ActorFailed` where something cannot be started.
    """
    if "jobs" in actors:
        check_signing(settings)
    async with (
        kept_server(settings, passing=passing) as (server, server_failed),
        contextlib.AsyncExitStack() as stack,
    ):
        environment = actor_environment(settings, server.url, server.credentials)
        supervisor = await stack.enter_async_context(
            supervise(actors, environment, state_dir=settings.state_dir, show=show)
        )
        await supervisor.wait_ready(_READY_SECONDS)
        failure = asyncio.create_task(_first(server_failed, asyncio.create_task(supervisor.failed())))
        try:
            yield System(server, supervisor, failure)
        finally:
            failure.cancel()
            await asyncio.wait({failure})


@contextlib.asynccontextmanager
async def kept_server(
    settings: "Settings", *, passing: bool = False
) -> "AsyncIterator[tuple[ServerInfo, asyncio.Task[YtarchiveError]]]":
    """Run the server on the state directory, and give the task that ends when it crashes too often.

    One that is `passing` is not where actors look for theirs, nor at its port. Who is not waits for who is.

    Raises `UsageError` or `ServerUnavailable` where it cannot be started.
    """
    with contextlib.ExitStack() as stack:
        state = await _entered(stack, settings.state_dir, passing=passing)
        started: asyncio.Future[ServerInfo] = asyncio.get_running_loop().create_future()
        keeper = asyncio.create_task(_keep_server(state, settings, started, passing=passing))
        try:
            await asyncio.wait((keeper, started), return_when=asyncio.FIRST_COMPLETED)
            if keeper.done():
                raise keeper.result()
            yield started.result(), keeper
        finally:
            keeper.cancel()
            await asyncio.wait({keeper})


async def _entered(stack: contextlib.ExitStack, path: "Path", *, passing: bool) -> "StateDir":
    """Hold the state directory until the stack ends; wait until nobody merely reads there any longer."""
    told = ""
    while True:
        try:
            return stack.enter_context(open_state_dir(path, passing=passing))
        except InUse as busy:
            if passing or not busy.passing:
                raise
            if str(busy) != told:
                told = str(busy)
                _log.warning("%s: it only reads, and is waited for", told)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _keep_server(
    state: "StateDir", settings: "Settings", started: "asyncio.Future[ServerInfo]", *, passing: bool
) -> YtarchiveError:
    """Run the server, and again on its port when it dies, until it is given up. Cancelled, stop it.

    One that keeps nothing new, as the disk was full, is started again once there is room.
    """
    crashes, clock = Crashes(Limits()), asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            port = -1 if passing else _usable_port(state)
            async with embedded_server(state, settings, port=port, passing=passing) as server:
                if not passing:
                    state.remember_port(urlsplit(server.info.url).port or 0)
                if not started.done():
                    started.set_result(server.info)
                if (died := await _ended(server, state)) is None:
                    continue
                error = died
        except YtarchiveError as refused:
            error = refused
        except OSError as full:
            error = ServerUnavailable(
                f"the NATS server cannot be started: {full}", hint=f"{state.path} must have room."
            )
        if not started.done():
            return error
        await roomy(state.path)
        delay = crashes.next_start(began, clock(), ready=isinstance(error, Ailing))
        if delay is None:
            return ServerUnavailable(
                f"the NATS server keeps ending and is not started again: {error}", hint=error.hint
            )
        _log.warning("The NATS server is started again in %g s: %s", delay, error)
        await asyncio.sleep(delay)


async def _ended(server: "Server", state: "StateDir") -> YtarchiveError | None:
    """Wait until the server has died, and give the error; or None when it is to be started anew."""
    system = Login("system", load_credentials(state.credentials, "admin").password)
    died = asyncio.create_task(server.died())
    ailing = asyncio.create_task(stuck(server.info.url, system))
    hanging = asyncio.create_task(silent(server.info.url))
    try:
        await asyncio.wait((died, ailing, hanging), return_when=asyncio.FIRST_COMPLETED)
        if died.done():
            return died.result()
        if hanging.done():
            return ServerUnavailable(f"the NATS server did not answer for {hanging.result():.0f} s")
        if room(state.path) >= ROOM:
            return Ailing(f"the NATS server keeps nothing new: {ailing.result()}")
        _log.error("The NATS server keeps nothing new: %s", ailing.result())
        room_again = asyncio.create_task(roomy(state.path))  # until then it can be asked, at least
        await asyncio.wait((died, room_again), return_when=asyncio.FIRST_COMPLETED)
        room_again.cancel()
        return died.result() if died.done() else None
    finally:
        for task in (died, ailing, hanging):
            task.cancel()


def _usable_port(state: "StateDir") -> int:
    """Give the port used before, so that who was connected finds us again; any free one if it is taken."""
    port = state.last_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return -1
    return port or -1


async def _first(*tasks: asyncio.Task[YtarchiveError]) -> YtarchiveError:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return next(iter(done)).result()
