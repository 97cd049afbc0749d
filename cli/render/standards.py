"""What was exported, and whether files and log tell the same."""

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from schemas.reports import Compared, Exported, SumsReport


def exported(report: Exported) -> Text:
    """Say what was written."""
    counted = f"{_many(report.videos, 'video')}, {_many(report.files, 'file')} of {decimal(report.bytes)}"
    return Text(f"✓ {counted} → {report.path}", "green")


def compared(report: Compared) -> RenderableType:
    """Say where log and library differ."""
    counted = f"{_many(report.log, 'video')} by the log, {_many(report.library, 'video')} by the files alone"
    if report.ok:
        return Text(f"✓ {counted}: they agree", "green")
    told = [Text(f"✗ {one.title} [{one.video_id}]: {one.detail}", "red") for one in report.differences]
    strange = [Text(f"✗ nothing tells what this is: {path}", "red") for path in report.unknown]
    return Group(*told, *strange, Text(f"✗ {counted}", "red"))


def sums(report: SumsReport, *, checked: bool) -> RenderableType:
    """Say which documents of the library are as the log has it, or were made so."""
    folders = _many(report.channels, "folder")
    if not checked:
        done = Text(f"✓ {folders}: {len(report.written):,} written, the rest was as the log has it", "green")
        more = "They told of files that neither the log knows nor the library has. What they said is kept:"
        kept = (Text(f"  {path}", "yellow") for path in report.kept)
        return Group(done, *([Text(more, "yellow"), *kept] if report.kept else []))
    if report.ok:
        return Text(f"✓ {folders}: SHA256SUMS and CATALOGUE.jsonl are as the log has it", "green")
    return Group(*(Text(f"✗ {one.path}: {one.detail}", "red") for one in report.findings))


def older(listed: int) -> Text:
    """Say that the log knows less than the library, and what helps."""
    return Text(
        f"  SHA256SUMS lists {_many(listed, 'file')} of which the log knows nothing: is it the older one?\n"
        "  `ytarchive restore` brings back a newer backup, `ytarchive events import` a newer export",
        "yellow",
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
