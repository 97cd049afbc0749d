from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commands import RetryJob, WakeJob
from schemas.common import BLOCKS, Category, Severity, Stage, State
from tests.jobs import AT, JOB, Desk, failed, submit
from ytarchive.domain.job import FailedAttempt
from ytarchive.recovery.strategies import CircuitBreakerStrategy, GiveUp
from ytarchive.recovery.table import SHORT, TREATMENTS, pause, policy, recheck, severity, short, treatment

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ENDLESS = Category.RATE_LIMIT
Story = list[tuple[timedelta, Category]]


def attempts(categories: Sequence[Category], stage: Stage = Stage.DOWNLOAD) -> tuple[FailedAttempt, ...]:
    return tuple(FailedAttempt(stage, category, AT) for category in categories)


def due(
    categories: Sequence[Category], *, job: str = JOB, stage: Stage = Stage.DOWNLOAD, pace: float = 1.0
) -> datetime | None:
    return policy(AT, pace)(job, attempts(categories, stage))


@cache
def lived(category: Category, stage: Stage) -> list[timedelta]:
    """Fail over and over, each time when the wait is over, and give the waits until it is given up."""
    now, history, waits = AT, list[FailedAttempt](), list[timedelta]()
    for _ in range(10_000):
        history.append(FailedAttempt(stage, category, now))
        then = policy(now)(JOB, tuple(history))
        if then is None:
            return waits
        waits.append(then - now)
        now = then
    raise AssertionError(f"{category} never ends")


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("category", [one for one in Category if one not in BLOCKS])
def test_every_kind_of_failure_has_its_treatment_and_ends_sometime(category: Category, stage: Stage) -> None:
    waits = lived(category, stage)
    assert bool(waits) is not isinstance(treatment(category, stage).strategy, GiveUp)
    assert all(timedelta() <= wait <= 7 * DAY for wait in waits)
    assert sum(waits, timedelta()) <= 60 * DAY


@pytest.mark.parametrize(
    ("category", "attempts", "shortest", "longest"),
    [
        (Category.NETWORK, 12 + 24, timedelta(seconds=1), HOUR),
        (Category.SERVER_ERROR, 12 + 24, timedelta(seconds=5), HOUR),
        (Category.URL_EXPIRED, 2 + 8, timedelta(), 6 * HOUR),
        (Category.EXTRACTOR, 5, 6 * HOUR, DAY),
        (Category.MEDIA, 3, timedelta(seconds=10), 10 * MINUTE),
        (Category.DISK, 7 * 24 * 12, 5 * MINUTE, 5 * MINUTE),
        (Category.BUG, 2, HOUR, HOUR),
        (Category.UNAVAILABLE, 2, DAY, 7 * DAY),
    ],
)
def test_the_waits_are_as_measured(
    category: Category, attempts: int, shortest: timedelta, longest: timedelta
) -> None:
    waits = lived(category, Stage.METADATA)
    assert len(waits) == attempts
    assert shortest <= min(waits) <= max(waits) <= longest


def test_what_is_not_there_yet_is_looked_at_for_sixty_days() -> None:
    waits = lived(Category.NOT_YET, Stage.METADATA)
    assert 30 * MINUTE <= min(waits) < max(waits) <= HOUR
    assert 60 * DAY - HOUR <= sum(waits, timedelta()) <= 60 * DAY


@pytest.mark.parametrize("category", [Category.NETWORK, Category.SERVER_ERROR])
def test_a_network_or_a_site_that_is_away_for_a_night_costs_no_job(category: Category) -> None:
    for stage in Stage:
        assert sum(lived(category, stage), timedelta()) > 24 * HOUR


def test_a_site_in_trouble_is_given_more_time_than_a_connection() -> None:
    def average(category: Category, failures: int) -> timedelta:
        found = [due([category] * failures, job=f"{number:016x}") for number in range(500)]
        return sum((at - AT for at in found if at), timedelta()) / len(found)

    assert 12 < average(Category.SERVER_ERROR, 1).total_seconds() < 24  # of up to 30 s
    assert 6 * MINUTE < average(Category.SERVER_ERROR, 9) < 9 * MINUTE  # of up to 15
    for failures in (1, 9):
        assert average(Category.SERVER_ERROR, failures) > average(Category.NETWORK, failures)


def test_a_download_is_resumed_more_often_than_a_video_is_looked_up() -> None:
    assert len(lived(Category.NETWORK, Stage.DOWNLOAD)) > len(lived(Category.NETWORK, Stage.METADATA))


@pytest.mark.parametrize(
    "category",
    [Category.GONE, Category.DRM, Category.GEO, Category.NEEDS_AUTH, Category.REQUEST, Category.ENVIRONMENT],
)
def test_what_no_repetition_can_help_is_given_up_at_once(category: Category) -> None:
    assert due([category]) is None


