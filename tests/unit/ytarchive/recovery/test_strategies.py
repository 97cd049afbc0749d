from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.common import Category, Stage
from ytarchive.domain.breaker import Breaker
from ytarchive.domain.job import FailedAttempt
from ytarchive.recovery.strategies import (
    AdaptiveStrategy,
    Chain,
    CircuitBreakerStrategy,
    ExponentialBackoffStrategy,
    FixedDelayStrategy,
    GiveUp,
    Limited,
    Outcome,
    Record,
    Strategy,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BACKOFF = ExponentialBackoffStrategy(first=5 * SECOND, longest=60 * SECOND, floor=SECOND, attempts=8)
ADAPTIVE = AdaptiveStrategy(shortest=SECOND, longest=60 * SECOND)
OPENING = ExponentialBackoffStrategy(first=MINUTE, longest=8 * MINUTE, floor=8 * MINUTE, attempts=3)
CIRCUIT = CircuitBreakerStrategy(opening=OPENING)
JOBS = [f"{number:016x}" for number in range(200)]

Failures = tuple[FailedAttempt, ...]


def failures(*seconds: float) -> Failures:
    return tuple(FailedAttempt(Stage.DOWNLOAD, Category.NETWORK, AT + second * SECOND) for second in seconds)


def after(strategy: Strategy, count: int, seed: str = "job", record: Record = ()) -> timedelta | None:
    """Give the wait after so many failures at the same moment."""
    return strategy.next(failures(*[0.0] * count), AT, seed, record)


def outcomes(story: str) -> Record:
    """Make a record of one outcome a second: ``+`` went well, ``-`` failed."""
    return tuple(Outcome(AT + second * SECOND, sign == "+") for second, sign in enumerate(story))


def test_giving_up_needs_no_second_failure() -> None:
    assert after(GiveUp(), 1) is None


def test_what_is_only_limited_has_no_wait_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        after(Limited(), 1)


# fixed delays


def test_a_fixed_delay_is_the_same_until_the_attempts_are_spent() -> None:
    strategy = FixedDelayStrategy(delay=3 * SECOND, attempts=2)
    assert [after(strategy, failed) for failed in (1, 2, 3)] == [3 * SECOND, 3 * SECOND, None]


def test_a_wait_of_nothing_is_a_wait_and_not_the_end() -> None:
    assert after(FixedDelayStrategy(delay=timedelta(), attempts=1), 1) == timedelta()


def test_nothing_is_tried_later_than_the_age_after_the_first_failure() -> None:
    strategy = FixedDelayStrategy(delay=3 * SECOND, age=10 * SECOND)
    assert strategy.next(failures(0, 7), AT + 7 * SECOND, "job") == 3 * SECOND
    assert strategy.next(failures(0, 8), AT + 8 * SECOND, "job") is None


# backoff


@pytest.mark.parametrize(("failed", "whole"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (8, 60)])
def test_backoff_is_anything_between_the_floor_and_the_doubled_wait(failed: int, whole: int) -> None:
    delays = [delay for job in JOBS if (delay := after(BACKOFF, failed, job))]
    assert len(delays) == len(JOBS)
    assert SECOND <= min(delays) < 0.2 * whole * SECOND + SECOND
    assert 0.9 * whole * SECOND < max(delays) < whole * SECOND


def test_backoff_ends_when_the_attempts_are_spent() -> None:
    assert after(BACKOFF, 9) is None


def test_backoff_without_end_stays_at_the_longest() -> None:
    strategy = ExponentialBackoffStrategy(first=MINUTE, longest=9 * MINUTE, floor=9 * MINUTE)
    assert after(strategy, 10_000) == 9 * MINUTE


def test_below_the_floor_there_is_no_jitter() -> None:
    assert [after(OPENING, failed) for failed in (1, 2, 3, 4)] == [MINUTE, 2 * MINUTE, 4 * MINUTE, None]


def test_jitter_spreads_jobs_and_is_the_same_for_the_same_job() -> None:
    first = [after(BACKOFF, 1, job) for job in JOBS]
    assert len(set(first)) == len(JOBS)
    assert [after(BACKOFF, 1, job) for job in JOBS] == first


def test_jitter_differs_from_attempt_to_attempt() -> None:
    assert after(BACKOFF, 5) != after(BACKOFF, 8)


# adapting


def adapted(story: str) -> timedelta:
    wait = after(ADAPTIVE, 1, record=outcomes(story))
    assert wait is not None
    return wait


def test_the_more_fails_the_longer_is_the_wait() -> None:
    waits = [adapted("-" * failed) for failed in (1, 3, 5)]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_what_goes_well_shortens_the_wait_again() -> None:
    assert adapted("-----" + "+" * 4 + "-") < adapted("-----" + "-") / 2
    assert adapted("-----" + "+" * 40 + "-") <= 2 * SECOND


def test_one_failure_among_successes_waits_hardly_at_all() -> None:
    assert adapted("+" * 20 + "-") == SECOND


def test_without_a_record_its_own_failures_are_what_there_is_to_go_by() -> None:
    assert after(ADAPTIVE, 3) == after(ADAPTIVE, 3, record=outcomes("---"))


# the circuit breaker


def test_a_circuit_waits_until_it_is_half_open() -> None:
    record = outcomes("-")
    assert CIRCUIT.next(failures(0), AT, "job", record) == MINUTE
    assert CIRCUIT.next(failures(0), AT + 20 * SECOND, "job", record) == 40 * SECOND
    assert CIRCUIT.next(failures(0), AT + 70 * SECOND, "job", record) == timedelta()


def test_each_refused_probe_opens_it_for_longer_until_the_inner_strategy_gives_up() -> None:
    refused = failures(0, 60, 180)
    waits = [CIRCUIT.next(refused[:count], refused[count - 1].at, "job") for count in (1, 2, 3)]
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE]
    refused = failures(0, 60, 180, 420)
    assert CIRCUIT.next(refused, refused[-1].at, "job") is None


