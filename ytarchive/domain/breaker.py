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
    row, 0 while it is closed. It is open until `open_until`, and half-open from then on. A probe that is out
    keeps others back until `probe_until`; one that is not heard of by then is taken for lost.
    """

    threshold: int = 1
    strikes: int = 0
    level: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None

    def circuit(self, now: datetime) -> Circuit:
        """Tell which of the three it is."""
        if self.open_until is None:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.open_until else Circuit.HALF_OPEN

    def allow(self, now: datetime) -> bool:
        """Whether work may begin. What begins while it is half-open is the probe: say so by `probe`."""
        match self.circuit(now):
            case Circuit.HALF_OPEN:
                return self.probe_until is None or now >= self.probe_until
            case circuit:
                return circuit is Circuit.CLOSED

    def probe(self, now: datetime, lease: timedelta) -> "Breaker":
        """Note that work begins. Where it is a probe, the next may begin when `lease` is over."""
        if self.circuit(now) is Circuit.HALF_OPEN and self.allow(now):
            return msgspec.structs.replace(self, probe_until=now + lease)
        return self

    def undecided(self) -> "Breaker":
        """Let the next probe begin: this one proved nothing, as it was called off or failed by itself."""
        return msgspec.structs.replace(self, probe_until=None)

    def failed(self, now: datetime, delay: Delay) -> "Breaker":
        """Note that work was refused. While it is open that is no news: the work began before."""
        match self.circuit(now):
            case Circuit.OPEN:
                return self
            case Circuit.CLOSED if self.strikes + 1 < self.threshold:
                return msgspec.structs.replace(self, strikes=self.strikes + 1)
            case _:
                level = self.level + 1
                return Breaker(threshold=self.threshold, level=level, open_until=now + delay(level))

    def half_open(self, now: datetime) -> "Breaker":
        """Let a probe out now, whatever was said."""
        if self.circuit(now) is Circuit.OPEN:
            return msgspec.structs.replace(self, open_until=now, probe_until=None)
        return self

    def succeeded(self, now: datetime) -> "Breaker":
        """Note that work went through. While it is open that proves nothing: the work began before."""
        return self if self.circuit(now) is Circuit.OPEN else Breaker(threshold=self.threshold)
