"""``replay`` and ``audit``: what the log says, and whether the library agrees. Each gives an exit code."""

import asyncio
import os
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from cli import render
from cli.finding import check_prefix, only
from cli.output import console, show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import reading
from schemas.common import Video
from schemas.queries import JobView, ListJobs
from schemas.reports import AuditProblem, AuditReport, EventLine, FileCount
from ytarchive.domain.audit import (
    Expected,
    Problem,
    being_stored,
    compare,
    compare_digest,
    expected_files,
    log_problem,
)
from ytarchive.domain.job import Job
from ytarchive.domain.views import view
from ytarchive.errors import YtarchiveError
from ytarchive.library.inventory import is_inventory
from ytarchive.library.layout import media_stem
from ytarchive.library.transfer import hash_file, is_temporary
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_PAGE: Final = 1000
_READERS: Final = 2


def replay(settings: "Settings", prefix: str | None, *, check: bool, as_json: bool) -> int:
    """Fold the log of one job, or of all, and show it; with `check`, compare with the live read model.

    Gives 1 where the log does not hold together, or the read model differs.
    """
    if prefix is not None:
        check_prefix(prefix)

    async def main() -> int:
        async with reading(settings, live=check) as bus:
            folded = Replay()
            job_id = None if prefix is None else await _job_id(bus, prefix)
            lines: list[EventLine] = []
            async for _, told in folded.go_on(bus, job_id):
                for line in told:
                    if as_json:
                        write_json(line)
                    elif job_id:
                        lines.append(line)
                    else:
                        show(render.event(line))
            differing = await _differences(bus, folded, job_id) if check else []
            faults = [render.fault(fault) for fault in folded.breaks]
            if not as_json:
                for job in folded.jobs if job_id else ():
                    show(render.status(view(job), lines, settings.library_dir))
                show(
                    render.folded(
                        folded.events,
                        Counter(job.state for job in folded.jobs),
                        checked=check and not differing,
                    )
                )
            err = console(stderr=True)
            for fault in (*faults, *differing):
                err.print(f"✗ {fault}", style="red", soft_wrap=True)
            return 1 if faults or differing else 0

    return run_async(main())


async def _job_id(bus: "Bus", prefix: str) -> str:
    known = (await Replay.of(bus)).jobs
    found = only(prefix, [view(known.job(job_id)) for job_id in known.matching(prefix)])
    return found.job_id if isinstance(found, JobView) else found.batch_id


async def _differences(bus: "Bus", folded: Replay, job_id: str | None) -> list[str]:
    """Compare the folded log with the read model, while both may be moving on.

    A job of the read model must be as the log had it at the end of our reading, or after any message since.
    """
    truth: dict[str, list[JobView]] = {job.job_id: [view(job)] for job in folded.jobs}
    live: dict[str, JobView] = {}
    offset = 0
    while True:
        page = await ask(bus, ListJobs(limit=_PAGE, offset=offset))
        live |= {job.job_id: job for job in page.jobs}
        offset += len(page.jobs)
        if offset >= page.total or not page.jobs:
            break
    async for job, _ in folded.go_on(bus, job_id):
        if isinstance(job, Job):
            truth.setdefault(job.job_id, []).append(view(job))
    ids = {job_id} if job_id else truth.keys() | live.keys()
    return [
        f"job {id_}: {difference}"
        for id_ in sorted(ids)
        if (difference := _difference(truth.get(id_, []), live.get(id_)))
    ]


def _difference(truth: list[JobView], live: JobView | None) -> str:
    if live is None:
        return "in the log, but not in the read model" if len(truth) == 1 else ""
    if not truth:
        return "in the read model, but not in the log"
    if live in truth:
        return ""
    fields = msgspec.structs.fields(JobView)
    names = [field.name for field in fields if getattr(live, field.name) != getattr(truth[-1], field.name)]
    return f"the read model differs in {', '.join(names)}"


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
