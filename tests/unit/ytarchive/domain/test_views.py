from datetime import timedelta

import pytest

from schemas.commands import CancelJob, PauseJob, ResumeJob, RetryJob
from schemas.common import Category, Stage, State
from schemas.queries import JobView
from tests.jobs import AT, JOB, MEDIA, OTHER, URL, Desk, downloaded, failed, failure, fetched, stored, submit
from ytarchive.domain.job import Job
from ytarchive.domain.views import view


def test_a_new_job_shows_what_was_asked() -> None:
    assert view(Desk(submit()).job()) == JobView(
        job_id=JOB,
        url=URL,
        state=State.RESOLVING,
        attempts=1,
        submitted_at=AT,
        updated_at=AT,
        version=2,
    )


def test_an_archived_job_shows_its_video_and_files() -> None:
    shown = view(Desk(submit(), fetched(), downloaded(), stored()).job())
    assert (shown.state, shown.video_id, shown.title) == (State.ARCHIVED, "jNQXAC9IVRw", "Me at the zoo")
    assert (shown.files, shown.error, shown.attempts) == ((MEDIA,), None, 3)


def test_a_duplicate_shows_the_job_and_the_files_it_repeats() -> None:
    desk = Desk(submit(OTHER), *(make(job_id=OTHER) for make in (fetched, downloaded, stored)))
    desk.when(submit(), fetched())
    shown = view(desk.job())
    assert (shown.state, shown.of, shown.files) == (State.DUPLICATE, OTHER, (MEDIA,))


def test_a_job_that_waits_shows_why_and_until_when() -> None:
    shown = view(Desk(submit(), failed(Stage.METADATA, Category.EXTRACTOR)).job())
    assert (shown.state, shown.error) == (State.WAITING, failure(Category.EXTRACTOR))
    assert shown.due == AT + timedelta(minutes=1)


def test_a_job_that_failed_shows_why_for_good() -> None:
    shown = view(Desk(submit(), failed(Stage.METADATA), wait=None).job())
    assert (shown.state, shown.error, shown.due) == (State.FAILED, failure(), None)


@pytest.mark.parametrize("last", [RetryJob(job_id=JOB), CancelJob(job_id=JOB)])
def test_an_error_that_is_over_is_not_shown(last: RetryJob | CancelJob) -> None:
    shown = view(Desk(submit(), failed(Stage.METADATA), last).job())
    assert (shown.error, shown.due) == (None, None)


def test_what_a_person_said_who_paused_or_cancelled_a_job_is_shown_until_it_goes_on() -> None:
    desk = Desk(submit(), fetched(), downloaded(), PauseJob(job_id=JOB, reason="dinner"))
    assert view(desk.job()).reason == "dinner"
    desk.when(ResumeJob(job_id=JOB))
    assert view(desk.job()).reason == ""
    desk.when(CancelJob(job_id=JOB, reason="enough"))
    assert view(desk.job()).reason == "enough"
    desk.when(stored(2))
    assert (view(desk.job()).state, view(desk.job()).reason) == (State.ARCHIVED, "")


def test_a_job_nobody_knows_can_be_shown() -> None:
    assert view(Job(job_id=JOB)) == JobView(job_id=JOB, url="", state=State.SUBMITTED)
