"""How long to wait before the next attempt. Pure: the clock and the jitter's seed come from the caller.

FixedDelayStrategy           the same wait each time
ExponentialBackoffStrategy   doubling waits with full jitter, so that what failed together comes back apart
AdaptiveStrategy             longer where much fails, shorter again where it goes well
CircuitBreakerStrategy       not before the breaker opens the way, then longer with each probe that fails
Chain                        the first until it gives up, then the next
GiveUp                       trying again cannot help
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Protocol

import msgspec

from ytarchive.domain.breaker import Breaker

_DOUBLINGS = 20
"""More of them reach every longest wait, and overflow at last."""


class Failed(Protocol):
    """As much of a failed attempt as a strategy looks at, such as `FailedAttempt`."""

    @property
    def at(self) -> datetime:
        """When it failed."""


class Outcome(msgspec.Struct, frozen=True):
    """How one attempt of anything of a kind ended."""

    at: datetime
    ok: bool


Record = tuple[Outcome, ...]
"""What became of all recent attempts of a kind, whoever made them, the newest last."""


class Strategy(Protocol):
    """Gives the wait before the next attempt, or None to give up."""

    def next(
        self, history: Sequence[Failed], now: datetime, seed: str, record: Record = ()
    ) -> timedelta | None:
        """Say how long to wait after these failures, at least one, the newest last.

        `record` tells how others of the kind fared. The same arguments always give the same answer.
        """


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """What most strategies have in common: they end.

    After `attempts` failures nothing more is tried, and nothing later than `age` after the first; None is
    without end.
    """

    attempts: int | None = None
    age: timedelta | None = None

    def next(
        self, history: Sequence[Failed], now: datetime, seed: str, record: Record = ()
    ) -> timedelta | None:
        """Give the wait, or None where a limit is reached."""
        if self.attempts is not None and len(history) > self.attempts:
            return None
        wait = self.wait(history, now, seed, record)
        late = wait is not None and self.age is not None and now + wait > history[0].at + self.age
        return None if late else wait

    def wait(self, history: Sequence[Failed], now: datetime, seed: str, record: Record) -> timedelta | None:
        """Give the wait, limits aside."""
        raise NotImplementedError


class GiveUp(msgspec.Struct, frozen=True):
    """Trying again cannot help."""

    def next(self, history: Sequence[Failed], now: datetime, seed: str, record: Record = ()) -> None:
        """Give up at once."""


class FixedDelayStrategy(Limited, frozen=True, kw_only=True):
    """The same `delay` each time."""

    delay: timedelta

    def wait(self, *_: object) -> timedelta:
        """Give the delay."""
        return self.delay


class ExponentialBackoffStrategy(Limited, frozen=True, kw_only=True):
    """Anything between `floor` and a time that doubles from `first` up to `longest`."""

    first: timedelta
    longest: timedelta
    floor: timedelta

    def wait(self, history: Sequence[Failed], _now: datetime, seed: str, _record: Record) -> timedelta:
        """Give the wait after the n-th failure."""
        whole = doubled(self.first, self.longest, len(history))
        spread = max(whole - self.floor, timedelta())
        return min(self.floor, whole) + spread * _fraction(f"{seed}:{len(history)}")


class AdaptiveStrategy(Limited, frozen=True, kw_only=True):
    """A wait that doubles with every recorded failure, and loses a quarter with every success.

    It stays between `shortest` and `longest`, and is jittered in its upper half.
    """

    shortest: timedelta
    longest: timedelta

    def wait(self, history: Sequence[Failed], _now: datetime, seed: str, record: Record) -> timedelta:
        """Give the wait that the record has led to."""
        whole = reduce(self._adjusted, record or _alone(history), self.shortest / 2)
        return max(self.shortest, whole * (0.5 + 0.5 * _fraction(f"{seed}:{len(history)}")))

    def _adjusted(self, wait: timedelta, outcome: Outcome) -> timedelta:
        changed = wait * 0.75 if outcome.ok else max(wait, self.shortest / 2) * 2
        return min(changed, self.longest)


class CircuitBreakerStrategy(Limited, frozen=True, kw_only=True):
    """No attempt before the breaker allows one.

    It opens at `threshold` recorded failures in a row, each time for what `opening` says, which counts the
    openings; where that gives up, so does this. Below the threshold the next attempt is made at once.
    """

    opening: Strategy
    threshold: int = 1

    def breaker(self, record: Record, seed: str) -> Breaker:
        """Give the breaker as the record leaves it."""

        def step(breaker: Breaker, outcome: Outcome) -> Breaker:
            if outcome.ok:
                return breaker.succeeded(outcome.at)
            return breaker.failed(outcome.at, lambda level: self._delay(level, outcome, seed) or timedelta())

        return reduce(step, record, Breaker(threshold=self.threshold))

    def wait(self, history: Sequence[Failed], now: datetime, seed: str, record: Record) -> timedelta | None:
        """Give the time until the breaker is half-open."""
        record = record or _alone(history)
        breaker = self.breaker(record, seed)
        if breaker.level and self._delay(breaker.level, record[-1], seed) is None:
            return None
        return max((breaker.open_until or now) - now, timedelta())

    def _delay(self, level: int, outcome: Outcome, seed: str) -> timedelta | None:
        return self.opening.next((outcome,) * level, outcome.at, seed)


class Chain(msgspec.Struct, frozen=True):
    """The first strategy until it gives up, then the next, for which the failures count from there."""

    strategies: tuple[Strategy, ...]

    def next(
        self, history: Sequence[Failed], now: datetime, seed: str, record: Record = ()
    ) -> timedelta | None:
        """Give the wait of the strategy whose turn it is."""
        if not self.strategies:
            return None
        first, *rest = self.strategies
        gave_up = (
            end
            for end in range(1, len(history))
            if first.next(history[:end], history[end - 1].at, seed) is None
        )
        end = next(gave_up, len(history))
        if end == len(history) and (wait := first.next(history, now, seed, record)) is not None:
            return wait
        return Chain(tuple(rest)).next(history[end - 1 :], now, seed, record)


def doubled(first: timedelta, longest: timedelta, number: int) -> timedelta:
    """Give the `number`-th, from 1, of times that double from `first` up to `longest`."""
    return min(first * (1 << min(number - 1, _DOUBLINGS)), longest)


def _alone(history: Sequence[Failed]) -> Record:
    """Give what there is to go by where nobody kept a record."""
    return tuple(Outcome(failure.at, ok=False) for failure in history)


def _fraction(seed: str) -> float:
    """Give a number in [0, 1) that depends on nothing but the seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") / (1 << 48)
