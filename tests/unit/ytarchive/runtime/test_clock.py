"""That the clock on the wall is set is noticed; that it is kept right, and that time passes, is not."""

from datetime import UTC, datetime, timedelta

from ytarchive.runtime.clock import Steps

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = AT, timedelta()
        self.steps = Steps(lambda: self.wall, lambda: self.steady)

    def after(self, seconds: float, *, shown: float) -> float:
        """Have so many seconds pass, and others be shown, and give by how much the clock was set."""
        self.steady += timedelta(seconds=seconds)
        self.wall += timedelta(seconds=shown)
        return self.steps.step().total_seconds()


def test_time_that_passes_is_no_step() -> None:
    clocks = Clocks()
    assert [clocks.after(seconds, shown=seconds) for seconds in (0, 1, 3600, 86_400)] == [0] * 4


def test_a_clock_that_is_set_is_told_once_with_the_seconds() -> None:
    clocks = Clocks()
    assert [clocks.after(1, shown=3601), clocks.after(1, shown=1)] == [3600, 0]
    assert [clocks.after(1, shown=1 - 86_400), clocks.after(1, shown=1)] == [-86_400, 0]


def test_what_keeps_a_clock_right_is_no_step_however_often_it_comes() -> None:
    clocks = Clocks()
    assert [clocks.after(1, shown=1.5) for _ in range(10)] == [0] * 10


def test_who_is_held_up_between_looking_at_the_two_clocks_looks_again() -> None:
    passed = iter((0, 0, 1, 9, 10, 10))
    steps = Steps(lambda: AT, lambda: timedelta(seconds=next(passed)))
    assert steps.step() == timedelta(seconds=-10)


def test_the_clocks_of_this_machine_go_alike() -> None:
    assert Steps().step() == timedelta()
