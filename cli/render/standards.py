"""What was exported, and whether files and log tell the same."""

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from cli.render.words import many
from schemas.fixity import Finding
from schemas.reports import Compared, Exported, SumsReport


def exported(report: Exported) -> Text:
    """Say what was written."""
    counted = f"{many(report.videos, 'video')}, {many(report.files, 'file')} of {decimal(report.bytes)}"
    return Text(f"✓ {counted} → {report.path}", "green")


def compared(report: Compared) -> RenderableType:
    """Say where log and library differ."""
    counted = f"{many(report.log, 'video')} by the log, {many(report.library, 'video')} by the files alone"
    if report.ok:
        return Text(f"✓ {counted}: they agree (hashes as listed, not read)", "green")
    told = [Text(f"✗ {one.title} [{one.video_id}]: {one.detail}", "red") for one in report.differences]
    strange = [*map(wrong, report.problems), *map(unknown, report.unknown)]
    return Group(*told, *strange, Text(f"✗ {counted}", "red"))


def wrong(finding: Finding) -> Text:
    """Say what is wrong with the library."""
    return Text(f"✗ {finding.path}: {finding.detail}", "red")


def unknown(path: str) -> Text:
    """Say of which file nothing is known."""
    return Text(f"✗ nothing tells what this is: {path}", "red")


def sums(report: SumsReport, *, checked: bool) -> RenderableType:
    """Say which documents of the library are as the log has it, or were made so."""
    folders = many(report.channels, "folder")
    if not checked:
        done = Text(f"✓ {folders}: {len(report.written):,} written, the rest was as the log has it", "green")
        more = "They told of what neither the log knows nor the library has, or were no files. They are kept:"
        kept = (Text(f"  {path}", "yellow") for path in report.kept)
        failed = map(wrong, report.findings)
        return Group(done, *([Text(more, "yellow"), *kept] if report.kept else []), *failed)
    if report.ok:
        return Text(f"✓ {folders}: SHA256SUMS and CATALOGUE.jsonl are as the log has it", "green")
    return Group(*map(wrong, report.findings))


def older(listed: int) -> Text:
    """Say that the log knows less than the library, and what helps."""
    return Text(
        f"  SHA256SUMS lists {many(listed, 'file')} of which the log knows nothing: is it the older one?\n"
        "  `ytarchive restore` brings back a newer backup, `ytarchive events import` a newer export",
        "yellow",
    )