def test_failures_while_it_is_open_do_not_open_it_again() -> None:
    assert CIRCUIT.next(failures(0, 1, 2, 3), AT + 3 * SECOND, "job") == 57 * SECOND


def test_below_its_threshold_a_circuit_lets_the_next_attempt_through() -> None:
    strategy = CircuitBreakerStrategy(opening=OPENING, threshold=3)
    assert after(strategy, 2) == timedelta()
    assert after(strategy, 3) == MINUTE


# chains

TWICE, ONCE = FixedDelayStrategy(delay=SECOND, attempts=2), FixedDelayStrategy(delay=MINUTE, attempts=1)


def test_a_chain_goes_on_with_the_next_where_one_gives_up() -> None:
    chain = Chain((TWICE, ONCE))
    assert [after(chain, failed) for failed in (1, 2, 3, 4)] == [SECOND, SECOND, MINUTE, None]


def test_the_next_of_a_chain_counts_from_where_it_began() -> None:
    chain = Chain((FixedDelayStrategy(delay=SECOND, age=10 * SECOND), BACKOFF))
    late = failures(0, 5, 20)
    assert chain.next(late[:2], late[1].at, "job") == SECOND
    assert chain.next(late, late[-1].at, "job") == BACKOFF.next(late[-1:], late[-1].at, "job")


def test_an_empty_chain_gives_up() -> None:
    assert after(Chain(()), 1) is None


# laws

WAITS = st.integers(0, 7200).map(lambda seconds: seconds * SECOND)
LIMITS = st.fixed_dictionaries(
    {
        "attempts": st.none() | st.integers(0, 9),
        "age": st.none() | st.integers(0, 7200).map(lambda s: s * SECOND),
    }
)


@st.composite
def limited(draw: st.DrawFn) -> Limited:
    limits: dict[str, Any] = draw(LIMITS)
    short, long = sorted([draw(WAITS), draw(WAITS)])
    match draw(st.sampled_from("fbac")):
        case "f":
            return FixedDelayStrategy(delay=short, **limits)
        case "b":
            return ExponentialBackoffStrategy(first=short, longest=long, floor=draw(WAITS), **limits)
        case "a":
            return AdaptiveStrategy(shortest=short, longest=long, **limits)
        case _:
            inner = ExponentialBackoffStrategy(first=short, longest=long, floor=SECOND)
            return CircuitBreakerStrategy(opening=inner, threshold=draw(st.integers(1, 3)), **limits)


