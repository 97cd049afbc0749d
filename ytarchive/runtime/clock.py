"""The clock of a process: the time of day, and the stamps of what is said and sent."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ytarchive.domain.causality import HEADER, microseconds, next_stamp, stamp_in


def _wall() -> datetime:
    return datetime.now(UTC)


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
