"""``catalogue export``, ``rebuild``, ``sums`` and ``export --bagit``. Each gives an exit code."""

import asyncio
import errno
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from cli import render, spreadsheet
from cli.finding import check_prefix, only
from cli.listed import faults
from cli.output import console, show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import check_target, library_of, reading
from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding
from schemas.queries import JobView
from schemas.reports import Compared, Exported, RowDifference, SumsReport
from ytarchive.domain.holdings import differences, holdings
from ytarchive.domain.views import view
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.library import bag as bags
from ytarchive.library import rebuilt
from ytarchive.library.documents import replacing
from ytarchive.library.due import is_there
from ytarchive.library.inventories import Inventories, listing, noted
from ytarchive.library.inventory import channels
from ytarchive.library.scan import LibraryAway, Place

if TYPE_CHECKING:
    from ytarchive.settings import Settings


class Form(NamedTuple):
    """Where a catalogue is written, and how; `as_json` is about what is said of a file."""

    file: Path | None
    csv: bool
    as_json: bool

    @classmethod
    def of(cls, file: Path | None, *, csv: bool, jsonl: bool, as_json: bool) -> Self:
        """Read the options. Raises `UsageError` where they contradict each other."""
        file = None if file and str(file) == "-" else file
        if csv and (jsonl or (as_json and not file)):
            raise UsageError(
                "both CSV and JSON", hint="Say --csv or --jsonl; with a FILE, --json tells of it."
            )
        return cls(file, csv, as_json)


class _Rows:
    """The rows that go through, counted."""

    def __init__(self, rows: Iterable[CatalogueRow]) -> None:
        self._rows = rows
        self.videos = self.files = self.bytes = 0

    def __iter__(self) -> Iterator[CatalogueRow]:
        for row in self._rows:
            self.videos += 1
            self.files += len(row.files)
            self.bytes += sum(file.bytes for file in row.files)
            yield row


def export(settings: "Settings", form: Form) -> int:
    """Write the catalogue as the log has it. Gives 1 where the log does not hold together."""
    if form.file:
        check_target(settings, form.file)
    folded = run_async(_folded(settings))
    _write(_in_order(holdings(folded.jobs)), form)
    return _told(folded)


def rebuild(settings: "Settings", form: Form) -> int:
    """Write the catalogue as the files alone have it. Gives 1 where that may not be all."""
    found = _rebuilt(_library(settings))
    _write(_in_order(found.rows), form, tuple(found.found))
    out = console(stderr=True)
    for one in found.found:
        out.print(render.wrong(one), soft_wrap=True)
    for path in found.unknown:
        out.print(render.unknown(path), soft_wrap=True)
    return int(bool(found.found))


def compare(settings: "Settings", *, as_json: bool) -> int:
    """Make the catalogue from the log and from the files. Gives 1 where they differ."""
    library = _library(settings)
    files = _rebuilt(library)
    folded = run_async(_folded(settings))
    log = list(_due(settings, library, folded).rows())
    found = tuple(
        RowDifference(
            job_id=one.row.job_id,
            site=one.row.site,
            video_id=one.row.video_id,
            title=one.row.title,
            detail=one.detail,
        )
        for one in differences(log, files.rows)
    )
    report = Compared(
        ok=not (found or files.unknown or files.found),
        log=len(log),
        library=len(files.rows),
        differences=found,
        unknown=tuple(files.unknown),
        problems=tuple(files.found),
    )
    if as_json:
        write_json(report)
    else:
        show(render.compared(report))
    return _told(folded) or int(not report.ok)


def sums(settings: "Settings", *, check: bool, as_json: bool) -> int:
    """Write the inventories of all channels, or compare them with the log: then 1 where one differs."""
    library = _library(settings)

    async def main() -> tuple[Replay, SumsReport]:
        before = await asyncio.to_thread(noted, library)
        async with reading(settings) as bus:
            folded = await Replay.of(bus)
            due = await asyncio.to_thread(_due, settings, library, folded)
            if check:
                found = await faults(bus, folded, library, settings.node)
                count = len(channels(library))
                return folded, SumsReport(ok=not found, channels=count, findings=found)
            renewed = await asyncio.to_thread(lambda: dict(due.renew(before)))
            anew = tuple(channel for channel, needed in renewed.items() if needed)
            kept = tuple(due.kept)
            failed = tuple(due.failed)
            return folded, SumsReport(
                ok=not failed, channels=len(renewed), written=anew, kept=kept, findings=failed
            )

    folded, report = run_async(main(), interrupted="Stopped. `ytarchive sums` goes on with what is left.")
    if as_json:
        write_json(report)
    else:
        show(render.sums(report, checked=check))
    return _told(folded) or int(not report.ok)


