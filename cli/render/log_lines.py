"""Log lines."""

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.words import SHORT_ID
from schemas.logs import LogRecord
from ytarchive.plain import plain

_LEVELS: Final = {"debug": "dim", "warning": "yellow", "error": "red"}
_SHORT: Final = {"warning": "warn"}
_NOT_SHOWN: Final = ("actor", "exception", "logger")
_SPEAKS_FOR_ITSELF: Final = ("events",)


def log_line(line: LogRecord, *, node: str, single: bool = False) -> str:
    """Give a log line as one line: time, level, who, sentence, values.

    Who is on another than our `node` says so. Where all are about a `single` job, none names it. Of a trace
    it has the end alone.
    """
    return "".join(text for text, _ in (*_head(line, node), *_told(line, single=single))).rstrip(" ")


def styled_log_line(line: LogRecord, *, node: str, width: int, single: bool = False) -> RenderableType:
    """Show it likewise on a terminal so many columns wide, where what is longer goes on below itself."""
    head = Text.assemble(*_head(line, node))
    told = Text.assemble(*_told(line, single=single))
    if head.cell_len + told.cell_len <= width:
        return head.append_text(told)
    told.no_wrap, told.overflow = False, "fold"
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, told)
    return grid


def _head(line: LogRecord, node: str) -> Iterator[tuple[str, str]]:
    yield f"{line.at.astimezone():%m-%d %H:%M:%S} ", "dim"
    yield f"{plain(_SHORT.get(line.level, line.level)):<6}", _LEVELS.get(line.level, "green")
    yield f"{plain(_who(line, node)):<9}", "cyan"


def _told(line: LogRecord, *, single: bool) -> Iterator[tuple[str, str]]:
    why = _why(line)
    values = [*_values(line), *([] if single else _names(line))]
    yield plain(line.event + (why and f": {why}")), ""
    yield plain(" ".join(["", *values])), "dim"


def said(line: LogRecord) -> str:
    """Give what a line says, without when and by whom, as it is searched."""
    told = [line.event, *_values(line), *_names(line), str(line.context.get("exception", ""))]
    return " ".join(filter(None, told))


def _why(line: LogRecord) -> str:
    """Give the error at the end of a trace, of a group's the last; nothing where there is none."""
    lines = str(line.context.get("exception", "")).splitlines()
    return next(filter(None, (one.strip(" |+-") for one in reversed(lines))), "")


def _who(line: LogRecord, node: str) -> str:
    return line.actor if line.node == node else f"{line.actor}@{line.node} "


def _values(line: LogRecord) -> Iterator[str]:
    for key, value in line.context.items():
        if key not in _NOT_SHOWN and (key, value) not in (("stage", line.actor), ("delivery", 1)):
            yield f"{value}" if key in _SPEAKS_FOR_ITSELF else f"{key}={value}"
    if line.attempt > 1:
        yield f"attempt={line.attempt}"


def _names(line: LogRecord) -> Iterator[str]:
    if line.job_id:
        yield f"job={line.job_id[:SHORT_ID]}"
    elif line.batch:
        yield f"batch={line.batch[:SHORT_ID]}"