HISTORIES = st.lists(st.integers(0, 3600), min_size=1, max_size=12).map(
    lambda gaps: failures(*(sum(gaps[: end + 1]) for end in range(len(gaps))))
)
RECORDS = st.text("+-", max_size=30).map(outcomes)


@given(limited(), HISTORIES, RECORDS, st.text())
def test_no_limited_strategy_exceeds_its_limits(
    strategy: Limited, history: Failures, record: Record, seed: str
) -> None:
    now = history[-1].at
    wait = strategy.next(history, now, seed, record)
    assert strategy.next(history, now, seed, record) == wait
    if wait is not None:
        assert wait >= timedelta()
        assert strategy.attempts is None or len(history) <= strategy.attempts
        assert strategy.age is None or now + wait <= history[0].at + strategy.age


@given(WAITS, WAITS, WAITS, st.integers(1, 30), st.text())
def test_backoff_stays_within_bounds_that_only_grow(
    first: timedelta, longest: timedelta, floor: timedelta, count: int, seed: str
) -> None:
    strategy = ExponentialBackoffStrategy(first=first, longest=longest, floor=floor)
    caps = [min(first * 2**number, longest) for number in range(count)]
    assert caps == sorted(caps)
    wait = after(strategy, count, seed)
    assert wait is not None
    assert min(floor, caps[-1]) <= wait <= caps[-1]


@given(RECORDS, RECORDS, st.text())
def test_adapting_stays_within_its_bounds_and_a_failure_never_shortens_the_wait(
    before: Record, record: Record, seed: str
) -> None:
    history = failures(0)
    wait = ADAPTIVE.next(history, AT, seed, record)
    more = ADAPTIVE.next(history, AT, seed, (*record, Outcome(AT, ok=False)))
    less = ADAPTIVE.next(history, AT, seed, (*record, Outcome(AT, ok=True)))
    assert wait
    assert more
    assert less
    assert SECOND <= wait <= 60 * SECOND
    assert not record or less <= wait <= more


@given(st.lists(st.tuples(WAITS, st.booleans()), max_size=30), st.integers(1, 3))
def test_folding_the_record_is_the_same_as_stepping_the_breaker(
    story: list[tuple[timedelta, bool]], threshold: int
) -> None:
    strategy = CircuitBreakerStrategy(
        opening=ExponentialBackoffStrategy(first=MINUTE, longest=9 * MINUTE, floor=9 * MINUTE),
        threshold=threshold,
    )

    def delay(level: int) -> timedelta:
        return MINUTE * min(1 << (level - 1), 9)

    now, stepped, record = AT, Breaker(threshold=threshold), list[Outcome]()
    for wait, well in story:
        now += wait
        stepped = stepped.succeeded(now) if well else stepped.failed(now, delay)
        record.append(Outcome(now, well))
        assert strategy.breaker(tuple(record), "job") == stepped


@given(st.lists(limited(), max_size=4), HISTORIES, st.text())
def test_a_chain_says_what_one_of_its_strategies_says_of_the_newest_failures(
    strategies: list[Limited], history: Failures, seed: str
) -> None:
    now = history[-1].at
    wait = Chain(tuple(strategies)).next(history, now, seed)
    suffixes = [history[start:] for start in range(len(history))]
    assert wait is None or wait in {one.next(rest, now, seed) for one in strategies for rest in suffixes}


@given(limited(), HISTORIES, st.text())
def test_a_chain_of_one_is_that_one_until_it_has_given_up(
    strategy: Limited, history: Failures, seed: str
) -> None:
    said = [strategy.next(history[:end], history[end - 1].at, seed) for end in range(1, len(history) + 1)]
    ended = reduce(lambda over, wait: over or wait is None, said, False)
    wait = Chain((strategy,)).next(history, history[-1].at, seed)
    assert wait == (None if ended else said[-1])
