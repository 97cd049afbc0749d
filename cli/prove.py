"""``audit``: whether the library is as the log says. Gives an exit code."""

import asyncio
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli import render
from cli.output import console, show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import reading
from schemas.common import Video
from schemas.reports import AuditProblem, AuditReport, FileCount
from ytarchive.domain.audit import (
    Expected,
    Problem,
    being_stored,
    compare,
    compare_digest,
    expected_files,
    log_problem,
)
from ytarchive.errors import YtarchiveError
from ytarchive.library.inventory import is_inventory
from ytarchive.library.layout import media_stem
from ytarchive.library.transfer import hash_file, is_temporary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ytarchive.settings import Settings

_READERS: Final = 2


def audit(settings: "Settings", *, deep: bool, as_json: bool) -> int:
    """Compare the library with the log. Gives 1 where anything is not as the log says."""
    report = run_async(_audit(settings, deep=deep, quiet=as_json))
    if as_json:
        write_json(report)
    else:
        show(render.audit(report, deep=deep))
    return 0 if report.ok else 1


async def _audit(settings: "Settings", *, deep: bool, quiet: bool) -> AuditReport:
    async with reading(settings) as bus:
        folded = await Replay.of(bus)
        expected = expected_files(folded.jobs)
        found = await asyncio.to_thread(_scan, settings.library_dir, needed=bool(expected))
        async for _ in folded.go_on(bus):  # what was archived while we looked is expected too
            pass
    news = expected_files(folded.jobs).keys()
    stems = tuple(f"{_stem(video)}{end}" for video in being_stored(folded.jobs) for end in (".", " ("))

    def settling(path: str) -> bool:
        return path in news or path.startswith(stems)

    problems = [*map(log_problem, folded.breaks), *compare(expected, found, settling)]
    if deep:
        bad = {problem.path for problem in problems}
        problems += await _hashed(
            settings.library_dir, [one for path, one in expected.items() if path not in bad], quiet=quiet
        )
    altered = {problem.path for problem in problems} & expected.keys()
    return AuditReport(
        ok=not problems,
        events=folded.events,
        jobs=len(folded.jobs),
        files=FileCount(expected=len(expected), ok=len(expected) - len(altered)),
        problems=tuple(
            AuditProblem(kind=one.kind, path=one.path, job_id=one.job_id, detail=one.detail)
            for one in problems
        ),
    )


def _scan(library: Path, *, needed: bool) -> dict[str, int]:
    """Give the size of every file of the library, by its path below it."""
    if needed and not library.is_dir():
        raise YtarchiveError(
            f"the library {library} is not there",
            hint="Is its disk mounted? Nothing was compared, nothing changed.",
        )
    sizes: dict[str, int] = {}
    for folder, names, files in os.walk(library):
        if Path(folder) == library:
            names[:] = [name for name in names if name != ".ytarchive"]
        links = [name for name in names if Path(folder, name).is_symlink()]  # not followed, so not the user's
        for name in (*files, *links):
            path = Path(folder, name)
            relative = path.relative_to(library).as_posix()
            if not (is_temporary(path) or is_inventory(relative)):
                sizes[relative] = path.lstat().st_size
    return sizes


def _stem(video: Video) -> str:
    """Give how the paths of a video begin."""
    return str(media_stem(video.channel, video.channel_id, video.upload_date, video.title, video.video_id))


async def _hashed(library: Path, files: list[Expected], *, quiet: bool) -> list[Problem]:
    """Read files back, some at the same time, and compare their hashes."""
    problems: list[Problem] = []
    turn = asyncio.Semaphore(_READERS)
    with _meter(sum(one.file.bytes for one in files), quiet=quiet) as advance:

        async def check(one: Expected) -> None:
            async with turn:
                try:
                    _, digest = await asyncio.to_thread(hash_file, library / one.file.path)
                except OSError as error:
                    digest = f"unreadable ({error.strerror})"
            if problem := compare_digest(one, digest):
                problems.append(problem)
            advance(one.file.bytes)

        await asyncio.gather(*map(check, files))
    return problems


@contextmanager
def _meter(total: int, *, quiet: bool) -> "Iterator[Callable[[int], None]]":
    """Show how many bytes are read, on a terminal."""
    err = console(stderr=True)
    if quiet or not err.is_terminal:
        yield lambda _bytes: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress("reading back", *columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)
