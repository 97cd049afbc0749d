"""Work that is watched to its end, with the system that runs or one of our own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import nats.errors

from cli.away import SystemGone
from cli.listing import UNENDED, list_jobs
from cli.output import console
from cli.screens import Unseen, screen
from cli.session import System, library_of, working
from cli.submission import Submission
from cli.watching import Watch
from schemas import subjects
from schemas.common import State
from schemas.queries import BatchView, JobView
from ytarchive.errors import YtarchiveError
from ytarchive.runtime import event_log, topology

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

LEFT_OVER: Final = (*UNENDED, State.FAILED, State.CANCELLED)
"""What of a batch is watched: what goes on, and what did not end well."""
_TIDY_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.05
_WAITS: Final = "What waits goes on while something runs: `ytarchive up`, or the next `ytarchive run`."


class Shown(NamedTuple):
    """How it is watched. `timeout` and `patience` are in seconds."""

    timeout: float | None = None
    patience: float | None = None
    as_json: bool = False
    quiet: bool = False


async def worked(
    settings: "Settings",
    ask: "Callable[[Bus], Awaitable[Iterable[str]]]",
    jobs: "Mapping[str, str]",
    shown: Shown,
) -> int:
    """Have jobs asked for, and wait until they have ended, with the system that runs or one of our own.

    `jobs` are their ids, each with an address; `ask` gives those that were begun before. For programs nothing
    is written.
    """
    on = Unseen() if shown.as_json else screen(library_of(settings), as_json=False, quiet=shown.quiet)
    watch = Watch(settings, on, jobs, timeout=shown.timeout, patience=shown.patience, alone=True)

    async def begin(bus: "Bus") -> None:
        for job_id in await ask(bus):
            await watch.recall(bus, job_id)

    return await carried_through(settings, begin, watch, shown)


async def carried_through(
    settings: "Settings", begin: "Callable[[Bus], Awaitable[None]]", watch: Watch, shown: Shown
) -> int:
    """Have work begun, once, and watch it to its end. Gives an exit code."""
    submitted = False
    while True:
        try:
            async with contextlib.AsyncExitStack() as stack:
                with watch.screen.starting():
                    system = await stack.enter_async_context(working(settings))
                watch.joined = system.failure is None
                if not submitted:
                    watch.after = await event_log.last_sequence(system.bus)
                    await begin(system.bus)
                    submitted = True
                code = await watched(watch, system)
                if system.failure:
                    await _tidied(system.bus)
                    if not shown.as_json and watch.unended:
                        console(stderr=True).print(_WAITS)
                return code
        except SystemGone:
            continue  # and now with a system of our own


async def recall(bus: "Bus", watch: Watch, asked: Submission, going: Sequence[JobView | BatchView]) -> None:
    """Have what goes on already watched from its beginning."""
    if going:
        watch.turn_to(asked.jobs, asked.batch_id)
        left = (await list_jobs(bus, LEFT_OVER, batch=asked.batch_id)).jobs if asked.batch_id else ()
        for job_id in asked.jobs or [job.job_id for job in reversed(left)]:
            await watch.recall(bus, job_id)


async def _tidied(bus: "Bus") -> None:
    """Let the staging of ended jobs be removed before our own system stops; else the next would do it."""
    idle = 0
    with contextlib.suppress(TimeoutError, nats.errors.Error):
        async with asyncio.timeout(_TIDY_SECONDS):
            while idle < 2:  # what an event causes is asked for just after it  # noqa: PLR2004
                await asyncio.sleep(_LOOK_SECONDS)
                found = await bus.js.stream_info(topology.COMMANDS, subjects_filter=subjects.DISCARDS)
                idle = 0 if found.state.subjects else idle + 1


async def watched(watch: Watch, system: System) -> int:
    """Watch to the end, and say how it ended also when that came too soon."""
    try:
        with watch.screen:
            await watch.until_ended(system)
    except YtarchiveError:
        watch.screen.finish(watch.jobs(), watch.batch)
        raise
    watch.screen.finish(watch.jobs(), watch.batch)
    return 0 if watch.all_well() else 1
