"""``run``, ``submit``, ``watch``: asking for work and watching it.

Each gives an exit code.
"""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import nats.errors

from cli.output import console, write_json
from cli.runner import run_async
from cli.screens import all_well, screen
from cli.session import System, check_ytdlp_options, joined, library_of, working
from cli.submission import check_options, check_urls, find_job, submit_videos
from cli.watching import SystemGone, Watch
from schemas import subjects
from schemas.common import State
from schemas.queries import ListJobs
from schemas.reports import Submitted, SubmittedJob
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.disk import shortage
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from schemas.options import ArchiveOptions
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_ACTIVE: Final = tuple(state for state in State if not state.final)
_LEFT: Final = (
    "Stopped. What was asked for is kept: `ytarchive up` goes on with it, `ytarchive jobs` lists it."
)
_TIDY_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.05
_WAITS: Final = "What waits goes on while something runs: `ytarchive up`, or the next `ytarchive run`."
_UNWATCHED: Final = "No longer watching; the work goes on. `ytarchive watch` comes back to it."


def run(
    settings: "Settings",
    urls: Sequence[str],
    quality: str,
    *,
    force: bool = False,
    timeout: float | None = None,
    patience: float | None = None,
    as_json: bool = False,
) -> int:
    """Archive videos with the system that runs, or with one of our own."""
    jobs, options = check_urls(settings, urls), check_options(quality, force=force)
    _check_library(settings)
    check_ytdlp_options(settings)
    shown = screen(settings.library_dir, as_json=as_json)
    watch = Watch(settings, shown, jobs, timeout=timeout, patience=patience, alone=True)
    return run_async(_run(settings, jobs, options, watch, as_json=as_json), interrupted=_LEFT)


async def _run(
    settings: "Settings", jobs: dict[str, str], options: "ArchiveOptions", watch: Watch, *, as_json: bool
) -> int:
    submitted = False
    while True:
        try:
            async with contextlib.AsyncExitStack() as stack:
                with watch.screen.starting():
                    system = await stack.enter_async_context(working(settings))
                if not submitted:
                    watch.after = await event_log.last_sequence(system.bus)
                    await submit_videos(system.bus, jobs, options)
                    submitted = True
                code = await _watched(watch, system)
                if system.failure:
                    await _tidied(system.bus)
                    if not as_json and any(not job.state.final for job in watch.jobs()):
                        console(stderr=True).print(_WAITS)
                return code
        except SystemGone:
            continue  # and now with a system of our own


async def _tidied(bus: "Bus") -> None:
    """Let the staging of ended jobs be removed before our own system stops; else the next would do it."""
    idle = 0
    with contextlib.suppress(TimeoutError, nats.errors.Error):
        async with asyncio.timeout(_TIDY_SECONDS):
            while idle < 2:  # what an event causes is asked for just after it  # noqa: PLR2004
                await asyncio.sleep(_LOOK_SECONDS)
                found = await bus.js.stream_info(topology.COMMANDS, subjects_filter=subjects.DISCARDS)
                idle = 0 if found.state.subjects else idle + 1


def submit(
    settings: "Settings",
    urls: Sequence[str],
    quality: str,
    *,
    force: bool,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Ask the running system for videos, and watch them if asked to."""
    jobs, options = check_urls(settings, urls), check_options(quality, force=force)

    async def main() -> int:
        async with joined(settings) as bus:
            watch = Watch(settings, screen(library_of(settings), as_json=as_json), jobs, timeout=timeout)
            watch.after = await event_log.last_sequence(bus)
            await submit_videos(bus, jobs, options)
            if wait:
                return await _watched(watch, System(bus))
        if as_json:
            write_json(Submitted(jobs=tuple(SubmittedJob(job_id=id_, url=url) for id_, url in jobs.items())))
        else:
            for id_, url in jobs.items():
                console().print(f"{id_}  {url}", soft_wrap=True)
        return 0

    return run_async(main(), interrupted=_UNWATCHED)


def watch(settings: "Settings", job: str | None, *, timeout: float | None, as_json: bool) -> int:
    """Watch one job until it ends, or everything."""

    async def main() -> int:
        async with joined(settings) as bus:
            shown = screen(library_of(settings), as_json=as_json)
            if job is not None:
                found = [await find_job(bus, job)]
                watch = Watch(settings, shown, {one.job_id: one.url for one in found}, timeout=timeout)
                watch.after = await event_log.last_sequence(bus)
            else:
                answer = await ask(bus, ListJobs(states=_ACTIVE))
                found = list(answer.jobs)
                watch = Watch(settings, shown, None, timeout=timeout)
                watch.after = answer.sequence
            with shown:
                for one in found:
                    await watch.recall(bus, one.job_id)
                return await _watched(watch, System(bus))

    return run_async(main(), interrupted=_UNWATCHED)


async def _watched(watch: Watch, system: System) -> int:
    """Watch to the end, and say how it ended also when that came too soon."""
    try:
        with watch.screen:
            await watch.until_ended(system)
    except YtarchiveError:
        watch.screen.finish(watch.jobs())
        raise
    watch.screen.finish(watch.jobs())
    return 0 if all_well(watch.jobs(), watch.library) else 1


def _check_library(settings: "Settings") -> None:
    """Raise `UsageError`, or `YtarchiveError` where there is no room, before anything is started."""
    folder = settings.library_dir
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
            f"no room in the library {folder}: {short}",
            hint="Free some space, or set YTARCHIVE_MIN_FREE_BYTES lower.",
        )
