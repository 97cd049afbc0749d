"""When to start a crashed process again, and when to stop trying. Pure: the times come from the caller."""

from typing import NamedTuple


class Limits(NamedTuple):
    """How patient we are, in seconds: waits double from `first` to `longest`.

    A process that was up for `calm` starts anew. One that never did its work is given up after it ended
    `crashes` times `within`; one that did, once it ended `later` times in a row without doing it again. One
    that does its work whenever it is started is never given up, however short it lives.
    """

    first: float = 0.5
    longest: float = 30.0
    calm: float = 60.0
    crashes: int = 5
    within: float = 60.0
    later: int = 20


class Crashes:
    """The crashes of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hasty: list[float] = []
        self._worked = False
        self.in_a_row = 0
        """How often it ended since it was last up for long."""

    def next_start(self, started: float, ended: float, *, ready: bool = False) -> float | None:
        """Give the seconds to wait after a run from `started` to `ended`, or None to give up.

        `ready` is whether it did its work meanwhile.
        """
        limits = self._limits
        if ended - started >= limits.calm:
            self._hasty, self.in_a_row = [], 0
        self.in_a_row += 1
        self._worked = self._worked or ready
        lately = [time for time in self._hasty if self._worked or ended - time <= limits.within]
        self._hasty = [] if ready else [*lately, ended]
        if len(self._hasty) >= (limits.later if self._worked else limits.crashes):
            return None
        return min(limits.first * 2.0 ** min(self.in_a_row - 1, 64), limits.longest)
