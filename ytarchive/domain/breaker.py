"""The circuit breaker: where all are refused, nobody goes on until a probe has come through.

    closed ──failed, `threshold` times──▶ open ──its time has come──▶ half-open ──a probe succeeded──▶ closed
                                           ▲                              │
                                           └───── for longer ◀── a probe failed

Pure: failures and successes, each with its time, fold into the same breaker again. How long it stays open is
the caller's `Delay`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ytarchive.domain.waits import left

Delay = Callable[[int], timedelta]
"""Says how long a breaker stays open at its n-th opening in a row, from 1."""


class Circuit(StrEnum):
    """What a breaker lets pass: everything, nothing, one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """A breaker as it stands after what was heard.

    `threshold` failures in a row open it. `strikes` counts them while it is closed, `level` its openings in a
    row, 0 while it is closed. It is open from `opened` until `open_until`, as far as
    clocks can be believed, and half-open from then on. That no second probe goes while one is out is the
    business of whoever lets them go.
    """

    threshold: int = 1
    strikes: int = 0
    level: int = 0
    opened: datetime | None = None
    open_until: datetime | None = None

    def circuit(self, now: datetime) -> Circuit:
        """Tell which of the three it is."""
        if self.open_until is None:
            return Circuit.CLOSED
        rest = left(self.open_until, self.opened or now, now)
        return Circuit.OPEN if rest else Circuit.HALF_OPEN

    def failed(self, now: datetime, delay: Delay) -> "Breaker":
        """Note that work was refused. While it is open that is no news: the work began before."""
        match self.circuit(now):
            case Circuit.OPEN:
                return self
            case Circuit.CLOSED if self.strikes + 1 < self.threshold:
                return msgspec.structs.replace(self, strikes=self.strikes + 1)
            case _:
                level = self.level + 1
                return Breaker(
                    threshold=self.threshold, level=level, opened=now, open_until=now + delay(level)
                )

    def half_open(self, now: datetime) -> "Breaker":
        """Let a probe out now, whatever was said."""
        if self.circuit(now) is Circuit.OPEN:
            return msgspec.structs.replace(self, open_until=now)
        return self

    def succeeded(self, now: datetime) -> "Breaker":
        """Note that work went through. While it is open that proves nothing: the work began before."""
        return self if self.circuit(now) is Circuit.OPEN else Breaker(threshold=self.threshold)
