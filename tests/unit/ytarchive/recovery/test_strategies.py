from datetime import timedelta

import pytest

from ytarchive.recovery.strategies import ExponentialBackoffStrategy, FixedDelayStrategy, GiveUp

SECOND = timedelta(seconds=1)
BACKOFF = ExponentialBackoffStrategy(first=5 * SECOND, longest=60 * SECOND, attempts=8)
JOBS = [f"{number:016x}" for number in range(200)]


def test_giving_up_needs_no_second_failure() -> None:
    assert GiveUp().delay(1, "job") is None


def test_a_fixed_delay_is_the_same_until_the_attempts_are_spent() -> None:
    strategy = FixedDelayStrategy(wait=3 * SECOND, attempts=2)
    assert [strategy.delay(failed, "job") for failed in (1, 2, 3)] == [3 * SECOND, 3 * SECOND, None]


def test_a_wait_of_nothing_is_a_wait_and_not_the_end() -> None:
    assert FixedDelayStrategy(wait=timedelta(), attempts=1).delay(1, "job") == timedelta()


@pytest.mark.parametrize(("failed", "whole"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (8, 60)])
def test_backoff_doubles_up_to_the_longest_with_jitter_in_its_upper_half(failed: int, whole: int) -> None:
    delays = [BACKOFF.delay(failed, job) for job in JOBS]
    assert all(delay and whole * SECOND / 2 <= delay < whole * SECOND for delay in delays)


def test_backoff_ends_when_the_attempts_are_spent() -> None:
    assert BACKOFF.delay(9, "job") is None


def test_jitter_spreads_jobs_and_is_the_same_for_the_same_job() -> None:
    first = [BACKOFF.delay(1, job) for job in JOBS]
    assert len(set(first)) == len(JOBS)
    assert [BACKOFF.delay(1, job) for job in JOBS] == first


def test_jitter_differs_from_attempt_to_attempt() -> None:
    fifth, eighth = BACKOFF.delay(5, "job"), BACKOFF.delay(8, "job")
    assert fifth != eighth
