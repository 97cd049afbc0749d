"""Log lines."""

from typing import Final

from rich.text import Text

from cli.render.words import SHORT_ID, cut
from schemas.logs import LogRecord

_LEVELS: Final = {"debug": "dim", "warning": "yellow", "error": "red"}


def log_line(record: LogRecord) -> Text:
    """Show a log line: time, level, actor, sentence, values."""
    values = [f"{key}={value}" for key, value in record.context.items() if key != "actor"]
    if record.job_id:
        values.append(f"job={record.job_id[:SHORT_ID]}")
    return cut(
        (f"{record.at.astimezone():%m-%d %H:%M:%S} ", "dim"),
        (f"{record.level:<8}", _LEVELS.get(record.level, "green")),
        (f"{record.actor:<9}", "cyan"),
        record.event,
        (" ".join(["", *values]), "dim"),
    )
