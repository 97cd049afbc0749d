"""How fast a batch goes on, of late, and how long the rest will take at that rate."""

from collections import deque
from datetime import datetime
from typing import Final

from schemas.queries import BatchView

_LATELY: Final = 300.0
"""Seconds that count."""
_LEAST: Final = 10.0


class Pace:
    """Notes how many videos have ended by when."""

    def __init__(self) -> None:
        self._ended: deque[tuple[datetime, int]] = deque()
        self._to_do = 0

    def note(self, batch: BatchView, now: datetime) -> None:
        """Take the batch as it is now."""
        ended = sum(number for state, number in batch.counts.items() if state.final)
        self._to_do = sum(batch.counts.values()) - ended + batch.queued
        self._ended.append((now, ended))
        while (now - self._ended[0][0]).total_seconds() > _LATELY:
            self._ended.popleft()

    @property
    def per_hour(self) -> float | None:
        """Give the videos that end in an hour; None while that cannot be said."""
        if len(self._ended) < 2:  # noqa: PLR2004 - a rate is between two points
            return None
        (begin, before), (end, after) = self._ended[0], self._ended[-1]
        seconds = (end - begin).total_seconds()
        return (after - before) * 3600 / seconds if seconds > _LEAST and after > before else None

    @property
    def left(self) -> float | None:
        """Give the seconds the rest will take, as far as it is known; None while that cannot be said."""
        rate = self.per_hour
        return self._to_do * 3600 / rate if rate else None
