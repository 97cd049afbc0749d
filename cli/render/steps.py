"""One step of the log, with what it goes back to: in columns where there is room, else below its number."""

from collections.abc import Collection, Iterator
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from cli.render.hanging import hanging
from cli.render.jobs import detail
from schemas.past import Cause, Origin, Step
from schemas.queries import JobView
from schemas.reports import EventLine

_FROM: Final = {
    Origin.COMMAND: "a command",
    Origin.RESULT: "result of",
    Origin.TIMER: "timer of",
    Origin.RELEASE: "end of",
    Origin.BATCH: "told in",
    Origin.SOURCE: "source in",
    Origin.PAGE: "entry of",
    Origin.JOB: "done in",
    Origin.AUDIT: "found by",
    Origin.MESSAGE: "a message",
}
_ROOM: Final = 110
"""Columns of a terminal from which on a step is told in columns."""
_WIDTHS: Final = (5, 14, 14, 17)


class ToldStep:
    """A step with its events, those of `jobs`; dim unless it is to be `bright`."""

    def __init__(self, step: Step, jobs: Collection[JobView], *, bright: bool) -> None:
        self._number, self._when = f"{step.seq:>5}", f"{step.at.astimezone():%m-%d %H:%M:%S}"
        self._occasion, *self._facts = map(_because, step.causes)
        self._events = [
            (line.type.removeprefix(f"{step.aggregate}."), _said(line, jobs)) for line in step.events
        ]
        self._style = "" if bright else "dim"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if console.width < _ROOM:
            yield from self._below()
        else:
            yield self._columns()

    def _columns(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        for width, style in zip(_WIDTHS, ("dim", "dim", "dim", self._style), strict=True):
            table.add_column(no_wrap=True, min_width=width, style=style)
        table.add_column(overflow="fold", style=self._style)
        head = (self._number, self._when, self._occasion)
        for place, (what, said) in enumerate(self._events, 1):
            facts = f" ({', '.join(self._facts)})" if self._facts and place == len(self._events) else ""
            table.add_row(*head, what, said.append(facts, "dim"))
            head = ("", "", "")
        return table

    def _below(self) -> Iterator[Table | Text]:
        yield Text(f"{self._number}  {self._when}, {', '.join([self._occasion, *self._facts])}", "dim")
        for what, said in self._events:
            yield hanging(Text(" " * 7), Text.assemble(f"{what}  ", said, style=self._style))


def _said(line: EventLine, jobs: Collection[JobView]) -> Text:
    """Say what an event brought; of a page, where on it the video stands."""
    if line.type == "job.page_listed":
        wanted = {job.video_id for job in jobs} | {job.url for job in jobs}
        for place, entry in enumerate(line.data["entries"], 1):
            if entry["video_id"] in wanted or entry.get("url") in wanted:
                return Text(f"page {line.data['page']}, entry {place}: {entry.get('title', '')}")
    return detail(line)


def _because(cause: Cause) -> str:
    return f"{_FROM[cause.origin]} {cause.seq}" if cause.seq else _FROM[cause.origin]
