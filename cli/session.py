"""Reaching the system: the one that runs already, or one of our own for as long as a command lasts."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import nats.errors

from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.runtime import mount
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.disk import shortage
from ytarchive.runtime.lock import InUse
from ytarchive.runtime.rendezvous import find_server, server_for
from ytarchive.runtime.signing import check_signing
from ytarchive.runtime.state_dir import ServerInfo, exists, running
from ytarchive.runtime.supervisor import actor_environment, supervise
from ytarchive.runtime.system import ACTORS, kept_server, whole_system

if TYPE_CHECKING:
    from ytarchive.settings import Settings

_ANSWER_SECONDS: Final = 5.0
_READY_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.2
_TURN_SECONDS: Final = 10.0


class System(NamedTuple):
    """A connection to a working system, and what ends when it is ours and fails."""

    bus: Bus
    failure: "asyncio.Task[YtarchiveError] | None" = None


@contextlib.asynccontextmanager
async def joined(settings: "Settings", *, role: str = "cli", patience: float = 2.0) -> AsyncIterator[Bus]:
    """Connect to what runs. Raises `ServerUnavailable` where nothing does, `UsageError` without the login."""
    url, login = server_for(settings, role)
    async with connect(url, login, name="ytarchive", patience=patience) as bus:
        yield bus


@contextlib.asynccontextmanager
async def working(settings: "Settings") -> AsyncIterator[System]:
    """Connect to what runs, or run everything ourselves meanwhile. Raises what `whole_system` raises."""
    async with contextlib.AsyncExitStack() as stack:
        if settings.nats_url:
            bus = await stack.enter_async_context(joined(settings))
            if not await decides(bus):
                await stack.enter_async_context(_actors(settings))
            yield System(bus)
        else:
            yield await _joined_or_ours(settings, stack)


async def _joined_or_ours(settings: "Settings", stack: contextlib.AsyncExitStack) -> System:
    """Join whoever runs on the state directory; be the one where nobody does.

    Another command may be about to start everything, or to stop, or have the server alone: it is waited for.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        found = running(settings.state_dir)
        if found and not found.passing:
            _check_same(found, settings)
            with contextlib.suppress(ServerUnavailable):  # it may be ending
                bus = await stack.enter_async_context(joined(settings))
                if await decides(bus):
                    return System(bus)
                await stack.aclose()
        else:
            with contextlib.suppress(InUse):  # it may be starting
                ours = await stack.enter_async_context(whole_system(settings))
                return System(await stack.enter_async_context(joined(settings)), ours.failure)
        if time.monotonic() > deadline:
            raise ServerUnavailable(
                f"something runs on {settings.state_dir}, but no jobs actor answers",
                hint="`ytarchive logs --actor jobs` may tell why.",
            )
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def check_same_library(settings: "Settings") -> None:
    """Raise `UsageError` where what runs here archives into another library: its log is not about ours."""
    if not settings.nats_url and (found := running(settings.state_dir)):
        _check_library_of(found, settings)


def _check_library_of(found: ServerInfo, settings: "Settings") -> None:
    if found.library != settings.library_dir:
        raise UsageError(
            f"what runs on {settings.state_dir} archives into {found.library}, not {settings.library_dir}",
            hint="Use that library, stop what runs, or name another --state.",
        )


def _check_same(found: ServerInfo, settings: "Settings") -> None:
    """Raise `UsageError` where what runs would not do what was asked here."""
    _check_library_of(found, settings)
    if found.egress != settings.egress:
        raise UsageError(
            f"what runs on {settings.state_dir} asks with other yt-dlp options than are set here",
            hint="Set YTARCHIVE_YTDLP_OPTIONS for what runs, and start that again.",
        )


def nothing_runs(settings: "Settings") -> bool:
    """Tell whether no server is there but one that a command of ours starts to look: nobody is missed."""
    if settings.nats_url:
        return False
    found = running(settings.state_dir)
    return found is None or found.passing


def library_of(settings: "Settings") -> Path:
    """Give the library of what runs here, else the one that is set."""
    found = None if settings.nats_url else running(settings.state_dir)
    return found.library if found else settings.library_dir


def check_target(settings: "Settings", target: Path) -> None:
    """Raise `UsageError` where something would be written into the library, or among what is ours."""
    for folder, what in ((library_of(settings), "library"), (settings.state_dir, "state directory")):
        if target.absolute().is_relative_to(folder):
            raise UsageError(f"{target} lies in the {what}", hint="Give a place outside of it.")


