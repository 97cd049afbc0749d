"""What a list holds, before anything is asked for."""

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.words import SHORT_ID, length
from schemas.reports import Outlook, PreviewLine, PreviewReport

_STYLES = {
    Outlook.NEW: "green",
    Outlook.ARCHIVED: "cyan",
    Outlook.WORKING: "blue",
    Outlook.SKIPPED: "dim",
}
_SIGNS = {Outlook.NEW: "+", Outlook.ARCHIVED: "=", Outlook.WORKING: "›", Outlook.SKIPPED: "-"}


def preview(report: PreviewReport) -> RenderableType:
    """Show every video, and the sums below."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("", no_wrap=True, min_width=10)
    table.add_column("length", no_wrap=True, justify="right", min_width=7)
    table.add_column("video", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("why", no_wrap=True, overflow="ellipsis", ratio=1)
    for line in report.videos:
        table.add_row(
            Text(f"{_SIGNS[line.outlook]} {line.outlook}", _STYLES[line.outlook]),
            length(line.duration) if line.duration is not None else "",
            line.title or line.video_id,
            Text(_why(line), "dim"),
        )
    parts: list[RenderableType] = [Text(report.title, "bold")]
    if report.videos:
        parts.append(table)
    parts.append(_sums(report))
    if report.note:
        parts.append(Text(report.note, "yellow"))
    return Group(*parts)


def _why(line: PreviewLine) -> str:
    return line.reason or (f"by job {line.of[:SHORT_ID]}" if line.of else "")


def _sums(report: PreviewReport) -> Text:
    counts = report.counts
    said = {
        Outlook.NEW: "would be archived",
        Outlook.ARCHIVED: "there already",
        Outlook.WORKING: "being archived",
        Outlook.SKIPPED: "left out",
    }
    parts = [(f"{counts[kind]:,} {words}", _STYLES[kind]) for kind, words in said.items() if kind in counts]
    line = Text("nothing in it") if not parts else Text(", ").join(Text(*part) for part in parts)
    if report.bytes:
        line.append(f" · about {decimal(report.bytes)}, {length(report.seconds)} of video", "dim")
    return line
