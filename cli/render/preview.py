"""What a list holds, before anything is asked for."""

from collections.abc import Iterable

from rich import box
from rich.console import RenderableType
from rich.filesize import decimal
from rich.padding import Padding
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


def heading(title: str, *, again: bool = False) -> Text:
    """Name a list; below another one, apart from it."""
    return Text(f"\n{title}" if again else title, "bold")


def rows(videos: Iterable[PreviewLine], *, headed: bool) -> RenderableType:
    """Show videos, in columns as wide as those of any others, below their names if `headed`."""
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False, show_header=headed, expand=True
    )
    table.add_column("", no_wrap=True, width=10)
    table.add_column("length", no_wrap=True, justify="right", width=8)
    table.add_column("video", no_wrap=True, overflow="ellipsis", ratio=2, min_width=36)
    table.add_column("why", no_wrap=True, overflow="ellipsis", ratio=1)
    for line in videos:
        table.add_row(
            Text(f"{_SIGNS[line.outlook]} {line.outlook}", _STYLES[line.outlook]),
            length(line.duration) if line.duration is not None else "",
            line.title or line.video_id,
            Text(_why(line), "dim"),
        )
    return Padding(table, (1 if headed else 0, 0, 0, 1))


def _why(line: PreviewLine) -> str:
    return line.reason or (f"by job {line.of[:SHORT_ID]}" if line.of else "")


def sums(report: PreviewReport, of: str = "") -> Text:
    """Say, below the videos, how many of them are what, and what has to be said of the list."""
    counts = report.counts
    said = {
        Outlook.NEW: "would be archived",
        Outlook.ARCHIVED: "there already",
        Outlook.WORKING: "being archived",
        Outlook.SKIPPED: "left out",
    }
    parts = [(f"{counts[kind]:,} {words}", _STYLES[kind]) for kind, words in said.items() if kind in counts]
    line = Text(of).append_text(
        Text(", ").join(Text(*part) for part in parts) if parts else Text("nothing in it")
    )
    if report.bytes:
        line.append(f" · about {decimal(report.bytes)}, {length(report.seconds)} of video", "dim")
    if report.note:
        line.append(f"\n{report.note}", "yellow")
    return line
