"""Nobody asks a site that refuses, one goes first to see, and nobody asks faster than a site likes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.jobs.leave import Bucket, Door
from schemas.commands import CancelJob, JobCommand, PauseJob, RetryJob
from schemas.common import Category, Stage
from schemas.queries import AskLeave, Leave, PaceView
from schemas.results import Result
from tests.jobs import AT, JOB, OTHER, Desk, failed, fetched, submit
from ytarchive.domain.catalogue import Catalogue

REFUSED = failed(Stage.METADATA, Category.RATE_LIMIT, egress="here")
SECOND, REST, SILENCE = timedelta(seconds=1), timedelta(minutes=15), timedelta(minutes=5)
YES = Leave(wait=0)


TASK = f"{OTHER}:2"
"""What a job that rests for nothing asks for."""


def look(door: Door, after: timedelta = timedelta(), egress: str = "here") -> Leave:
    return door.answer(AskLeave(egress=egress), AT + after)


def take(door: Door, after: timedelta = timedelta(), egress: str = "here", task: str = "") -> Leave:
    return door.answer(AskLeave(egress=egress, take=True, task=task), AT + after)


def works(door: Door, after: timedelta, task: str = TASK) -> Leave:
    """Hear that the work on a task goes on."""
    return door.answer(AskLeave(egress="here", task=task), AT + after)


@pytest.fixture
def desk() -> Desk:
    """A desk that has heard that the site refuses us, until `REST` has passed."""
    return Desk(submit(), submit(OTHER), REFUSED)


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.catalogue, 0, 300)


def test_who_is_refused_nowhere_may_go_as_often_as_there_is_work() -> None:
    door = Door(Catalogue(), 0, 300)
    assert [take(door) for _ in range(1000)] == [YES] * 1000


def test_nobody_goes_while_the_site_refuses_and_all_hear_until_when_and_why(desk: Desk, door: Door) -> None:
    for ask in (look, take):
        leave = ask(door, REST - SECOND)
        assert leave.wait == 1
        assert leave.blocked == desk.catalogue.refusals.refused("here")
        assert leave.blocked
        assert leave.blocked.failure == REFUSED.failure


def test_who_waits_as_long_as_told_is_not_told_to_wait_for_nothing(door: Door) -> None:
    assert look(door, REST - timedelta(microseconds=1)).wait == 0.1
    assert look(door, REST) == YES


def test_a_refusal_is_nobody_elses(door: Door) -> None:
    assert take(door, egress="elsewhere") == YES


def test_when_the_rest_is_over_one_goes_first_and_no_second(desk: Desk, door: Door) -> None:
    assert [look(door, REST), look(door, REST), take(door, REST)] == [YES] * 3
    for ask in (look, take):
        assert ask(door, REST + SECOND) == Leave(wait=5, blocked=desk.catalogue.refusals.refused("here"))


def test_when_the_first_got_through_all_go(desk: Desk, door: Door) -> None:
    take(door, REST, task=TASK)
    desk.now = AT + REST + SECOND
    desk.when(fetched(job_id=OTHER))
    assert [take(door, REST + SECOND) for _ in range(9)] == [YES] * 9


def test_when_the_first_is_refused_too_all_rest_for_longer(desk: Desk, door: Door) -> None:
    take(door, REST, task=TASK)
    desk.now = AT + REST
    desk.when(failed(Stage.METADATA, Category.RATE_LIMIT, job_id=OTHER, egress="here"))
    assert take(door, REST).wait == (2 * REST).total_seconds()
    assert take(door, 3 * REST) == YES


@pytest.mark.parametrize(
    "end",
    [
        failed(Stage.METADATA, Category.NETWORK, job_id=OTHER, egress="here"),
        CancelJob(job_id=OTHER),
        PauseJob(job_id=OTHER),
    ],
    ids=["failed by itself", "cancelled", "paused"],
)
def test_when_the_first_proved_nothing_the_next_goes(
    desk: Desk, door: Door, end: JobCommand | Result
) -> None:
    take(door, REST, task=TASK)
    desk.now = AT + REST
    desk.when(end)
    assert take(door, REST) == YES
    assert take(door, REST).blocked


@pytest.mark.parametrize("task", [TASK, ""], ids=["a task", "an unknown task"])
def test_the_first_is_taken_for_lost_when_nothing_is_heard_of_it(door: Door, task: str) -> None:
    take(door, REST, task=task)
    assert take(door, REST + SILENCE - SECOND).blocked
    assert take(door, REST + SILENCE, task="another:1") == YES
    assert take(door, REST + SILENCE).blocked


def test_the_first_may_take_as_long_as_it_goes_on(door: Door) -> None:
    take(door, REST, task=TASK)
    for number in range(100):
        assert works(door, REST + number * (SILENCE - SECOND)) == YES
        assert take(door, REST + (number + 1) * (SILENCE - SECOND), task="another:1").blocked


def test_the_task_that_went_first_goes_again_when_its_worker_is_lost(door: Door) -> None:
    take(door, REST, task=TASK)
    assert take(door, REST + SECOND, task=TASK) == YES
    assert take(door, REST + SILENCE).blocked
    assert take(door, REST + SECOND + SILENCE) == YES


def test_what_began_before_and_goes_on_is_not_the_first(door: Door) -> None:
    works(door, REST)
    assert take(door, REST) == YES
    works(door, REST + SILENCE - SECOND)
    assert take(door, REST + SILENCE) == YES


def test_what_others_report_does_not_end_the_rest_of_the_first(desk: Desk, door: Door) -> None:
    take(door, REST, task=TASK)
    desk.now = AT + REST
    desk.when(RetryJob(job_id=JOB), failed(Stage.METADATA, Category.NETWORK, 2, egress="here"))
    assert take(door, REST).blocked


@given(
    st.lists(
        st.tuples(st.integers(0, 10), st.sampled_from("abc"), st.sampled_from(["take", "work", "die"])),
        max_size=60,
    )
)
def test_there_are_never_two_who_go_first(story: list[tuple[int, str, str]]) -> None:
    """Who goes first is alone while it says that it goes on, and until nothing is heard for long."""
    door, now = Door(Desk(submit(), submit(OTHER), REFUSED).catalogue, 0, SILENCE.total_seconds()), REST
    first, heard = "", now
    for minutes, who, what in story:
        now += timedelta(minutes=minutes)
        task = f"{who}:1"
        match what:
            case "take" if take(door, now, task=task) == YES:
                assert first in ("", task) or now >= heard + SILENCE
                first, heard = task, now
            case "work" if first == task:
                assert works(door, now, task) == YES
                heard = now
            case _:
                pass


def test_some_go_at_once_and_the_rest_one_by_one() -> None:
    """Given 300 videos an hour, each asked for twice: a fifth of them at once, then one every 6 s."""
    door = Door(Catalogue(), 300, 300)
    assert [take(door) for _ in range(120)] == [YES] * 120
    assert take(door).wait == pytest.approx(6)
    assert take(door, 4 * SECOND).wait == pytest.approx(2)
    assert take(door, 6 * SECOND) == YES
    assert take(door, 6 * SECOND).wait == pytest.approx(6)
    assert [take(door, 100 * timedelta(hours=1)).wait for _ in range(121)] == [0] * 120 + [pytest.approx(6)]


@pytest.mark.parametrize(
    ("task", "is_overtaken"),
    [(f"{JOB}:1", True), (f"{JOB}:2", False), (f"{JOB}:3", False), ("another:1", False), ("odd", False)],
)
def test_a_task_whose_job_has_gone_on_without_it_is_overtaken(task: str, is_overtaken: bool) -> None:
    door = Door(Desk(submit()).catalogue, 0, 300)
    asked = AskLeave(egress="here", take=True, task=task)
    assert door.answer(asked, AT) == Leave(wait=0, overtaken=is_overtaken)


def test_who_has_to_wait_long_for_its_next_video_is_told_of_while_one_waits() -> None:
    desk = Desk(submit())
    slow, quick = Door(desk.catalogue, 10, 300), Door(desk.catalogue, 300, 300)
    for door in (slow, quick):
        while look(door) == YES:
            assert not door.paced(AT)
            take(door)
    later = AT + timedelta(minutes=3)
    assert slow.paced(AT) == (PaceView(egress="here", until=later, per_hour=10),)
    assert not slow.paced(later)
    assert not quick.paced(AT), "six seconds are not worth telling"
    desk.when(CancelJob(job_id=JOB))
    assert not slow.paced(AT)


def test_asking_takes_nothing() -> None:
    door = Door(Catalogue(), 1, 300)
    assert [look(door) for _ in range(9)] == [YES] * 9
    assert take(door) == YES
    assert [look(door).wait for _ in range(9)] == [1800] * 9


def test_each_identity_has_tokens_of_its_own() -> None:
    door = Door(Catalogue(), 1, 300)
    assert [take(door), take(door, egress="elsewhere")] == [YES] * 2
    assert take(door).wait == take(door, egress="elsewhere").wait == 1800


def test_a_clock_that_is_set_back_by_a_day_makes_nobody_rest_for_a_day(desk: Desk, door: Door) -> None:
    """Given a refusal, and who goes first after it and is lost, each by a clock that is a day ahead."""
    assert look(door, -timedelta(days=1)) == YES
    take(door, REST, task=TASK)
    assert take(door, REST - SECOND - timedelta(days=1)) == YES
    assert take(door, REST - timedelta(days=1)).blocked


def test_a_clock_that_is_set_back_costs_no_tokens() -> None:
    bucket = Bucket(2, 1, AT)
    assert bucket.wait(AT, take=True) == 0
    assert bucket.wait(AT - REST, take=True) == 0
    assert bucket.wait(AT - REST, take=True) == 1


def test_a_clock_that_jumps_ahead_and_is_set_right_holds_nobody_up() -> None:
    bucket = Bucket(1, 1, AT)
    assert bucket.wait(AT + timedelta(days=1), take=True) == 0
    assert bucket.wait(AT, take=True) == 1
    assert bucket.wait(AT + timedelta(seconds=1), take=True) == 0


@given(
    size=st.integers(1, 50),
    per_second=st.floats(0.01, 10),
    gaps=st.lists(st.floats(0, 60), min_size=1, max_size=200),
)
def test_over_no_time_more_is_taken_than_there_was_and_has_come(
    size: int, per_second: float, gaps: list[float]
) -> None:
    bucket, now, taken = Bucket(size, per_second, AT), AT, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        while not (wait := bucket.wait(now, take=True)):
            taken += 1
        assert 0 < wait <= 1 / per_second + 1e-6
        assert taken <= size + (now - AT).total_seconds() * per_second + 1e-6


def test_the_pace_can_be_changed_and_what_was_taken_was_taken() -> None:
    """Given ten videos an hour, of which the first two were taken, then another pace counts from now on."""
    door = Door(Catalogue(), 10, 300)
    assert [take(door) for _ in range(4)] == [YES] * 4
    assert take(door).wait == pytest.approx(180)
    assert door.egresses == ("here",)
    door.limit(3600, AT)
    assert take(door).wait == pytest.approx(0.5)
    assert take(door, SECOND) == YES
    door.limit(1, AT + SECOND)
    assert take(door, SECOND).wait == pytest.approx(0)
    assert take(door, SECOND).wait == pytest.approx(1800)


def test_no_pace_at_all_lets_everybody_go_and_one_again_is_kept() -> None:
    door = Door(Catalogue(), 1, 300)
    assert take(door) == YES
    assert take(door).wait > 0
    door.limit(0, AT)
    assert [take(door) for _ in range(100)] == [YES] * 100
    door.limit(1, AT)
    assert take(door).wait == pytest.approx(1800)
