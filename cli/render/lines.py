"""Settings and log lines."""

from collections.abc import Iterable
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from cli.render.words import SHORT_ID
from schemas.logs import LogRecord

_LEVELS: Final = {"debug": "dim", "warning": "yellow", "error": "red"}


def log_line(record: LogRecord) -> Text:
    """Show a log line: time, level, actor, sentence, values."""
    values = [f"{key}={value}" for key, value in record.context.items() if key != "actor"]
    if record.job_id:
        values.append(f"job={record.job_id[:SHORT_ID]}")
    return Text.assemble(
        (f"{record.at.astimezone():%m-%d %H:%M:%S} ", "dim"),
        (f"{record.level:<8}", _LEVELS.get(record.level, "green")),
        (f"{record.actor:<9}", "cyan"),
        record.event,
        (" ".join(["", *values]), "dim"),
    )


def settings(rows: Iterable[tuple[str, str, str, str]]) -> Table:
    """Show settings: name, value, where it came from, what it means."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold", ratio=2)
    table.add_column("from", overflow="fold")
    table.add_column("meaning", overflow="fold", ratio=3, style="dim")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
