"""The log lines that are in the log stream, with their numbers there."""

import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from schemas import codec, subjects
from schemas.logs import KeptLine, LogRecord
from ytarchive.runtime import event_log, topology

if TYPE_CHECKING:
    from ytarchive.domain.log_file import Stored
    from ytarchive.runtime.bus import Bus


def read_lines(bus: "Bus", *, after: int) -> AsyncGenerator[KeptLine, None]:
    """Give the lines behind message `after`, to the end there is now. Raises TimeoutError."""
    return _lines(event_log.read_stored(bus, after=after, subject=subjects.LOGS, stream=topology.LOGS))


def follow_lines(bus: "Bus", *, after: int) -> AsyncGenerator[KeptLine, None]:
    """Give the lines behind message `after`, and then new ones for ever, across restarts of the server."""
    return _lines(event_log.follow_stored(bus, after=after, subject=subjects.LOGS, stream=topology.LOGS))


async def _lines(messages: "AsyncGenerator[Stored, None]") -> AsyncGenerator[KeptLine, None]:
    async with contextlib.aclosing(messages):
        async for stored in messages:
            if line := line_of(stored.payload, stored.sequence, datetime.fromisoformat(stored.at)):
                yield line


def line_of(payload: bytes, sequence: int, stored_at: datetime | None) -> KeptLine | None:
    """Give the line that is message `sequence`; None where it is no log line."""
    try:
        return numbered(codec.logs.decode(payload), sequence, stored_at)
    except codec.Undecodable:
        return None


def numbered(record: LogRecord, sequence: int, stored_at: datetime | None) -> KeptLine:
    """Give a line as it is kept."""
    return KeptLine(**msgspec.structs.asdict(record), seq=sequence, stored_at=stored_at)
