"""Structured logs: to stderr for whoever runs the process, and to the log stream for everybody.

Logging never blocks the work: lines wait in a bounded queue, and what does not fit is counted and said.
"""

import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from schemas import codec, subjects
from schemas.heartbeats import LastError
from schemas.logs import LEVELS, LogRecord

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

_WAITING: Final = 1000
_SENTENCE: Final = 500

Send = Callable[[str, bytes], Awaitable[object]]


class Shipper:
    """A structlog processor that remembers lines until `run` has sent them."""

    def __init__(self, actor: str, node: str) -> None:
        self._actor, self._node = actor, node
        self._lines: deque[LogRecord] = deque()
        self._ready = asyncio.Event()
        self.dropped = 0
        self.lost = 0
        """How many lines were ever dropped."""
        self.last_error: LastError | None = None

    def __call__(
        self, _logger: object, level: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Queue a copy of the line, or count it as dropped."""
        if LEVELS.get(level, LEVELS["error"]) >= LEVELS["error"]:
            self.last_error = LastError(at=datetime.now(UTC), text=_sentence(line)[:_SENTENCE])
        if len(self._lines) >= _WAITING:
            self.dropped += 1
            self.lost += 1
            return line
        rest = {
            key: value for key, value in line.items() if key not in ("event", "level", "timestamp", "job_id")
        }
        self._lines.append(
            LogRecord(
                at=datetime.now(UTC),
                level="error" if level == "exception" else level,
                actor=self._actor,
                node=self._node,
                event=_text(line.get("event", ""))[:4096],
                job_id=_text(line["job_id"])[:64] if line.get("job_id") else None,
                context={key: _plain(value) for key, value in rest.items()},
            )
        )
        self._ready.set()
        return line

    async def run(self, send: Send) -> None:
        """Send what is queued, for ever. What cannot be sent now is sent later."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            await self.flush(send)

    async def flush(self, send: Send) -> None:
        """Send what is queued now; keep what could not be sent."""
        while self._lines or self.dropped:
            if not self._lines:  # only now is there room to tell
                dropped, self.dropped = self.dropped, 0
                self(None, "warning", {"event": "log lines dropped", "count": dropped})
            record = self._lines[0]
            try:
                await send(subjects.log(self._actor, record.level), codec.encode(record))
            except Exception:  # noqa: BLE001 - whatever is wrong with the bus must not stop the work
                await asyncio.sleep(1)
                self._ready.set()
                return
            with contextlib.suppress(IndexError):
                self._lines.popleft()


def configure(shipper: Shipper | None, level: str) -> "FilteringBoundLogger":
    """Set up structlog for this process, and give its logger."""
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    if shipper:
        processors.append(shipper)
    if sys.stderr.isatty():
        processors.append(structlog.dev.ConsoleRenderer())
    else:
        processors.append(structlog.processors.JSONRenderer(serializer=_json))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def _sentence(line: MutableMapping[str, Any]) -> str:
    """Give what happened in one line: the sentence, and the error or the last line of the traceback."""
    why = line.get("error") or line.get("reason") or _text(line.get("exception") or "").strip()
    return ": ".join(filter(None, [_text(line.get("event", "")), _text(why).rpartition("\n")[2]]))


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | None) else _text(value)[:16384]


def _text(value: object) -> str:
    # file names may hold bytes that are no text, which Python carries as lone surrogates and JSON refuses
    return str(value).encode("utf-8", "backslashreplace").decode()


def _json(line: object, **_options: object) -> str:
    return _text(json.dumps(line, default=str, ensure_ascii=False))
