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


def test_crashes_far_enough_apart_are_never_the_last_and_wait_at_most_ten_seconds() -> None:
    found = delays(Limits(), up=20, times=200)
    assert found[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert set(found[6:]) == {10.0}


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
    assert delays(Limits(crashes=10_000, within=1), up=2, times=5000)[-1] == 10.0
