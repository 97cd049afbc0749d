"""``up``, ``server`` and ``actor``: running the system, or a part of it, in the foreground."""

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

from actors.__main__ import NAMES
from actors.__main__ import run as run_actor
from cli.output import complain, console
from cli.runner import run_async
from cli.session import check_apart, check_ytdlp_options
from ytarchive.errors import UsageError, unknown
from ytarchive.runtime.notify import notify
from ytarchive.runtime.system import System, kept_server, whole_system
from ytarchive.runtime.watch import beat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ytarchive.errors import YtarchiveError
    from ytarchive.settings import Settings
    from ytarchive.sources.problems import Problem

_GOES_ON: Final = "What was not finished goes on at the next start."


def up(settings: "Settings", warnings: "Iterable[Problem]" = ()) -> int:
    """Run the server and all actors until a signal comes, or until one of them is given up.

    Raises `UsageError` where the settings name another server: its actors may be anywhere.
    """
    _check_ours(settings, "`ytarchive actor NAME` runs each actor on that one. ")
    for problem in warnings:
        complain(f"warning: {problem}")
    check_apart(settings)
    check_ytdlp_options(settings)
    return run_async(_up(settings), interrupted=f"Stopped. {_GOES_ON}")


async def _up(settings: "Settings") -> NoReturn:
    # a supervisor's journal takes everything; at a terminal `ytarchive logs` shows what one asks for
    async with whole_system(settings, show=not sys.stderr.isatty()) as system:
        _introduce(settings, system)
        await _as_long_as_it_lasts(system.failure, f"nats-server and {len(system.supervisor.pids)} actors")


async def _as_long_as_it_lasts(failure: "asyncio.Task[YtarchiveError]", status: str) -> NoReturn:
    """Tell the supervisor that all is well, until it is not: then raise the failure.

    That it is asked to stop is said at once: what has work in hand takes seconds for it.
    """
    notify("READY=1", f"STATUS={status}")
    beating = asyncio.create_task(beat())
    try:
        raise await asyncio.shield(failure)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):  # the terminal may be gone
            console(stderr=True).print(f"Stopping {status} …")
        raise
    finally:
        beating.cancel()
        notify("STOPPING=1")


def server(settings: "Settings") -> int:
    """Run the server alone until a signal comes, or until it is given up.

    Raises `UsageError` where the settings name another server.
    """
    _check_ours(settings)
    return run_async(_server(settings), interrupted="Stopped. The actors wait until one runs here again.")


def _check_ours(settings: "Settings", instead: str = "") -> None:
    if settings.nats_url:
        raise UsageError(
            "the settings name a NATS server of your own: there is none to run here",
            hint=f"{instead}Unset YTARCHIVE_NATS_URL to have one that comes with us.",
        )


async def _server(settings: "Settings") -> NoReturn:
    async with kept_server(settings) as (found, failure):
        out = console()
        out.print(f"nats-server listens at {found.url}, for whoever uses the same state directory")
        out.print(f"state    {settings.state_dir}", soft_wrap=True)
        out.print("`ytarchive actor NAME` runs an actor on it. Ctrl-C stops it: the actors wait meanwhile.")
        await _as_long_as_it_lasts(failure, f"nats-server at {found.url}")


def _introduce(settings: "Settings", system: System) -> None:
    out = console()
    out.print(f"ytarchive is up: nats-server at {system.server.url} and {len(system.supervisor.pids)} actors")
    out.print(f"library  {settings.library_dir}", soft_wrap=True)
    out.print(f"state    {settings.state_dir}", soft_wrap=True)
    out.print("`ytarchive submit URL` archives, `watch` shows progress, `logs -f` tells more.")
    out.print("Ctrl-C stops everything; what is not finished goes on at the next start.")


def actor(name: str, overrides: dict[str, Any]) -> None:
    """Run one actor until SIGTERM. Raises `UsageError` for one there is not."""
    if name not in NAMES:
        raise unknown("actor", name, NAMES)
    run_actor(name, overrides=overrides)
