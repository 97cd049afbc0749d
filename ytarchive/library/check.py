"""Whether files are as they were archived: there, of their size, of their content, every packet readable.

A file that changes while it is looked at is looked at again, as somebody may be about to put it back. Where
that takes long, nobody can tell yet whether it is damaged.
"""

import asyncio
import contextlib
import errno
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

from schemas.common import ArchivedFile, Role
from schemas.fixity import Depth, Finding, JobFiles
from ytarchive.domain.findings import absent, arriving, no_file, other_content, other_size, unreadable
from ytarchive.errors import YtarchiveError
from ytarchive.library.hashing import hash_file
from ytarchive.library.layout import resolve_inside
from ytarchive.library.probe import ProbeError, probe, verify

_PATIENCE: Final = 10.0
"""Seconds for which a file that somebody writes is waited for."""
_BREATH: Final = 0.4
_FRESH: Final = 3.0
"""Seconds since a file was written during which more may come."""
_AT_A_GLANCE: Final = 200
"""Jobs of which names and sizes are looked at together: to hand each to a thread would cost more."""
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})


class Looked(NamedTuple):
    """What was found of the files of one job; so many bytes they have by the log.

    Of those that are `arriving`, as somebody is writing them, nothing is known yet.
    """

    job: JobFiles
    bytes: int
    findings: tuple[Finding, ...]
    arriving: tuple[Finding, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of them are as they must be."""
        return not (self.findings or self.arriving)


class CalledOff(Exception):
    """Raised where the reading is to stop."""


class Pace:
    """Lets so many bytes a second pass, for all readers together; 0 is no limit. `stop` calls them off."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._free = time.monotonic()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Have whoever takes, or waits, give up."""
        self._stopped.set()

    def take(self, size: int) -> None:
        """Wait until `size` bytes may pass. Raises `CalledOff`."""
        with self._lock:
            now = time.monotonic()
            self._free = max(self._free, now)
            wait = self._free - now
            if self._rate:
                self._free += size / self._rate
        self.rest(wait)

    def rest(self, seconds: float) -> None:
        """Wait. Raises `CalledOff`."""
        if self._stopped.wait(seconds) if seconds > 0 else self._stopped.is_set():
            raise CalledOff


class Checker:
    """Looks at files below `library`, as closely as `depth` says, which takes `ffmpeg` for packets.

    `told` hears of bytes as they are read, from whatever thread. `unseen` tells of which paths their folders
    do not have the name, though the file system may find them: not all tell capitals from small letters.
    With `fresh` files are read from the disk rather than from memory.
    """

    def __init__(
        self,
        library: Path,
        depth: Depth,
        pace: Pace,
        *,
        ffmpeg: str = "",
        fresh: bool = True,
        told: Callable[[int], None] = lambda _bytes: None,
        unseen: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        self._library, self.depth, self._ffmpeg, self._fresh = library, depth, ffmpeg, fresh
        self._told, self._unseen, self._pace = told, unseen, pace

    def look(self, job: JobFiles) -> Looked:
        """Look at the files of a job. Blocks: call it in a thread. Raises `CalledOff`, `YtarchiveError`."""
        findings: list[Finding] = []
        moving: list[Finding] = []
        for file in job.files:
            found, settled = self._settled(job, file)
            if found:
                (findings if settled else moving).append(found)
        return Looked(job, sum(file.bytes for file in job.files), tuple(findings), tuple(moving))

    def _settled(self, job: JobFiles, file: ArchivedFile) -> tuple[Finding | None, bool]:
        """Give what is wrong with a file, and whether that is sure: else somebody is writing it."""
        try:
            path = resolve_inside(self._library, file.path)
        except ValueError as error:
            return unreadable(job.job_id, file, str(error)), True
        until = time.monotonic() + _PATIENCE
        while True:
            before = _state(path)
            found = self._at(path, job, file)
            if settled := not found or (before == _state(path) and not _just_written(path)):
                break
            if time.monotonic() > until:
                found = arriving(job.job_id, file, before[1] if before else 0)
                break
            self._pace.rest(_BREATH)
        self._told(file.bytes if not self.depth.reads or found else 0)
        return found, settled

    def _at(self, path: Path, job: JobFiles, file: ArchivedFile) -> Finding | None:
        try:
            status = path.lstat()
            if self._unseen(file.path) and path not in path.parent.iterdir():
                return absent(job.job_id, file)
            if not S_ISREG(status.st_mode):
                return no_file(job.job_id, file)
            if status.st_size != file.bytes:
                return other_size(job.job_id, file, status.st_size)
            return self._content(path, job, file) if self.depth.reads else None
        except OSError as error:
            if error.errno in _GONE:
                return absent(job.job_id, file)
            return unreadable(job.job_id, file, error.strerror or str(error))

    def _content(self, path: Path, job: JobFiles, file: ArchivedFile) -> Finding | None:
        before = 0

        def read(done: int) -> None:
            nonlocal before
            self._pace.take(done - before)
            self._told(done - before)
            before = done

        size, digest = hash_file(path, progress=read, fresh=self._fresh)
        if (size, digest) != (file.bytes, file.sha256):
            self._told(-before)
            return other_content(job.job_id, file, size, digest)
        if self.depth is Depth.PACKETS and file.role is Role.MEDIA and (wrong := self._packets(path, job)):
            return unreadable(job.job_id, file, wrong, digest)
        return None

    def _packets(self, path: Path, job: JobFiles) -> str:
        """Say what is wrong with the media; empty where nothing is."""
        try:
            found = asyncio.run(probe(path, ffmpeg=self._ffmpeg))
            if known := job.verified:
                verify(
                    found, expected_duration=known.duration, want_video=known.video, want_audio=known.audio
                )
        except ProbeError as error:
            return str(error)
        except (TimeoutError, ChildProcessError) as error:  # which says nothing about the file
            raise YtarchiveError(f"{path.name} could not be probed: {error}") from error
        return ""


async def look_all(
    checker: Checker, pace: Pace, jobs: Iterable[JobFiles], readers: int
) -> AsyncGenerator[Looked, None]:
    """Look at the files of jobs, so many at a time, each as it is done. Memory does not grow with them.

    Raises what the checker does. Whoever stops waiting stops the readers.
    """
    waiting, at_once = iter(jobs), 1 if checker.depth.reads else _AT_A_GLANCE
    at_work: set[asyncio.Task[list[Looked]]] = set()
    try:
        while True:
            while len(at_work) < readers and (some := list(islice(waiting, at_once))):
                at_work.add(asyncio.create_task(asyncio.to_thread(_look, checker, some)))
            if not at_work:
                return
            done, at_work = await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                for looked in one.result():
                    yield looked
    finally:
        if at_work:
            pace.stop()
            await asyncio.wait(at_work)
            for one in at_work:
                with contextlib.suppress(CalledOff, YtarchiveError):
                    one.result()


def _look(checker: Checker, jobs: list[JobFiles]) -> list[Looked]:
    return [checker.look(job) for job in jobs]


def _state(path: Path) -> tuple[int, int, int] | None:
    """Give what changes when a file is written, or another comes in its place."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _just_written(path: Path) -> bool:
    try:
        return 0 <= time.time() - path.lstat().st_mtime < _FRESH
    except OSError:
        return False
