from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ytarchive.domain.breaker import Breaker, Circuit

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 10 * MINUTE
CLOSED = Breaker()


def delay(level: int) -> timedelta:
    return min(15 * MINUTE * (1 << (level - 1)), 6 * 60 * MINUTE)


OPEN = CLOSED.failed(AT, delay)
READY = AT + 15 * MINUTE


def test_a_new_breaker_lets_everything_pass() -> None:
    assert CLOSED.circuit(AT) is Circuit.CLOSED
    assert CLOSED.allow(AT)
    assert CLOSED.probe(AT, LEASE) == CLOSED == CLOSED.succeeded(AT)


def test_a_failure_opens_it_for_the_first_delay() -> None:
    assert (OPEN.level, OPEN.open_until) == (1, READY)
    assert OPEN.circuit(READY - MINUTE) is Circuit.OPEN
    assert not OPEN.allow(READY - MINUTE)


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


def test_when_its_time_has_come_one_probe_may_begin_and_no_other() -> None:
    assert OPEN.circuit(READY) is Circuit.HALF_OPEN
    assert OPEN.allow(READY)
    probing = OPEN.probe(READY, LEASE)
    assert not probing.allow(READY)
    assert probing.probe(READY + MINUTE, LEASE) == probing


def test_a_probe_that_comes_through_closes_it_and_forgets_the_past() -> None:
    assert OPEN.probe(READY, LEASE).succeeded(READY + MINUTE) == CLOSED


def test_a_probe_that_is_refused_opens_it_for_longer() -> None:
    again = OPEN.probe(READY, LEASE).failed(READY, delay)
    assert (again.level, again.open_until, again.probe_until) == (2, READY + 30 * MINUTE, None)


def test_a_probe_nobody_hears_of_is_replaced_when_its_lease_is_over() -> None:
    probing = OPEN.probe(READY, LEASE)
    assert not probing.allow(READY + LEASE - MINUTE)
    assert probing.allow(READY + LEASE)


def test_a_probe_that_proved_nothing_makes_room_for_the_next() -> None:
    assert OPEN.probe(READY, LEASE).undecided() == OPEN


WAITS = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)


@given(st.lists(st.tuples(WAITS, st.sampled_from(["began", "failed", "succeeded"]))), st.integers(1, 4))
def test_there_are_never_two_probes_at_once(story: list[tuple[timedelta, str]], threshold: int) -> None:
    """Whatever happens, while it is not closed, nothing begins but a probe, and no second before its end."""
    breaker, now, lost = Breaker(threshold=threshold), AT, None
    for wait, what in story:
        now += wait
        match what:
            case "began" if breaker.allow(now) and breaker.circuit(now) is Circuit.HALF_OPEN:
                assert lost is None or now >= lost
                breaker, lost = breaker.probe(now, LEASE), now + LEASE
            case "failed" | "succeeded" if breaker.circuit(now) is not Circuit.OPEN:
                breaker = breaker.failed(now, delay) if what == "failed" else breaker.succeeded(now)
                lost = None
        assert not (lost and now < lost and breaker.allow(now))


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
