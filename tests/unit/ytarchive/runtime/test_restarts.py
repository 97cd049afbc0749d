import pytest

from ytarchive.runtime.restarts import Crashes, Limits


def delays(limits: Limits, *, up: float, times: int) -> list[float | None]:
    """Crash `times` times, each after having been up for `up` seconds, until it is given up."""
    crashes, now, found = Crashes(limits), 0.0, list[float | None]()
    for _ in range(times):
        delay = crashes.next_start(now, now + up)
        found.append(delay)
        if delay is None:
            break
        now += up + delay
    return found


def test_the_wait_doubles_and_the_fifth_crash_within_a_minute_is_the_last() -> None:
    assert delays(Limits(), up=0.1, times=9) == [0.5, 1.0, 2.0, 4.0, None]


def test_crashes_far_enough_apart_are_never_the_last_and_wait_at_most_half_a_minute() -> None:
    found = delays(Limits(), up=20, times=200)
    assert found[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert set(found[7:]) == {30.0}


def test_a_minute_of_work_forgives_the_crashes_before() -> None:
    crashes = Crashes(Limits())
    assert [crashes.next_start(0, 0) for _ in range(4)] == [0.5, 1.0, 2.0, 4.0]
    assert crashes.next_start(0, 60) == 0.5
    assert crashes.next_start(60, 60) == 1.0


@pytest.mark.parametrize("up", [59.9, 60.0])
def test_just_under_a_minute_is_not_forgiven(up: float) -> None:
    crashes = Crashes(Limits())
    crashes.next_start(0, 0)
    assert crashes.next_start(0, up) == (0.5 if up == 60 else 1.0)


def test_very_many_crashes_do_not_overflow() -> None:
    assert delays(Limits(crashes=10_000, within=1), up=2, times=5000)[-1] == 30.0


def test_one_that_is_ready_whenever_it_is_started_is_never_given_up_and_waited_for_longer_each_time() -> None:
    crashes, now = Crashes(Limits()), 0.0
    for _ in range(100):
        delay = crashes.next_start(now, now + 1, ready=True)
        assert delay is not None
        now += 1 + delay
    assert delay == 30.0
    assert crashes.in_a_row == 100


def test_one_that_was_ready_once_is_given_up_only_after_many_vain_starts_in_a_row() -> None:
    crashes = Crashes(Limits(later=4))
    assert crashes.next_start(0, 1, ready=True) is not None
    for _ in range(3):
        assert crashes.next_start(1, 1) is not None
    assert crashes.next_start(1, 2, ready=True) is not None  # it has come back, and is counted anew
    found = [crashes.next_start(second * 100, second * 100 + 1) for second in range(1, 9)]
    assert found.index(None) == 3