@pytest.mark.parametrize(
    ("category", "recheck"),
    [(Category.GONE, 90), (Category.NEEDS_AUTH, 30), (Category.GEO, 30), (Category.DRM, None)],
)
def test_what_may_come_back_is_looked_at_again_much_later(category: Category, recheck: int | None) -> None:
    found = treatment(category, Stage.METADATA).recheck
    assert found == (None if recheck is None else recheck * DAY)


def test_a_refused_address_stays_away_for_a_quarter_of_an_hour_and_then_for_longer() -> None:
    delay = pause(Category.RATE_LIMIT)
    assert [delay(level) / MINUTE for level in (1, 2, 3, 4, 5, 6, 99)] == [15, 30, 60, 120, 240, 360, 360]
    assert pause(Category.RATE_LIMIT, 0.01)(1) == 9 * timedelta(seconds=1)


def test_who_is_taken_for_a_robot_stays_away_for_an_hour_at_least() -> None:
    delay = pause(Category.BOT_CHECK)
    assert [delay(level) / MINUTE for level in (1, 2, 5, 6, 99)] == [60, 120, 960, 1440, 1440]


def test_looking_again_keeps_the_pace_too() -> None:
    assert recheck(Category.GONE, 0.5) == 45 * DAY
    assert recheck(Category.DRM) is None


def test_a_rate_limit_alone_never_fails_a_job() -> None:
    entry = treatment(ENDLESS, Stage.METADATA).strategy
    assert isinstance(entry, CircuitBreakerStrategy)
    assert due([ENDLESS] * 5000) == AT + 15 * MINUTE  # at one moment, they are one refusal
    refused = tuple(FailedAttempt(Stage.METADATA, ENDLESS, AT + DAY * number) for number in range(99))
    assert policy(refused[-1].at)(JOB, refused) == refused[-1].at + 6 * HOUR


def test_addresses_that_expired_are_fetched_again_without_waiting() -> None:
    assert due([Category.URL_EXPIRED]) == AT


def test_only_failures_of_the_newest_kind_count() -> None:
    """Given many failures of one kind, when one of another comes, then it is the first of its kind."""
    media = [Category.MEDIA] * 3
    assert due(media) is not None
    assert due([*media, Category.MEDIA]) is None
    assert due([*media, Category.NETWORK]) == due([Category.NETWORK])
    assert due([Category.NETWORK, *media, Category.MEDIA]) is None


def test_a_stage_with_a_row_of_its_own_counts_its_own_failures() -> None:
    looked_up = attempts([Category.NETWORK] * 9, Stage.METADATA)
    broken_off = attempts([Category.NETWORK])
    assert policy(AT)(JOB, looked_up + broken_off) == policy(AT)(JOB, broken_off)


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({due([Category.NETWORK], job=f"{number:016x}") for number in range(50)}) == 50


@given(st.lists(st.sampled_from(Category), min_size=1, max_size=9), st.floats(0, 2), st.sampled_from(Stage))
def test_the_pace_is_a_factor_on_every_wait(categories: list[Category], pace: float, stage: Stage) -> None:
    usual, paced = due(categories, stage=stage), due(categories, stage=stage, pace=pace)
    assert (usual is None) is (paced is None)
    assert usual is None or paced == AT + (usual - AT) * pace


def test_a_users_retry_gives_all_attempts_back() -> None:
    """Given a job that spent its attempts, when it is retried by hand, then it has as many again."""
    desk = Desk(submit(), retry=policy(AT))

    def until_given_up() -> int:
        for failures in count(1):
            desk.when(failed(Stage.METADATA, Category.MEDIA, desk.job().attempt))
            if desk.job().state is State.FAILED:
                return failures
            desk.when(WakeJob(job_id=JOB, version=desk.job().version))
        raise AssertionError

    assert until_given_up() == 4
    desk.when(RetryJob(job_id=JOB))
    assert until_given_up() == 4


def test_what_stays_broken_matters_more() -> None:
    assert severity(attempts([Category.NETWORK]), AT) is Severity.INFO
    assert severity(attempts([Category.NETWORK] * 20), AT) is Severity.WARNING
    assert severity(attempts([Category.NETWORK] * 20), AT + DAY) is Severity.ERROR
    assert severity(attempts([Category.NETWORK, Category.ENVIRONMENT]), AT) is Severity.CRITICAL


def test_only_what_passes_by_itself_is_repeated_inside_the_process_and_not_for_long() -> None:
    assert set(SHORT) == {Category.NETWORK}
    assert isinstance(short(Category.DISK), GiveUp)
    waits = [
        short(Category.NETWORK).next(attempts([Category.NETWORK] * tries), AT, "x") for tries in range(1, 99)
    ]
    assert sum((wait for wait in waits if wait), timedelta()) < MINUTE
    assert waits[-1] is None


def test_every_row_is_reached() -> None:
    found = {id(treatment(category, stage)) for category in Category for stage in Stage}
    assert found == {id(row) for row in TREATMENTS.values()}
