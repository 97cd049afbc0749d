"""What killed actors and jobs called off have left on the disk, removed once nobody can need it.

A job's end has its staging discarded. What nobody asked to discard, as its actor was killed before it could
say that there is something, is found here.
"""

import asyncio
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.envelope import END
from schemas.queries import GetJobs
from ytarchive.errors import YtarchiveError
from ytarchive.library.transfer import sweep_temporaries
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 3600.0
_YOUNG: Final = 3600.0
_OLD: Final = 7 * 24 * 3600.0
"""Age of a staging folder of which the log knows nothing: it may be another system's in the same library."""
_TEMPORARIES: Final = 24 * 3600.0


async def keep_tidy(runtime: "Runtime") -> None:
    """Sweep now and every hour, until the runtime is stopping."""
    while not runtime.stopping.is_set():
        await sweep(runtime)
        await runtime.pause(_EVERY)


async def sweep(runtime: "Runtime", *, young: float = _YOUNG, old: float = _OLD) -> None:
    """Remove staging untouched for `young` seconds of jobs that have ended, for `old` of unknown ones."""
    settings = runtime.settings
    if not settings.library_dir.is_dir():
        return
    await asyncio.to_thread(sweep_temporaries, settings.library_dir, older_than=_TEMPORARIES)
    for folder, age in await asyncio.to_thread(_untouched, settings.staging_dir, young):
        try:
            jobs = (await ask(runtime.bus, GetJobs(prefix=folder.name))).jobs
        except YtarchiveError:  # the jobs actor is away: another time
            return
        if (jobs and jobs[0].state.final and not jobs[0].kept) or (not jobs and age > old):
            runtime.log.info("staging of an ended job removed", job_id=folder.name, age=round(age))
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _untouched(staging: Path, seconds: float) -> list[tuple[Path, float]]:
    """Give the jobs' folders in which nothing was written for so long, and for how long."""
    if not staging.is_dir():
        return []
    now, found = time.time(), []
    for folder in staging.iterdir():
        if re.match("[0-9a-f]{16}" + END, folder.name) and folder.is_dir():
            age = now - max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if age > seconds:
                found.append((folder, age))
    return found
