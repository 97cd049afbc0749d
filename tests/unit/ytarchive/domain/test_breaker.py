from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ytarchive.domain.breaker import Breaker, Circuit

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CLOSED = Breaker()


def delay(level: int) -> timedelta:
    return min(15 * MINUTE * (1 << (level - 1)), 6 * 60 * MINUTE)


OPEN = CLOSED.failed(AT, delay)
READY = AT + 15 * MINUTE


def test_a_new_breaker_lets_everything_pass() -> None:
    assert CLOSED.circuit(AT) is Circuit.CLOSED
    assert CLOSED.succeeded(AT) == CLOSED


def test_a_failure_opens_it_for_the_first_delay() -> None:
    assert (OPEN.level, OPEN.open_until) == (1, READY)
    assert OPEN.circuit(READY - MINUTE) is Circuit.OPEN


def test_below_the_threshold_failures_are_only_counted() -> None:
    breaker = Breaker(threshold=3).failed(AT, delay).failed(AT, delay)
    assert (breaker.strikes, breaker.circuit(AT)) == (2, Circuit.CLOSED)
    assert breaker.failed(AT, delay).circuit(AT) is Circuit.OPEN


def test_a_success_takes_the_strikes_back() -> None:
    breaker = Breaker(threshold=3)
    assert breaker.failed(AT, delay).failed(AT, delay).succeeded(AT) == breaker


def test_what_comes_late_from_before_the_opening_changes_nothing() -> None:
    """Given four workers, when one is refused, then neither the others' refusals nor successes count."""
    assert OPEN.failed(AT + MINUTE, delay) == OPEN
    assert OPEN.succeeded(AT + MINUTE) == OPEN


def test_when_its_time_has_come_a_probe_that_comes_through_closes_it_and_forgets_the_past() -> None:
    assert OPEN.circuit(READY) is Circuit.HALF_OPEN
    assert OPEN.succeeded(READY) == CLOSED


def test_a_probe_that_is_refused_opens_it_for_longer() -> None:
    again = OPEN.failed(READY, delay)
    assert (again.level, again.open_until) == (2, READY + 30 * MINUTE)


def test_a_person_makes_its_time_come_at_once() -> None:
    urged = OPEN.half_open(AT + MINUTE)
    assert urged.circuit(AT + MINUTE) is Circuit.HALF_OPEN
    assert urged.half_open(READY) == urged
    assert CLOSED.half_open(AT) == CLOSED


def test_a_clock_that_is_set_back_by_a_day_does_not_keep_it_open_for_a_day() -> None:
    day = timedelta(days=1)
    assert OPEN.circuit(AT - MINUTE) is Circuit.OPEN
    assert OPEN.circuit(AT - day) is Circuit.HALF_OPEN
    assert OPEN.succeeded(AT - day) == CLOSED
    assert OPEN.failed(AT - day, delay).open_until == AT - day + 30 * MINUTE


WAITS = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)


@given(st.lists(st.tuples(WAITS, st.booleans())))
def test_it_is_closed_or_has_a_level_and_a_time(story: list[tuple[timedelta, bool]]) -> None:
    breaker, now = CLOSED, AT
    for wait, well in story:
        now += wait
        level = breaker.level
        breaker = breaker.succeeded(now) if well else breaker.failed(now, delay)
        assert breaker.level in (0, level, level + 1)
        assert (breaker.level == 0) is (breaker.open_until is None)
        assert breaker.open_until is None or breaker.open_until <= now + 6 * 60 * MINUTE
