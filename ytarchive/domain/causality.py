"""What led to what, whatever the clocks of the machines say.

A stamp is a logical clock that keeps up with the wall clock: microseconds since 1970, but more than any stamp
its process gave or heard before. Each process stamps what it says and what it sends; who hears a message goes
on above its stamp. So what led to something always has the smaller stamp, and where nothing led to anything
the clocks decide.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.logs import KeptLine, LogRecord

HEADER: Final = "Ytarchive-Stamp"
"""The header in which a message carries the stamp of its sending."""
FARTHEST: Final = 1 << 52
"""No stamp above this one is followed. The year is 2112, and JSON numbers are exact to twice as much."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGITS: Final = 16


def microseconds(at: datetime) -> int:
    """Give a moment as a stamp."""
    return max(0, (at - _EPOCH) // _MICROSECOND)


def next_stamp(last: int, now: int, heard: int = 0) -> int:
    """Give the stamp that follows the process's `last`, and what it has just `heard`."""
    return max(now, last + 1, heard + 1)


def stamp_in(text: str | None) -> int:
    """Read a stamp as messages carry it; 0 where there is none that can be believed."""
    if text and len(text) <= _DIGITS and text.isascii() and text.isdecimal():
        stamp = int(text)
        return stamp if stamp <= FARTHEST else 0
    return 0


def stamp_of(line: LogRecord) -> int:
    """Give a line's stamp. Those of before there were stamps go by their clocks."""
    return line.stamp or microseconds(line.at)


class CausalOrder:
    """Brings lines into their order while they stream: each waits until `most` others have come behind it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[tuple[int, int, int, KeptLine]] = []
        self._number = 0

    def push(self, line: KeptLine) -> Iterator[KeptLine]:
        """Take a line, and give the one that need wait no longer, if there is one."""
        self._number += 1
        heapq.heappush(self._waiting, (stamp_of(line), line.seq, self._number, line))
        if len(self._waiting) > self._most:
            yield heapq.heappop(self._waiting)[-1]

    def rest(self) -> Iterator[KeptLine]:
        """Give all that still wait."""
        while self._waiting:
            yield heapq.heappop(self._waiting)[-1]
