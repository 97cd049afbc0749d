"""Room on the library's disk: writers rest while there is little, or no disk, and go on by themselves."""

import asyncio
import os
import shutil
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from schemas.common import Category, Failure
from ytarchive.amounts import amount
from ytarchive.errors import StageFailed
from ytarchive.recovery.classification import classify
from ytarchive.runtime import mount

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_LOOK_SECONDS: Final = 2.0
_HINT: Final = (
    "Free some space: downloads go on by themselves. YTARCHIVE_MIN_FREE_BYTES says how much is kept."
)

T = TypeVar("T")


def room(folder: Path) -> int:
    """Give the free bytes of the disk that `folder`, or the nearest of its parents there is, lies on."""
    return shutil.disk_usage(nearest(folder)).free


def nearest(path: Path) -> Path:
    """Give what lies at `path`, or the nearest of its parents that does and that we may see."""
    return next(one for one in (path, *path.parents) if os.path.exists(one))  # noqa: PTH110 - raises nothing


def barred(folder: Path) -> str:
    """Say why nothing can be written to `folder`, or why it cannot be made; empty where it can.

    The disk is not touched, so that one which sleeps goes on sleeping.
    """
    there = nearest(folder)
    if not there.is_dir():
        return (
            f"{folder} is no folder" if there == folder else f"{folder} cannot be made: {there} is no folder"
        )
    effective = os.access in os.supports_effective_ids
    if os.access(there, os.W_OK | os.X_OK, effective_ids=effective):
        return ""
    if os.statvfs(there).f_flag & os.ST_RDONLY:
        why = "it is read-only"
        if "INVOCATION_ID" in os.environ:  # systemd started us
            why += ", on the disk or as no ReadWritePaths= of the unit names it"
    else:
        why = f"the user {os.geteuid()} may not"
    return f"{folder} cannot be {'written' if there == folder else 'made'}: {why}"


def shortage(folder: Path, wanted: int) -> str:
    """Say that there is less room than `wanted` bytes; empty where there is enough."""
    free = room(folder)
    if free >= wanted:
        return ""
    return f"only {amount(free)} free in {folder}, {amount(wanted)} are kept free (min_free_bytes)"


class Disk:
    """The disk of the library, watched by one actor."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._folder = runtime.settings.library_dir

    @property
    def _wanted(self) -> int:
        return self._runtime.settings.min_free_bytes

    async def roomy(self) -> None:
        """Wait until the library is there, and has room."""
        pulse = self._runtime.pulse
        said = False
        try:
            while why := await asyncio.to_thread(self._unready):
                if not said:
                    self._runtime.log.warning("resting: nothing can be put into the library", error=why)
                said, pulse.rests = True, why
                await self._runtime.pause(_LOOK_SECONDS)
        finally:
            pulse.rests = ""
        if said:
            self._runtime.log.info("the library can be written again")

    async def entered(self, folder: Path) -> bool:
        """Make a folder in the library; False while that is away. Raises `StageFailed`."""
        if await asyncio.to_thread(mount.away, self._runtime.settings):
            return False
        try:
            await asyncio.to_thread(mount.begin, self._runtime.settings)
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise StageFailed(classify(error, "the library cannot be written")) from error
        return True

    def _unready(self) -> str:
        return mount.away(self._runtime.settings) or shortage(self._folder, self._wanted)

    async def guarding(self, work: Awaitable[T]) -> T:
        """Do `work`, but stop it when there is less than half the room that is kept. Raises `StageFailed`."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
                if short := shortage(self._folder, self._wanted // 2):
                    raise StageFailed(Failure(category=Category.DISK, message=short, hint=_HINT))
            return task.result()
        finally:
            task.cancel()
            await asyncio.wait({task})
