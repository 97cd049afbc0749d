"""How long to wait after the n-th failure. Pure: the jitter comes from the caller's seed."""

import hashlib
from datetime import timedelta
from typing import Protocol

import msgspec


class Strategy(Protocol):
    """Gives the delay before going on after the `failed`-th failure of a kind, or None to give up."""

    def delay(self, failed: int, seed: str) -> timedelta | None:
        """Say how long to wait. The same arguments always give the same answer."""


class GiveUp(msgspec.Struct, frozen=True):
    """Trying again cannot help."""

    def delay(self, failed: int, seed: str) -> timedelta | None:  # noqa: ARG002 - the protocol's shape
        """Give up at once."""
        return None


class FixedDelayStrategy(msgspec.Struct, frozen=True):
    """The same wait each time, at most `attempts` times."""

    wait: timedelta
    attempts: int

    def delay(self, failed: int, seed: str) -> timedelta | None:  # noqa: ARG002 - the protocol's shape
        """Give the wait, or None after the last attempt."""
        return self.wait if failed <= self.attempts else None


class ExponentialBackoffStrategy(msgspec.Struct, frozen=True):
    """Doubling waits, jittered between half and all of the doubled wait, at most `attempts` times."""

    first: timedelta
    longest: timedelta
    attempts: int

    def delay(self, failed: int, seed: str) -> timedelta | None:
        """Give the wait, or None after the last attempt."""
        if failed > self.attempts:
            return None
        whole = min(self.first * (1 << (failed - 1)), self.longest)
        return whole * (0.5 + 0.5 * _fraction(f"{seed}:{failed}"))


def _fraction(seed: str) -> float:
    """Give a number in [0, 1) that depends on nothing but the seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") / (1 << 48)
