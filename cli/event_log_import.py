"""``events import``: the log of files in an empty state directory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli import render
from cli.backups import referred
from cli.event_log_files import messages_of, problems_of, read_all
from cli.output import answer
from cli.runner import run_async
from schemas.log_reports import ImportReport
from ytarchive.domain.log_reader import LogReader
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime.rebuilding import check_room, put_log, rebuilt
from ytarchive.runtime.signing import arriving

if TYPE_CHECKING:
    from schemas.envelope import Commit
    from schemas.events import Event
    from schemas.log_file import LogEdge
    from schemas.log_reports import LogProblem
    from ytarchive.domain.log_check import LogCheck
    from ytarchive.domain.log_file import Stored
    from ytarchive.settings import Settings


def import_(settings: "Settings", paths: Sequence[Path], *, as_json: bool) -> int:
    """Put the log of files into an empty state directory. Gives 1 where the log had problems already."""
    edge, known = _before_import(settings, paths)

    documents = False

    def heard(commit: "Commit[Event]") -> None:
        nonlocal documents
        documents = documents or bool(referred(commit))

    async def main() -> "LogCheck":
        async with rebuilt(settings) as bus:
            return await put_log(bus, settings, _again(paths), edge, heard=heard)

    check = run_async(main(), interrupted="Stopped. Nothing was changed.")
    report = ImportReport(
        messages=check.messages,
        events=check.events,
        aggregates=check.aggregates,
        last=check.last,
        root=check.edge().root,
        without_documents=documents,
        problems=known,
    )
    answer(report, lambda found: render.log_imported(found, settings.state_dir), as_json=as_json)
    return 1 if report.problems else 0


def _before_import(settings: "Settings", paths: Sequence[Path]) -> "tuple[LogEdge, tuple[LogProblem, ...]]":
    """Give the end of the log in files, and what is wrong with it; all else that is known of it is forgotten.

    Raises `YtarchiveError`.
    """
    readers = read_all(paths, arriving(settings))
    edge = checked_for_import(paths, readers)
    check_room(settings, readers[-1].check)
    return edge, tuple(problems_of(readers[-1].check))


def checked_for_import(paths: Sequence[Path], readers: Sequence[LogReader]) -> "LogEdge":
    """Give the end of the log in files. Raises `YtarchiveError` unless all of it can be put into a server."""
    for path, reader in zip(paths, readers, strict=True):
        if reader.faults:
            fault = reader.faults[0]
            program = reader.begins.program if reader.begins else "of the version it names"
            hint = "`ytarchive events verify` tells all of it. Nothing was changed."
            if reader.newer:
                hint = f"Use ytarchive {program} or a newer one. Nothing was changed."
            raise YtarchiveError(f"{path} is no whole export: line {fault.line}: {fault.detail}", hint=hint)
    first, last, check = readers[0].begins, readers[-1], readers[-1].check
    assert first
    assert last.begins
    assert last.ends
    if first.after.sequence:
        raise UsageError(
            f"{paths[0]} goes on behind message {first.after.sequence}",
            hint="Name the files before it too, the oldest first. Nothing was changed.",
        )
    for path, reader in zip(paths[1:], readers[1:], strict=True):
        if reader.begins and not reader.begins.after.sequence:
            raise UsageError(
                f"{path} has all of the log, also what is in the files before it",
                hint="Name it alone. Nothing was changed.",
            )
    if check.unknown:
        raise UsageError(
            f"the log has events this version does not know: {', '.join(sorted(check.unknown))}",
            hint=f"It was exported by ytarchive {last.begins.program}: use that or a newer one. "
            "Nothing was changed.",
        )
    return last.ends.edge


def _again(paths: Iterable[Path]) -> "Iterator[Stored]":
    """Read files that were verified once more. Raises `YtarchiveError` where one has changed since."""
    reader: LogReader | None = None
    for path in paths:
        reader = LogReader(reader)
        yield from messages_of(reader, path)
        if reader.faults:
            raise YtarchiveError(f"{path} has changed while it was read", hint="Nothing was changed here.")
