from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytarchive.domain.waits import left

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "rest"),
    [
        (AT, MINUTE),
        (AT + MINUTE / 4, MINUTE * 3 / 4),
        (AT + MINUTE, timedelta()),
        (AT + DAY, timedelta()),
    ],
    ids=["at first", "later", "due", "long ago, or by a clock that was set ahead"],
)
def test_a_wait_lasts_until_it_is_due(now: datetime, rest: timedelta) -> None:
    assert left(AT + MINUTE, AT, now) == rest


def test_a_clock_that_is_set_back_a_little_makes_it_that_much_longer() -> None:
    assert left(AT + MINUTE, AT, AT - MINUTE / 2) == MINUTE * 3 / 2
    assert left(AT + 90 * DAY, AT, AT - DAY) == 91 * DAY


def test_a_clock_that_is_set_back_by_more_than_the_wait_ends_it() -> None:
    assert left(AT + MINUTE, AT, AT - 2 * MINUTE) == timedelta()
    assert left(AT + MINUTE, AT, AT - DAY) == timedelta()


@given(planned=st.timedeltas(timedelta(), 90 * DAY), set_by=st.timedeltas(-90 * DAY, 90 * DAY))
def test_nobody_waits_longer_than_twice_what_was_planned(planned: timedelta, set_by: timedelta) -> None:
    assert timedelta() <= left(AT + planned, AT, AT + set_by) <= 2 * planned