def check_file(settings: "Settings", target: str) -> Path:
    """Give where a file is to be written. Raises `UsageError` where it cannot be, or must not."""
    path = Path(target)
    check_target(settings, path)
    if target.endswith("/") and not path.is_dir():
        raise UsageError(
            f"there is no folder {target}", hint="Make it, or leave out the slash for a file of that name."
        )
    if not path.parent.is_dir():
        what = "is no folder" if path.parent.exists() else "is not there"
        raise UsageError(
            f"{target} cannot be written: {path.parent} {what}", hint="Name a folder that is there."
        )
    return path


def check_ytdlp_options(settings: "Settings") -> None:
    """Raise `UsageError` for options that yt-dlp would not get, before anything is started."""
    if settings.ytdlp_options.strip():
        from ytarchive.ytdlp.options import base_params

        base_params(settings)


def check_apart(settings: "Settings") -> None:
    """Raise `UsageError` where the library and the state directory are the same, or one is in the other.

    What is in the library and no video is told by audits, and moved away by who is asked to.
    """
    library, state = settings.library_dir.resolve(), settings.state_dir.resolve()
    if library.is_relative_to(state) or state.is_relative_to(library):
        raise UsageError(
            f"the library {settings.library_dir} and the state directory {settings.state_dir} are not apart",
            hint="Name another place, in neither the other: YTARCHIVE_LIBRARY_DIR, YTARCHIVE_STATE_DIR.",
        )


def check_library(settings: "Settings") -> None:
    """Raise `UsageError`, or `YtarchiveError` where there is no room, before anything is started."""
    check_apart(settings)
    folder = settings.library_dir
    if why := mount.away(settings):
        raise YtarchiveError(why, hint=f"If it is to begin anew: {mount.anew(settings)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise UsageError(
            f"the library {folder} cannot be written: {error.strerror}",
            hint="YTARCHIVE_LIBRARY_DIR, or --library, names another place.",
        ) from error
    if short := shortage(folder, settings.min_free_bytes):
        raise YtarchiveError(
            f"no room in the library: {short}",
            hint="Free some space, or set YTARCHIVE_MIN_FREE_BYTES lower.",
        )


@contextlib.asynccontextmanager
async def reading(
    settings: "Settings", *, live: bool = False, actors: Sequence[str] = ()
) -> AsyncIterator[Bus]:
    """Connect to what runs, or start the server alone to read what is stored; with `live` the jobs actor too.

    Or those `actors`. Raises `ServerUnavailable` where nothing was ever stored. Another command that is about
    to start a server, or to stop it, is waited for.
    """
    async with contextlib.AsyncExitStack() as stack:
        deadline = time.monotonic() + _TURN_SECONDS
        while True:
            try:
                bus = await _reached(settings, stack, ("jobs",) if live and not actors else actors)
            except InUse:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                break
        yield bus


async def _reached(settings: "Settings", stack: contextlib.AsyncExitStack, actors: Sequence[str]) -> Bus:
    if settings.nats_url or running(settings.state_dir):
        return await stack.enter_async_context(joined(settings))
    if not exists(settings.state_dir):
        raise ServerUnavailable(
            f"nothing runs on {settings.state_dir}, and nothing was archived there yet", hint=_begin(settings)
        )
    if actors:
        await stack.enter_async_context(whole_system(settings, actors=actors, passing=True))
    else:
        await stack.enter_async_context(kept_server(settings, passing=True))
    return await stack.enter_async_context(joined(settings))


def _begin(settings: "Settings") -> str:
    """Say what to do where there is no log; but perhaps a library that another one tells of."""
    from ytarchive.library.inventory import listing

    if settings.library_dir.is_dir() and listing(settings.library_dir):
        return (
            f"The log of what is in {settings.library_dir} is another: `ytarchive restore` brings it back, "
            "or `ytarchive events import`; `ytarchive rebuild --from-library` needs none."
        )
    return "`ytarchive run URL` archives a video, `ytarchive up` starts everything."


async def decides(bus: Bus) -> bool:
    """Tell whether a jobs actor runs there."""
    try:
        await bus.client.request("$SRV.PING.ytarchive-jobs", b"", timeout=_ANSWER_SECONDS)
    except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
        return False
    return True


@contextlib.asynccontextmanager
async def _actors(settings: "Settings") -> AsyncIterator[None]:
    """Run the actors on a server that is not ours."""
    check_signing(settings)
    environment = actor_environment(settings, *find_server(settings))
    async with supervise(ACTORS, environment, state_dir=settings.state_dir) as supervisor:
        await supervisor.wait_ready(_READY_SECONDS)
        yield
