"""The site refuses whoever asks, a person lets a job rest, a video is looked at again."""

from datetime import datetime, timedelta

import msgspec
import pytest

from schemas.commands import CancelJob, PauseJob, ResumeJob, RetryJob, WakeJob
from schemas.common import Category, Stage, State
from schemas.events import JobFailed, JobPaused, StageBlocked, StageStarted
from schemas.results import Result, TaskFailed
from tests.jobs import (
    AT,
    JOB,
    OTHER,
    Begin,
    Desk,
    downloaded,
    failed,
    fetched,
    listed,
    listing,
    page,
    stored,
    submit,
    unwanted,
)
from ytarchive.domain.archive_saga import Wake, Withdraw, pending
from ytarchive.domain.views import view

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
REFUSED = failed(Stage.METADATA, Category.RATE_LIMIT, egress="here")


def wake(desk: Desk) -> WakeJob:
    return WakeJob(job_id=JOB, version=desk.job().version)


def test_a_refused_job_rests_and_spends_no_attempt() -> None:
    desk = Desk(submit())
    (blocked,) = desk.when(REFUSED)

    assert isinstance(blocked, StageBlocked)
    assert blocked.until == AT + QUARTER
    assert (desk.job().state, desk.job().due, desk.job().failures) == (State.PAUSED, AT + QUARTER, ())
    assert view(desk.job()).attempts == 0
    assert pending(desk.job()) == (Wake(f"{JOB}:3", AT, AT + QUARTER, wake(desk)),)


def test_after_any_number_of_refusals_it_goes_on_where_it_was() -> None:
    desk = Desk(submit())
    for attempt in range(1, 50):
        desk.when(failed(Stage.METADATA, Category.BOT_CHECK, attempt, egress="here"))
        desk.now = desk.job().due or desk.now
        desk.when(wake(desk))
    desk.when(fetched(50), downloaded(), stored())

    assert desk.job().state is State.ARCHIVED
    assert view(desk.job()).attempts == 3


def test_each_probe_that_is_refused_makes_the_rest_longer() -> None:
    desk, rests = Desk(submit()), []
    for attempt in range(1, 5):
        desk.when(failed(Stage.METADATA, Category.RATE_LIMIT, attempt, egress="here"))
        rests.append((desk.job().due or AT) - desk.now)
        desk.now = desk.job().due or AT
        desk.when(wake(desk))

    assert rests == [QUARTER, 2 * QUARTER, 4 * QUARTER, 8 * QUARTER]


def test_what_is_refused_while_the_rest_lasts_is_the_same_refusal() -> None:
    desk = Desk(submit(), submit(OTHER), REFUSED)
    desk.now += timedelta(minutes=5)
    desk.when(failed(Stage.METADATA, Category.RATE_LIMIT, job_id=OTHER, egress="here"))

    assert desk.catalogue.job(OTHER).due == AT + QUARTER
    refused = desk.catalogue.refusals.refused("here")
    assert refused
    assert (refused.refusals, refused.until) == (1, AT + QUARTER)
    assert [job.job_id for job in desk.catalogue.resting("here")] == [JOB, OTHER]
    assert desk.catalogue.resting("elsewhere") == []


def test_a_refusal_of_nobody_knows_whom_has_the_job_rest_and_nobody_else() -> None:
    desk = Desk(submit(), submit(OTHER))
    for attempt in (1, 2):
        desk.when(failed(Stage.METADATA, Category.RATE_LIMIT, attempt))
        assert desk.job().due == desk.now + QUARTER
        assert view(desk.job()).attempts == 0
        assert desk.catalogue.all_refused(desk.now) == ()
        assert desk.catalogue.refusals.refused("") is None
        desk.now += QUARTER
        desk.when(wake(desk))
        assert desk.job().state is State.RESOLVING


@pytest.mark.parametrize(
    "proof",
    [fetched(2), failed(Stage.METADATA, Category.GONE, 2, egress="here"), unwanted(2)],
    ids=["found", "gone", "unwanted"],
)
def test_an_answer_of_the_site_ends_the_refusal(proof: Result) -> None:
    desk = Desk(submit(), REFUSED)
    desk.now = AT + QUARTER
    desk.when(wake(desk))
    assert [one.egress for one in desk.catalogue.all_refused(desk.now)] == ["here"]
    desk.when(proof)

    assert desk.catalogue.all_refused(desk.now) == ()


def test_an_identity_with_which_nobody_tries_again_is_left_out_in_the_end() -> None:
    desk = Desk(submit(), REFUSED)
    later = AT + QUARTER + HOUR
    assert [one.resting for one in desk.catalogue.all_refused(later)] == [1]
    desk.when(CancelJob(job_id=JOB))
    assert [one.resting for one in desk.catalogue.all_refused(later - QUARTER)] == [0]
    assert desk.catalogue.all_refused(later) == ()


def test_trouble_on_the_way_proves_nothing() -> None:
    desk = Desk(submit(), REFUSED)
    desk.now = AT + QUARTER
    desk.when(wake(desk), failed(Stage.METADATA, Category.NETWORK, 2, egress="here"))

    assert desk.catalogue.refusals.refused("here")


def test_a_download_that_rests_long_asks_for_new_addresses() -> None:
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD, Category.BOT_CHECK, egress="here"))
    assert desk.job().due == AT + HOUR
    assert desk.when(wake(desk)) == (StageStarted(stage=Stage.METADATA, attempt=2),)


def test_a_person_may_go_on_with_a_refused_job_at_once() -> None:
    desk = Desk(submit(), REFUSED)
    desk.now += timedelta(minutes=1)
    assert desk.when(RetryJob(job_id=JOB)) == (StageStarted(stage=Stage.METADATA, attempt=2, by_hand=True),)
    refused = desk.catalogue.refusals.refused("here")
    assert refused
    assert refused.until == desk.now  # one may go and see
    desk.when(fetched(2))
    assert desk.catalogue.refusals.refused("here") is None


