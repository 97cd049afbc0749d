"""Reading an archive back, as ``audit --deep`` does, beside programs that hash the same files."""

import asyncio
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path

from schemas.common import ArchivedFile, Role
from schemas.fixity import Depth, JobFiles
from tests.bench.figures import Figure, compared
from ytarchive.library.check import Checker, Pace, look_all

TURNS = 5
JOBS, MEDIA, SIDECAR = 16, 16 << 20, 40_000
"""So many jobs, of a video and two files beside it, of so many bytes."""
_PROGRAMS = {"sha256sum": ("sha256sum",), "openssl": ("openssl", "dgst", "-sha256", "-r")}
_ONE, _TWO = 1 / 0.95, 1 / 1.6


def measure() -> Iterator[Figure]:
    """Read the same files in turns, out of memory and from the disk."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        library = Path(folder)
        jobs = [_job(library, number) for number in range(JOBS)]
        size = sum(file.bytes for job in jobs for file in job.files) / 1e9
        paths = [library / file.path for job in jobs for file in job.files]
        for where, fresh in (("in memory", False), ("on the disk", True)):
            readers: dict[str, Callable[[], None]] = {
                name: partial(_run, words, paths) for name, words in _PROGRAMS.items()
            }
            for count in (1, 2, 4):
                readers[f"{count}"] = partial(_read, library, jobs, count, fresh=fresh)
            taken = _turns(readers, paths if fresh else [])
            for number, beside, limit in (
                ("1", "sha256sum", _ONE),
                ("2", "sha256sum", None if fresh else _TWO),
                ("4", "sha256sum", None),
                ("1", "openssl", None),
                ("2", "openssl", None),
            ):
                name = f"read back what is {where}, a GB, {number} reader{'s' * (number != '1')}"
                ours, bare = ([seconds / size for seconds in taken[one]] for one in (number, beside))
                yield compared(name, "s", ours, beside, bare, limit)


def _job(library: Path, number: int) -> JobFiles:
    files = []
    for suffix, size in ((".mkv", MEDIA), (".info.json", SIDECAR), (".jpg", SIDECAR)):
        content = os.urandom(size)
        path = library / f"{number}{suffix}"
        with path.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())  # only what is written can be dropped from memory
        os.utime(path, (1, 1))
        digest = hashlib.sha256(content).hexdigest()
        files.append(ArchivedFile(path=path.name, role=Role.MEDIA, bytes=size, sha256=digest))
    return JobFiles(job_id=f"{number:016x}", files=tuple(files))


def _turns(readers: dict[str, Callable[[], None]], dropped: list[Path]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(TURNS + 1):
        for name, read in readers.items():
            for path in dropped:
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
            began = time.perf_counter()
            read()
            if turn:
                taken[name].append(time.perf_counter() - began)
    return taken


def _run(words: tuple[str, ...], paths: list[Path]) -> None:
    subprocess.run([*words, *paths], check=True, stdout=subprocess.DEVNULL)


def _read(library: Path, jobs: list[JobFiles], readers: int, *, fresh: bool) -> None:
    async def main() -> None:
        pace = Pace(0)
        checker = Checker(library, Depth.CONTENT, pace, fresh=fresh)
        async with aclosing(look_all(checker, pace, jobs, readers)) as looking:
            async for looked in looking:
                assert not looked.findings

    asyncio.run(main())
