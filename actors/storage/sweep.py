"""What killed actors and jobs called off have left on the disk, removed once nobody can need it.

A job's end has its staging discarded, and who downloads for a job that is called off removes what it has.
What nobody asked to discard, as its actor was killed before it could say that there is something, is found
here.
"""

import asyncio
import contextlib
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nats.errors

from schemas import subjects
from schemas.envelope import END
from schemas.queries import GetJobs
from ytarchive.errors import YtarchiveError
from ytarchive.library.atomic import sweep_temporaries
from ytarchive.library.staging import held
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 3600.0
_SOON: Final = 5.0
_OLD: Final = 7 * 24 * 3600.0
"""Age of a staging folder of which the log knows nothing: it may be another system's in the same library."""
_TEMPORARIES: Final = 24 * 3600.0


async def keep_tidy(runtime: "Runtime") -> None:
    """Sweep now, every hour, and when a job is called off, until the runtime is stopping."""
    called_off = asyncio.Event()

    async def hear(_message: object) -> None:
        called_off.set()

    subscription = await runtime.bus.client.subscribe(subjects.CANCELLATIONS, cb=hear)
    try:
        while not runtime.stopping.is_set():
            called_off.clear()
            await _either(called_off, runtime.stopping, seconds=_EVERY if await sweep(runtime) else _SOON)
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()


async def sweep(runtime: "Runtime", *, old: float = _OLD) -> bool:
    """Remove staging of jobs that have ended; of unknown ones, what is untouched for `old` seconds.

    Gives False where something is in use that must go, or nobody said whether it must.
    """
    settings = runtime.settings
    if not settings.library_dir.is_dir():
        return True
    await asyncio.to_thread(sweep_temporaries, settings.library_dir, older_than=_TEMPORARIES)
    done = True
    for folder in await asyncio.to_thread(_folders, settings.staging_dir):
        try:
            done &= await _swept(runtime, folder, old)
        except FileNotFoundError:
            pass  # somebody was faster
        except YtarchiveError:  # the jobs actor is away: another time
            return False
    return done


async def _swept(runtime: "Runtime", folder: Path, old: float) -> bool:
    """Remove a job's folder if it must go. Gives False where it must, and is in use."""
    try:
        with held(folder):  # who comes to work there meanwhile, comes again
            if await _must_go(runtime, folder, old):
                runtime.log.info("staging of an ended job removed", job_id=folder.name)
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            return True
    except BlockingIOError:
        return not await _must_go(runtime, folder, old)


async def _must_go(runtime: "Runtime", folder: Path, old: float) -> bool:
    """Tell whether nobody can need a job's folder. Raises `YtarchiveError` where nobody answers."""
    jobs = (await ask(runtime.bus, GetJobs(prefix=folder.name))).jobs
    if jobs:
        return jobs[0].state.final and not jobs[0].kept
    return await asyncio.to_thread(_untouched, folder) > old


def _untouched(folder: Path) -> float:
    """Give the seconds since anything was written there."""
    return time.time() - max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def _folders(staging: Path) -> list[Path]:
    """Give the jobs' folders."""
    if not staging.is_dir():
        return []
    return [one for one in staging.iterdir() if re.match("[0-9a-f]{16}" + END, one.name) and one.is_dir()]


async def _either(*events: asyncio.Event, seconds: float) -> None:
    """Wait until one of the events is set, or so many seconds have passed."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