def test_a_retry_of_a_job_that_was_not_refused_changes_nothing_for_those_that_were() -> None:
    desk = Desk(submit(), submit(OTHER), REFUSED, failed(Stage.METADATA, job_id=OTHER))
    before = desk.catalogue.refusals.refused("here")
    desk.when(RetryJob(job_id=OTHER))
    assert desk.catalogue.refusals.refused("here") == before


def test_a_second_person_changes_nothing_for_a_probe_that_is_out() -> None:
    desk = Desk(submit(), submit(OTHER), REFUSED)
    desk.when(failed(Stage.METADATA, Category.RATE_LIMIT, job_id=OTHER, egress="here"))
    desk.now += timedelta(minutes=1)
    desk.when(RetryJob(job_id=JOB))
    before = desk.catalogue.refusals.refused("here")
    desk.now += timedelta(minutes=1)
    desk.when(RetryJob(job_id=OTHER))
    assert desk.catalogue.refusals.refused("here") == before


@pytest.mark.parametrize(
    "history",
    [(), (fetched(),), (fetched(), downloaded()), (REFUSED,), (failed(Stage.METADATA),)],
    ids=["resolving", "downloading", "storing", "refused", "waiting"],
)
def test_a_job_rests_until_it_is_resumed_and_keeps_what_it_has(history: tuple[Result, ...]) -> None:
    desk = Desk(submit(), *history)
    stage, attempt = desk.job().stage, desk.job().attempt
    assert desk.when(PauseJob(job_id=JOB, reason="enough")) == (JobPaused(reason="enough"),)
    assert (desk.job().state, desk.job().due, desk.job().failure) == (State.PAUSED, None, None)
    assert pending(desk.job()) == (Withdraw(JOB, keep=True),)
    assert desk.when(PauseJob(job_id=JOB)) == ()

    assert desk.when(ResumeJob(job_id=JOB)) == (StageStarted(stage=stage, attempt=attempt + 1),)
    assert desk.when(ResumeJob(job_id=JOB)) == ()


def test_what_ends_while_a_job_rests_is_late_but_stored_files_are_there() -> None:
    desk = Desk(submit(), fetched(), downloaded(), PauseJob(job_id=JOB))
    assert desk.when(downloaded()) == ()
    desk.when(stored())
    assert desk.job().state is State.ARCHIVED


def test_nothing_to_pause_or_to_resume() -> None:
    desk = Desk()
    assert desk.when(PauseJob(job_id=JOB)) == ()
    desk.when(submit(), CancelJob(job_id=JOB))
    assert desk.when(PauseJob(job_id=JOB)) == ()
    assert desk.when(ResumeJob(job_id=JOB)) == ()


def test_a_cancelled_job_keeps_what_it_has_if_wanted_until_it_is_tried_again() -> None:
    desk = Desk(submit(), fetched(), downloaded(), CancelJob(job_id=JOB, keep=True))
    assert pending(desk.job()) == (Withdraw(JOB, keep=True),)
    desk.when(RetryJob(job_id=JOB))
    assert not desk.job().kept


def test_a_video_that_is_gone_is_looked_at_again_much_later() -> None:
    desk = Desk(submit(), wait=None)
    failing = failed(Stage.METADATA, Category.NEEDS_AUTH)
    later = AT + timedelta(days=30)
    assert desk.when(failing)[-1] == JobFailed(failure=failing.failure, recheck=later)
    assert desk.job().state is State.FAILED
    assert pending(desk.job()) == (Wake(f"{JOB}:4", AT, later, wake(desk)),)

    assert desk.when(wake(desk)) == (StageStarted(stage=Stage.METADATA, attempt=2),)
    desk.when(fetched(2), downloaded(), stored())
    assert desk.job().state is State.ARCHIVED


def test_the_start_of_a_premiere_is_waited_for() -> None:
    desk, start = Desk(submit()), AT + timedelta(days=3)
    failing = failed(Stage.METADATA, Category.NOT_YET)
    desk.when(_announced(failing, start))
    assert (desk.job().state, desk.job().due) == (State.WAITING, start)


def test_a_start_that_is_over_is_not_waited_for() -> None:
    desk = Desk(submit())
    desk.when(_announced(failed(Stage.METADATA, Category.NOT_YET), AT - HOUR))
    assert desk.job().due == AT + timedelta(minutes=1)


def _announced(result: TaskFailed, start: datetime) -> TaskFailed:
    failure = msgspec.structs.replace(result.failure, not_before=start)
    return msgspec.structs.replace(result, failure=failure)


@pytest.mark.parametrize("proof", [page(1, "one", attempt=2), listed(0, 2)], ids=["page", "end"])
def test_a_list_that_comes_ends_the_refusal(proof: Result) -> None:
    desk = Desk(listing(), failed(Stage.LISTING, Category.RATE_LIMIT, egress="here"))
    desk.now = AT + QUARTER
    desk.when(wake(desk))
    assert list(desk.catalogue.refusals) == ["here"]
    assert desk.catalogue.refusals.refused("here")
    desk.when(proof)
    assert desk.catalogue.refusals.refused("here") is None


def test_a_list_that_rests_however_long_goes_on_behind_its_last_page() -> None:
    begin: Begin = listing()
    desk = Desk(begin, page(1, "one"), failed(Stage.LISTING, Category.BOT_CHECK, egress="here"))
    assert desk.job().due == AT + HOUR
    desk.when(wake(desk))
    assert (desk.job().state, desk.job().pages, desk.job().resume) == (State.LISTING, 1, "behind 1")