def bag(
    settings: "Settings", into: Path, *, channel: str | None, jobs: list[str], link: bool, as_json: bool
) -> int:
    """Put what is archived, or what is chosen of it, into a bag."""
    for prefix in jobs:
        check_prefix(prefix)
    if not into.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {into.absolute().parent}", hint="Make it, or name another.")
    check_target(settings, into)
    library = _library(settings)
    folded = run_async(_folded(settings))
    chosen = {_job_id(folded, prefix) for prefix in jobs}
    rows = (
        row
        for row in _due(settings, library, folded).rows()
        if (not chosen or row.job_id in chosen)
        and (channel is None or channel in (row.channel, row.channel_id, row.folder))
    )
    if not (first := next(rows, None)):
        raise UsageError(
            "there is nothing archived to put into a bag", hint="`ytarchive jobs` lists what is."
        )
    agent, today = f"ytarchive {version('ytarchive')}", datetime.now(UTC).date()
    try:
        done = bags.write(_chain(first, rows), library, into, link=link, agent=agent, today=today)
    except OSError as error:
        hint = "A link needs the same disk: do without --link." if error.errno == errno.EXDEV else ""
        raise YtarchiveError(f"no bag was made: {error}", hint=hint) from error
    report = Exported(path=str(into), videos=done.videos, files=done.files, bytes=done.bytes)
    if as_json:
        write_json(report)
    else:
        show(render.exported(report))
    return _told(folded)


def _chain(first: CatalogueRow, rest: Iterable[CatalogueRow]) -> Iterator[CatalogueRow]:
    yield first
    yield from rest


async def _folded(settings: "Settings") -> Replay:
    async with reading(settings) as bus:
        return await Replay.of(bus)


def _job_id(folded: Replay, prefix: str) -> str:
    found = only(prefix, [view(folded.jobs.job(job_id)) for job_id in folded.jobs.matching(prefix)])
    assert isinstance(found, JobView)
    return found.job_id


def _library(settings: "Settings") -> Path:
    """Give the library. Raises `LibraryAway` where it is not there, or nobody may look into it."""
    library = Place(library_of(settings)).library
    try:
        channels(library)
    except OSError as error:
        raise LibraryAway(library, f"cannot be listed ({error.strerror})") from error
    return library


def _due(settings: "Settings", library: Path, folded: Replay) -> Inventories:
    """Give what must be in the library. Raises `LibraryAway` where nothing is, and something must be."""
    due = Inventories(library, folded.jobs, settings.node)
    if not any(is_there(library, file.path) for row in due.rows() for file in row.files) and any(due.rows()):
        raise LibraryAway(library, "holds none of the files that must be there")
    return due


def _in_order(rows: Iterable[CatalogueRow]) -> list[CatalogueRow]:
    """Give rows in the order in which they were archived: from the log and from the files it is the same."""
    return sorted(rows, key=lambda row: (row.archived_at, row.job_id or "", row.key))


def _rebuilt(library: Path) -> rebuilt.Rebuilt:
    """Tell what all folders hold. Raises `LibraryAway` where nothing tells that it is an archive."""
    of_all = rebuilt.Rebuilt([], [], [])
    for channel in channels(library):
        rows, unknown, found = rebuilt.rebuild(library, channel)
        of_all.rows.extend(rows)
        of_all.unknown.extend(unknown)
        of_all.found.extend(found)
    if not (of_all.rows or of_all.found or listing(library)):
        raise LibraryAway(library, "holds nothing that was archived")
    return of_all


def _write(rows: Iterable[CatalogueRow], form: Form, problems: tuple[Finding, ...] = ()) -> None:
    counted = _Rows(rows)
    lines = spreadsheet.lines(counted) if form.csv else (codec.encode(row) + b"\n" for row in counted)
    if form.file is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
        return
    try:
        with replacing(form.file) as file:
            file.writelines(lines)
    except OSError as error:
        raise YtarchiveError(f"{form.file} cannot be written: {error.strerror}") from error
    report = Exported(
        path=str(form.file),
        videos=counted.videos,
        files=counted.files,
        bytes=counted.bytes,
        problems=problems,
    )
    if form.as_json:
        write_json(report)
    else:
        show(render.exported(report))


def _told(folded: Replay) -> int:
    """Say where the log does not hold together. Gives 1 where that is anywhere."""
    for fault in folded.breaks:
        console(stderr=True).print(f"✗ {render.fault(fault)}", style="red", soft_wrap=True)
    return 1 if folded.breaks else 0
