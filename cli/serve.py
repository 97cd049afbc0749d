"""``up`` and ``actor``: running the system in the foreground."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from actors.__main__ import NAMES
from actors.__main__ import run as run_actor
from cli.output import console
from cli.runner import run_async
from cli.session import check_ytdlp_options
from ytarchive.errors import UsageError
from ytarchive.runtime.notify import notify
from ytarchive.runtime.system import System, whole_system

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ytarchive.settings import Settings
    from ytarchive.sources.problems import Problem


def up(settings: "Settings", warnings: "Iterable[Problem]" = ()) -> int:
    """Run the server and all actors until a signal comes, or until one of them is given up."""
    for problem in warnings:
        console(stderr=True).print(f"warning: {problem}", style="yellow")
    check_ytdlp_options(settings)
    return run_async(_up(settings), interrupted="Stopped. What was not finished goes on at the next start.")


async def _up(settings: "Settings") -> int:
    # a supervisor's journal takes everything; at a terminal `ytarchive logs` shows what one asks for
    async with whole_system(settings, show=not sys.stderr.isatty()) as system:
        notify("READY=1")
        _introduce(settings, system)
        try:
            raise await asyncio.shield(system.failure)
        finally:
            notify("STOPPING=1")


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
        raise UsageError(f"there is no actor {name!r}", hint=f"There are: {', '.join(NAMES)}.")
    run_actor(name, overrides=overrides)
