"""When to start a crashed process again, and when to stop trying. Pure: the times come from the caller."""

from typing import NamedTuple


class Limits(NamedTuple):
    """How patient we are, in seconds: waits double from `first` to `longest`.

    A process that was up for `calm` starts anew; one that crashed `crashes` times `within` is given up.
    """

    first: float = 0.5
    longest: float = 10.0
    calm: float = 60.0
    crashes: int = 5
    within: float = 60.0


class Crashes:
    """The crashes of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._times: list[float] = []
        self._in_a_row = 0

    def next_start(self, started: float, ended: float) -> float | None:
        """Give the seconds to wait after a run from `started` to `ended`, or None to give up."""
        limits = self._limits
        if ended - started >= limits.calm:
            self._times, self._in_a_row = [], 0
        self._times = [time for time in self._times if ended - time <= limits.within] + [ended]
        self._in_a_row += 1
        if len(self._times) >= limits.crashes:
            return None
        return min(limits.first * 2.0 ** min(self._in_a_row - 1, 64), limits.longest)
