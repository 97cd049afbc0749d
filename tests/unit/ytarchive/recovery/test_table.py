from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest

from schemas.commands import RetryJob, WakeJob
from schemas.common import Category, Stage, State
from tests.jobs import AT, JOB, Desk, failed, submit
from ytarchive.domain.job import FailedAttempt
from ytarchive.recovery.strategies import GiveUp
from ytarchive.recovery.table import STRATEGIES, policy


def due(categories: Sequence[Category], *, job: str = JOB) -> datetime | None:
    return policy(AT)(job, tuple(FailedAttempt(Stage.DOWNLOAD, category, AT) for category in categories))


@pytest.mark.parametrize("category", list(Category))
def test_every_kind_of_failure_has_its_treatment_and_ends_sometime(category: Category) -> None:
    """Given a failure over and over, then each wait is finite, and one day it is given up for good."""
    waits = [due([category] * failed) for failed in range(1, 400)]
    ended = waits.index(None)
    assert all(wait is not None and AT <= wait <= AT + timedelta(days=1) for wait in waits[:ended])
    assert set(waits[ended:]) == {None}
    assert (ended == 0) == isinstance(STRATEGIES[category], GiveUp)


@pytest.mark.parametrize(
    "category",
    [Category.GONE, Category.DRM, Category.GEO, Category.NEEDS_AUTH, Category.REQUEST, Category.ENVIRONMENT],
)
def test_what_no_repetition_can_help_is_given_up_at_once(category: Category) -> None:
    assert due([category]) is None


def test_addresses_that_expired_are_fetched_again_without_waiting() -> None:
    assert due([Category.URL_EXPIRED]) == AT


def test_only_failures_of_the_newest_kind_count() -> None:
    """Given many failures of one kind, when one of another comes, then it is the first of its kind."""
    network = [Category.NETWORK] * 8
    assert due(network) is not None
    assert due([*network, Category.NETWORK]) is None
    assert due([*network, Category.MEDIA]) == due([Category.MEDIA])
    assert due([Category.MEDIA, *network, Category.NETWORK]) is None


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({due([Category.NETWORK], job=f"{number:016x}") for number in range(50)}) == 50


def test_a_users_retry_gives_all_attempts_back() -> None:
    """Given a job that spent its attempts, when it is retried by hand, then it has as many again."""
    desk = Desk(submit(), retry=policy(AT))

    def until_given_up() -> int:
        for failures in count(1):
            desk.when(failed(Stage.METADATA, Category.NETWORK, desk.job().attempt))
            if desk.job().state is State.FAILED:
                return failures
            desk.when(WakeJob(job_id=JOB, version=desk.job().version))
        raise AssertionError

    assert until_given_up() == 9
    desk.when(RetryJob(job_id=JOB))
    assert until_given_up() == 9
