from datetime import timedelta

import msgspec
import pytest

from schemas.commands import CancelJob, PauseJob, ResumeJob, RetryJob
from schemas.common import BatchState, Category, Priority, Stage, State
from schemas.queries import BatchView, JobView
from tests.jobs import (
    AT,
    BATCH,
    CHANNEL,
    JOB,
    MEDIA,
    OTHER,
    THIRD,
    URL,
    Desk,
    downloaded,
    failed,
    failure,
    fetched,
    listing,
    of_batch,
    page,
    stored,
    submit,
    unwanted,
)
from ytarchive.domain.batch import Batch
from ytarchive.domain.job import Job
from ytarchive.domain.tally import Tally
from ytarchive.domain.views import batch_view, paused_by_hand, view


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


def test_a_job_of_a_batch_shows_the_batch_and_what_it_is_called_before_it_is_looked_up() -> None:
    desk = Desk(listing(), page(1, "one", "two"))
    shown = view(desk.job())
    assert (shown.batch, shown.lists, shown.entries, shown.title) == (BATCH, True, 2, "jawed")
    assert (shown.url, shown.state, shown.video_id) == (CHANNEL, State.LISTING, None)


def test_a_skipped_video_shows_why() -> None:
    shown = view(Desk(submit(), unwanted()).job())
    assert (shown.state, shown.reason, shown.error) == (State.SKIPPED, "too short", None)


def test_a_follower_shows_whom_it_waits_for_and_no_time() -> None:
    shown = view(Desk(submit(OTHER), fetched(job_id=OTHER), submit(), fetched()).job())
    assert (shown.state, shown.of, shown.due) == (State.WAITING, OTHER, None)


def test_who_was_paused_by_hand_is_told_from_who_is_refused() -> None:
    desk = Desk(submit(), failed(Stage.METADATA, Category.RATE_LIMIT))
    assert not paused_by_hand(view(desk.job()))
    desk.when(PauseJob(job_id=JOB))
    assert paused_by_hand(view(desk.job()))
    assert paused_by_hand(desk.job())


RUNNING = Batch(batch_id=BATCH, version=3, title="jawed", sources=4, videos=3, priority=Priority.LOW)


def batch_of(*, listed: bool = True) -> Tally:
    """A batch of one list with five entries; of two videos, one is archived."""
    desk = Desk(of_batch(), fetched(), downloaded(), stored(), of_batch(OTHER))
    if listed:
        desk.when(listing(THIRD), page(1, *"abcde", job_id=THIRD))
    return desk.catalogue.tally(BATCH)


def test_a_batch_shows_what_its_jobs_come_to_and_how_many_have_none_yet() -> None:
    assert batch_view(RUNNING, batch_of(), (2, 1, 6)) == BatchView(
        batch_id=BATCH,
        title="jawed",
        state=BatchState.RUNNING,
        priority=Priority.LOW,
        sources=4,
        counts={State.ARCHIVED: 1, State.RESOLVING: 1},
        listings={State.LISTING: 1},
        known=2,
        skipped=1,
        queued=3 + 5 - 6,
        version=3,
    )


def test_what_several_lists_have_is_no_longer_queued_once_it_was_looked_at() -> None:
    assert batch_view(RUNNING, batch_of(), (0, 0, 8)).queued == 0


def test_what_was_passed_over_is_not_forgotten_while_a_batch_is_walked_once_more() -> None:
    before = msgspec.structs.replace(RUNNING, known=3, skipped=2)
    shown = [batch_view(before, batch_of(), passed) for passed in (None, (1, 0, 2), (4, 3, 8))]
    assert [(one.known, one.skipped, one.queued) for one in shown] == [(3, 2, 1), (3, 2, 1), (4, 3, 0)]


def test_the_addresses_of_a_batch_that_was_not_begun_are_queued() -> None:
    assert batch_view(RUNNING, Tally(), None).queued == 3


def test_a_batch_that_has_finished_shows_what_it_had_passed_over_and_nothing_queued() -> None:
    finished = msgspec.structs.replace(RUNNING, state=BatchState.FINISHED, known=7, skipped=2)
    shown = batch_view(finished, batch_of(), None)
    assert (shown.known, shown.skipped, shown.queued) == (7, 2, 0)


def test_no_fewer_than_none_are_queued() -> None:
    assert batch_view(RUNNING, batch_of(listed=False), (9, 9, 18)).queued == 0
