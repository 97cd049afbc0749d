"""Log lines on their way to the log stream. They never block the work, and none gets lost in silence.

Lines wait in a bounded queue; what does not fit is counted and said. However many there are, no more than a
thousand a second are sent: an actor that talks without end leaves the bus, and the disk, to the others.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from schemas import codec, subjects
from schemas.heartbeats import LastError
from schemas.logs import LEVELS, LogRecord
from ytarchive.runtime.clock import Clock

Send = Callable[[str, bytes], Awaitable[object]]

_WAITING: Final = 1000
_SENTENCE: Final = 500
_TOGETHER: Final = 100
_PAUSE_SECONDS: Final = 0.1
_OF_THE_SERVER: Final = re.compile(r"(?:[\w.]+: )?nats: \w+: code=\S+ err_code=\S+ description='(.*)'")
_SILENCE: Final = re.compile(r"^(?:[\w.]*TimeoutError(?:: nats: timeout)?|nats: timeout)$")
_OF_THE_RECORD: Final = frozenset(
    {"event", "level", "timestamp", "actor", "job_id", "video", "batch", "attempt", "correlation"}
)


class Shipper:
    """A structlog processor that remembers lines until `run` has sent them."""

    def __init__(self, actor: str, node: str, clock: Clock) -> None:
        self._actor, self._node, self._clock = actor, node, clock
        self._lines: deque[LogRecord] = deque()
        self._ready = asyncio.Event()
        self.dropped = 0
        """Lines for which there was no room, and of which nobody was told yet."""
        self.lost = 0
        """How many lines were ever dropped."""
        self.last_error: LastError | None = None

    def __call__(
        self, _logger: object, level: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Queue a copy of the line, or count it as dropped."""
        if LEVELS.get(level, LEVELS["error"]) >= LEVELS["error"]:
            self.last_error = LastError(at=self._clock.now(), text=_sentence(line)[:_SENTENCE])
        if len(self._lines) >= _WAITING:
            self.dropped += 1
            self.lost += 1
        else:
            self._lines.append(self._record(level, line))
            self._ready.set()
        return line

    async def run(self, send: Send) -> None:
        """Send what is queued, for ever. What cannot be sent now is sent later."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            await self.flush(send, pause=_PAUSE_SECONDS)

    async def flush(self, send: Send, *, pause: float = 0) -> None:
        """Send what is queued now, with a `pause` now and then; keep what could not be sent."""
        sent = 0
        while self._lines or self.dropped:
            if self.dropped and (not self._lines or (sent and sent % _TOGETHER == 0)):
                dropped, self.dropped = self.dropped, 0
                told = {"event": "log lines dropped", "count": dropped}
                self._lines.appendleft(self._record("warning", told))
            record = self._lines[0]
            try:
                await send(subjects.log(self._actor, record.level), codec.encode(record))
            except Exception:  # noqa: BLE001 - whatever is wrong with the bus must not stop the work
                await asyncio.sleep(1)
                self._ready.set()
                return
            with contextlib.suppress(IndexError):
                self._lines.popleft()
            sent += 1
            if sent % _TOGETHER == 0:
                await asyncio.sleep(pause)

    def _record(self, level: str, line: Mapping[str, Any]) -> LogRecord:
        attempt = line.get("attempt")
        return LogRecord(
            at=self._clock.now(),
            level="error" if level == "exception" else level,
            actor=self._actor,
            node=self._node,
            event=text(line.get("event", ""))[:4096],
            job_id=_name(line, "job_id") or None,
            context={key: _plain(value) for key, value in line.items() if key not in _OF_THE_RECORD},
            video=_name(line, "video"),
            batch=_name(line, "batch"),
            attempt=attempt if isinstance(attempt, int) else 0,
            correlation=_name(line, "correlation"),
            stamp=self._clock.stamp(),
        )


def text(value: object) -> str:
    """Give a value in words. File names may hold bytes that are no text, which JSON refuses."""
    said = str(value)
    return said if said.isascii() else said.encode("utf-8", "backslashreplace").decode()


def _sentence(line: Mapping[str, Any]) -> str:
    """Give what happened in one line: the sentence, and the error, the peer or the traceback's last line."""
    peer = f"{line['peer']} on node {line.get('peer_node')}" if "peer" in line else ""
    why = line.get("error") or peer or text(line.get("exception") or "").strip()
    return ": ".join(filter(None, [text(line.get("event", "")), _plainly(text(why).rpartition("\n")[2])]))


def _plainly(error: str) -> str:
    """Give what a library says of the server as a person would."""
    if found := _OF_THE_SERVER.fullmatch(error):
        return f"the server says: {found[1]}"
    return _SILENCE.sub("no answer in time", error)


def _name(line: Mapping[str, Any], key: str) -> str:
    return text(line.get(key) or "")[:64]


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | None) else text(value)[:16384]
