"""Structured logs: to stderr for whoever runs the process, and to the log stream for everybody.

What passes is cleared of secrets first. Whoever handles a message binds what it is about
(`structlog.contextvars`), and every line until then bears it.
"""

import json
import os
import sys
from collections.abc import Collection, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import structlog

from schemas.logs import LEVELS
from ytarchive.passwords import without_secrets
from ytarchive.plain import LINES, plain
from ytarchive.runtime.printer import Printer
from ytarchive.runtime.shipper import Shipper, text

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor


class Threshold:
    """A structlog processor that lets pass what matters enough. Its level may change at any time."""

    level = "info"

    def __call__(
        self, _logger: object, level: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Give the line, or drop it."""
        if LEVELS.get(level, LEVELS["error"]) < LEVELS[self.level]:
            raise structlog.DropEvent
        return line


threshold: Final = Threshold()
"""Of this process, as structlog's configuration is."""


def configure(
    shipper: Shipper | None, level: str, *, secrets: Collection[str] = (), printer: Printer | None = None
) -> "FilteringBoundLogger":
    """Set up structlog for this process, and give its logger. Without a `printer` it writes by itself."""

    def cleared(_logger: object, _level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: _cleared(value, secrets) for key, value in line.items()}

    out = cast("TextIO", printer or sys.stderr)
    threshold.level = level
    processors: list[Processor] = [
        threshold,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        cleared,
    ]
    if shipper:
        processors.append(shipper)
    if out.isatty():
        processors.append(_plain)
        colours = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        processors.append(structlog.dev.ConsoleRenderer(colors=colours))
    else:
        processors.append(structlog.processors.JSONRenderer(serializer=_json))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS["debug"]),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def _cleared(value: object, secrets: Collection[str]) -> object:
    """Give a value without secrets, in words where it would show any."""
    match value:
        case int() | float() | None:
            return value
        case str():
            return without_secrets(value, secrets)
        case _:
            said = text(value)
            told = without_secrets(said, secrets)
            return value if told == said else told


def _plain(_logger: object, _level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: plain(value, keep=LINES) if isinstance(value, str) else value for key, value in line.items()}


def _json(line: object, **_options: object) -> str:
    return text(json.dumps(line, default=str, ensure_ascii=False))
