"""``catalogue export`` and ``rebuild``: the catalogue, from the log or from the files.

Each gives an exit code.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from cli import render, spreadsheet
from cli.holdings import due, folded_log, library_there, tell_breaks
from cli.output import answer, console
from cli.runner import run_async
from cli.session import check_target
from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding
from schemas.reports import Compared, Exported, RowDifference
from ytarchive.domain.holdings import differences, holdings
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.library import rebuilt
from ytarchive.library.documents import replacing
from ytarchive.library.inventory import channels, listing
from ytarchive.library.scan import LibraryAway

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
    folded = run_async(folded_log(settings))
    _write(_in_order(holdings(folded.jobs)), form)
    return tell_breaks(folded)


def rebuild(settings: "Settings", form: Form) -> int:
    """Write the catalogue as the files alone have it. Gives 1 where that may not be all."""
    found = _rebuilt(library_there(settings))
    _write(_in_order(found.rows), form, tuple(found.found))
    out = console(stderr=True)
    for one in found.found:
        out.print(render.wrong(one), soft_wrap=True)
    for path in found.unknown:
        out.print(render.unknown(path), soft_wrap=True)
    return int(bool(found.found))


def compare(settings: "Settings", *, as_json: bool) -> int:
    """Make the catalogue from the log and from the files. Gives 1 where they differ."""
    library = library_there(settings)
    files = _rebuilt(library)
    folded = run_async(folded_log(settings))
    log = list(due(settings, library, folded).rows())
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
    answer(report, render.compared, as_json=as_json)
    return tell_breaks(folded) or int(not report.ok)


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
    answer(report, render.exported, as_json=form.as_json)
