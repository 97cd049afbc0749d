from datetime import timedelta

import pytest

from cli.screens.pace import Pace
from schemas.common import State
from tests.jobs import AT
from tests.unit.cli.members import batch


def noted(*ended: tuple[float, int], going: int = 2, queued: int = 8) -> Pace:
    """Give the pace of a batch of which so many had ended after so many seconds."""
    pace = Pace()
    for seconds, number in ended:
        counts = {State.ARCHIVED: number, State.DOWNLOADING: going}
        pace.note(batch(counts=counts, queued=queued), AT + timedelta(seconds=seconds))
    return pace


def test_a_rate_and_what_is_left_of_it_is_told_from_what_ended_of_late() -> None:
    pace = noted((0, 4), (30, 6), (60, 9))
    assert pace.per_hour == 300
    assert pace.left == 10 * 60 / 5


@pytest.mark.parametrize("ended", [[], [(0, 4)], [(0, 4), (9, 90)], [(0, 4), (60, 4)], [(0, 4), (60, 1)]])
def test_nothing_is_said_before_it_can_be(ended: list[tuple[float, int]]) -> None:
    pace = noted(*ended)
    assert (pace.per_hour, pace.left) == (None, None)


def test_what_was_long_ago_does_not_count() -> None:
    assert noted((0, 0), (1000, 0), (1100, 10)).per_hour == 360
    assert noted((0, 1000), (600, 1000), (700, 1000)).per_hour is None


def test_what_has_ended_some_way_counts_whatever_came_of_it() -> None:
    pace = Pace()
    for seconds, counts in ((0, {}), (60, {State.FAILED: 1, State.DUPLICATE: 1, State.SKIPPED: 1})):
        pace.note(batch(counts=counts), AT + timedelta(seconds=seconds))
    assert (pace.per_hour, pace.left) == (180, 0)
