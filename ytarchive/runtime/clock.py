"""The clock of a process: the time of day, and the stamps of what is said and sent."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from ytarchive.domain.causality import HEADER, microseconds, next_stamp, stamp_in


def _wall() -> datetime:
    return datetime.now(UTC)


_STEP: Final = timedelta(seconds=1)
"""By which a clock is said to be set; less is what keeps it right."""


def _steady() -> timedelta:
    """Give a clock that nobody sets. It goes on while the machine sleeps, where the system has such a one."""
    number = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return timedelta(seconds=time.clock_gettime(number))


class Steps:
    """Notices that the clock on the wall is set."""

    def __init__(
        self, wall: Callable[[], datetime] = _wall, steady: Callable[[], timedelta] = _steady
    ) -> None:
        self._wall, self._steady = wall, steady
        self._apart = self._difference()

    def step(self) -> timedelta:
        """Give by how much it was set since this was asked last, back where negative; 0 for a little."""
        before, self._apart = self._apart, self._difference()
        step = self._apart - before
        return step if abs(step) >= _STEP else timedelta()

    def _difference(self) -> datetime:
        while True:
            before, wall, after = self._steady(), self._wall(), self._steady()
            if after - before < _STEP / 2:  # else we were held up between the two clocks
                return wall - before


class Clock:
    """Gives stamps, each above those given and heard before. Any thread may ask."""

    def __init__(self, wall: Callable[[], datetime] = _wall) -> None:
        self.now = wall
        self._lock = threading.Lock()
        self._last = 0

    def stamp(self, heard: int = 0) -> int:
        """Give the next stamp, above one that was heard."""
        now = microseconds(self.now())
        with self._lock:
            self._last = next_stamp(self._last, now, heard)
            return self._last

    def headers(self) -> dict[str, str]:
        """Give the header of a message that is sent now."""
        return {HEADER: str(self.stamp())}

    def hear(self, headers: Mapping[str, str] | None) -> None:
        """Take a message into account that was received."""
        if heard := stamp_in((headers or {}).get(HEADER)):
            self.stamp(heard)
