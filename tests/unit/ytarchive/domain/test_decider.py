from datetime import timedelta

import msgspec
import pytest

from schemas.commands import CancelJob, JobCommand, PauseJob, ResumeJob, RetryJob, SubmitVideo, WakeJob
from schemas.common import Category, Entry, Stage, State, Video
from schemas.events import (
    AttemptFailed,
    DuplicateFound,
    JobCancelled,
    JobFailed,
    JobSubmitted,
    LeaderFollowed,
    ListingFinished,
    MediaDownloaded,
    MetadataRecorded,
    PageRecorded,
    RetryScheduled,
    StageStarted,
    VideoArchived,
    VideoSkipped,
)
from schemas.options import ArchiveOptions
from schemas.results import Result
from tests.jobs import (
    AT,
    JOB,
    MEDIA,
    METADATA,
    OTHER,
    THIRD,
    URL,
    VERIFIED,
    VIDEO,
    Begin,
    Desk,
    downloaded,
    entries,
    failed,
    failure,
    fetched,
    listed,
    listing,
    page,
    staging,
    stored,
    submit,
    unwanted,
)
from ytarchive.domain.job import ACTIVE, FailedAttempt

CANCEL, RETRY = CancelJob(job_id=JOB, reason="enough"), RetryJob(job_id=JOB)
TO_RESOLVING: tuple[JobCommand | Result, ...] = (submit(),)
TO_DOWNLOADING = (*TO_RESOLVING, fetched())
TO_STORING = (*TO_DOWNLOADING, downloaded())
TO_ARCHIVED = (*TO_STORING, stored())
TO_WAITING = (*TO_DOWNLOADING, failed(Stage.DOWNLOAD))
TO_CANCELLED = (*TO_STORING, CANCEL)
TO_LISTED = (listing(), page(1, "one"), listed(1))
TO_FAILED: dict[Stage, tuple[JobCommand | Result | Begin, ...]] = {
    Stage.LISTING: (listing(), failed(Stage.LISTING)),
    Stage.METADATA: (*TO_RESOLVING, failed(Stage.METADATA)),
    Stage.DOWNLOAD: (*TO_DOWNLOADING, failed(Stage.DOWNLOAD)),
    Stage.STORAGE: (*TO_STORING, failed(Stage.STORAGE)),
}
OTHERS = (
    submit(OTHER),
    fetched(job_id=OTHER),
    downloaded(job_id=OTHER),
    stored(job_id=OTHER),
)
"""Another job, which archives the same video."""


def wake(desk: Desk, job_id: str = JOB) -> WakeJob:
    return WakeJob(job_id=job_id, version=desk.job(job_id).version)


def test_a_submission_starts_with_the_metadata() -> None:
    desk = Desk()
    assert desk.when(SubmitVideo(job_id=JOB, url=URL)) == (
        JobSubmitted(url=URL, options=ArchiveOptions()),
        StageStarted(stage=Stage.METADATA, attempt=1),
    )
    assert (desk.job().state, desk.job().version, desk.job().url) == (State.RESOLVING, 2, URL)
    assert (desk.job().submitted_at, desk.job().updated_at) == (AT, AT)
    assert desk.job().correlation_id == "conversation"


def test_known_metadata_starts_the_download() -> None:
    desk = Desk(*TO_RESOLVING)
    assert desk.when(fetched()) == (
        MetadataRecorded(video=VIDEO, metadata=METADATA, extraction="extraction", egress="here"),
        StageStarted(stage=Stage.DOWNLOAD, attempt=1),
    )
    assert desk.job().state is State.DOWNLOADING
    assert (desk.job().video, desk.job().metadata, desk.job().extraction) == (VIDEO, METADATA, "extraction")


def test_a_complete_download_starts_the_storing() -> None:
    desk = Desk(*TO_DOWNLOADING)
    assert desk.when(downloaded(node="attic")) == (
        MediaDownloaded(staging=staging("attic"), egress="attic"),
        StageStarted(stage=Stage.STORAGE, attempt=1),
    )
    assert (desk.job().state, desk.job().staging) == (State.STORING, staging("attic"))


def test_verified_files_make_the_job_archived() -> None:
    desk = Desk(*TO_STORING)
    assert desk.when(stored()) == (VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED),)
    assert (desk.job().state, desk.job().files, desk.job().verified) == (State.ARCHIVED, (MEDIA,), VERIFIED)
    assert desk.job().version == 7


def test_a_video_that_is_archived_already_is_a_duplicate() -> None:
    desk = Desk(*OTHERS, submit())
    assert desk.when(fetched()) == (
        MetadataRecorded(video=VIDEO, metadata=METADATA, extraction="extraction", egress="here"),
        DuplicateFound(of=OTHER, files=(MEDIA,)),
    )
    assert (desk.job().state, desk.job().of, desk.job().files) == (State.DUPLICATE, OTHER, (MEDIA,))


def test_a_video_that_another_job_archived_during_the_download_is_a_duplicate() -> None:
    """Given two jobs at work on it, one of them by force, then who is later has nothing to store."""
    desk = Desk(*TO_DOWNLOADING, submit(OTHER, force=True), *OTHERS[1:])
    assert desk.when(downloaded()) == (
        MediaDownloaded(staging=staging(), egress="here"),
        DuplicateFound(of=OTHER, files=(MEDIA,)),
    )


def test_what_is_archived_already_is_archived_again_by_force() -> None:
    desk = Desk(*OTHERS, submit(force=True))
    assert desk.when(fetched())[-1] == StageStarted(stage=Stage.DOWNLOAD, attempt=1)
    assert desk.when(downloaded())[-1] == StageStarted(stage=Stage.STORAGE, attempt=1)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_failure_that_may_pass_makes_the_job_wait_and_go_on_where_it_was(stage: Stage) -> None:
    desk = Desk(*TO_FAILED[stage][:-1])
    assert desk.when(TO_FAILED[stage][-1]) == (
        AttemptFailed(stage=stage, attempt=1, failure=failure(), node="here"),
        RetryScheduled(stage=stage, due=AT + timedelta(minutes=1)),
    )
    assert desk.job().state is State.WAITING
    assert (desk.job().failure, desk.job().due) == (failure(), AT + timedelta(minutes=1))
    assert desk.when(wake(desk)) == (StageStarted(stage=stage, attempt=2),)
    assert (desk.job().state, desk.job().due, desk.job().failure) == (ACTIVE[stage], None, None)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_failure_that_stays_makes_the_job_fail(stage: Stage) -> None:
    desk = Desk(*TO_FAILED[stage][:-1], wait=None)
    assert desk.when(TO_FAILED[stage][-1]) == (
        AttemptFailed(stage=stage, attempt=1, failure=failure(), node="here"),
        JobFailed(failure=failure()),
    )
    assert (desk.job().state, desk.job().failure, desk.job().due) == (State.FAILED, failure(), None)


@pytest.mark.parametrize(
    ("stage", "category", "hours", "goes_on"),
    [
        (Stage.DOWNLOAD, Category.URL_EXPIRED, 0, Stage.METADATA),
        (Stage.DOWNLOAD, Category.NETWORK, 0, Stage.DOWNLOAD),
        (Stage.DOWNLOAD, Category.NETWORK, 1, Stage.METADATA),
        (Stage.DOWNLOAD, Category.MEDIA, 0, Stage.DOWNLOAD),
        (Stage.METADATA, Category.NOT_YET, 6, Stage.METADATA),
        (Stage.STORAGE, Category.MEDIA, 0, Stage.DOWNLOAD),
        (Stage.STORAGE, Category.DISK, 6, Stage.STORAGE),
        (Stage.LISTING, Category.NETWORK, 6, Stage.LISTING),
    ],
)
def test_where_a_job_goes_on_depends_on_what_went_wrong_and_how_long_it_waits(
    stage: Stage, category: Category, hours: int, goes_on: Stage
) -> None:
    desk = Desk(*TO_FAILED[stage][:-1], wait=timedelta(hours=hours))
    scheduled = desk.when(failed(stage, category))[-1]
    assert scheduled == RetryScheduled(stage=goes_on, due=AT + timedelta(hours=hours))
    desk.when(wake(desk))
    assert desk.job().stage is goes_on


def test_addresses_that_expired_are_fetched_again_before_the_next_download() -> None:
    """Given addresses that expired, when metadata is known anew, then the download has the new ones."""
    desk = Desk(*TO_DOWNLOADING, failed(Stage.DOWNLOAD, Category.URL_EXPIRED))
    desk.when(wake(desk), fetched(2, extraction="fresh"))
    assert (desk.job().state, desk.job().attempt, desk.job().extraction) == (State.DOWNLOADING, 2, "fresh")


def test_media_that_proved_damaged_is_downloaded_and_stored_again() -> None:
    desk = Desk(*TO_STORING, failed(Stage.STORAGE, Category.MEDIA))
    desk.when(wake(desk))
    assert (desk.job().state, desk.job().attempt) == (State.DOWNLOADING, 2)
    desk.when(downloaded(2), stored(2))
    assert desk.job().state is State.ARCHIVED


def test_the_retry_policy_sees_all_failures_with_the_newest_last() -> None:
    desk = Desk(*TO_RESOLVING, failed(Stage.METADATA, Category.EXTRACTOR))
    desk.when(wake(desk), fetched(2), failed(Stage.DOWNLOAD, Category.NETWORK))
    assert desk.failures == desk.job().failures
    assert desk.failures == (
        FailedAttempt(Stage.METADATA, Category.EXTRACTOR, AT),
        FailedAttempt(Stage.DOWNLOAD, Category.NETWORK, AT),
    )


ACTIVE_OR_WAITING = {
    "resolving": TO_RESOLVING,
    "downloading": TO_DOWNLOADING,
    "storing": TO_STORING,
    "waiting": TO_WAITING,
    "listing": (listing(), page(1, "one")),
}


@pytest.mark.parametrize("history", ACTIVE_OR_WAITING.values(), ids=ACTIVE_OR_WAITING)
def test_a_job_can_be_cancelled_at_any_stage(history: tuple[JobCommand | Result | Begin, ...]) -> None:
    desk = Desk(*history)
    version = desk.job().version
    assert desk.when(CANCEL) == (JobCancelled(reason="enough"),)
    assert (desk.job().state, desk.job().due, desk.job().version) == (State.CANCELLED, None, version + 1)


def test_a_job_that_waits_is_retried_at_once_where_it_was() -> None:
    desk = Desk(*TO_WAITING)
    assert desk.when(RETRY) == (StageStarted(stage=Stage.DOWNLOAD, attempt=2, by_hand=True),)
    assert desk.job().state is State.DOWNLOADING


@pytest.mark.parametrize("history", [TO_FAILED[Stage.STORAGE], (*TO_STORING, CANCEL)])
def test_a_job_that_has_failed_or_was_cancelled_is_retried_from_the_metadata_on(
    history: tuple[JobCommand | Result | Begin, ...],
) -> None:
    desk = Desk(*history, wait=None)
    assert desk.when(RETRY) == (StageStarted(stage=Stage.METADATA, attempt=2, by_hand=True),)
    assert desk.job().state is State.RESOLVING
    desk.when(fetched(2), downloaded(2), stored(2))
    assert desk.job().state is State.ARCHIVED


@pytest.mark.parametrize(("history", "wait"), [(TO_WAITING, timedelta(1)), (TO_FAILED[Stage.DOWNLOAD], None)])
def test_a_retry_by_hand_forgives_the_failures_before(
    history: tuple[JobCommand | Result | Begin, ...], wait: timedelta | None
) -> None:
    desk = Desk(*history, wait=wait)
    assert len(desk.job().failures) == 1
    desk.when(RETRY)
    assert desk.job().failures == ()


def test_a_retry_by_the_clock_forgives_nothing() -> None:
    desk = Desk(*TO_WAITING)
    desk.when(wake(desk))
    assert len(desk.job().failures) == 1


@pytest.mark.parametrize(
    "again",
    [
        TO_RESOLVING,
        TO_DOWNLOADING,
        TO_STORING,
        TO_ARCHIVED,
        TO_WAITING,
        TO_CANCELLED,
        (*TO_WAITING, RETRY),
        TO_LISTED[:2],
        TO_LISTED,
        (submit(), unwanted()),
    ],
    ids=lambda history: type(history[-1]).__name__,
)
def test_the_same_message_a_second_time_leads_to_nothing(
    again: tuple[JobCommand | Result | Begin, ...],
) -> None:
    desk = Desk(*again)
    assert desk.when(again[-1]) == ()


@pytest.mark.parametrize(
    "history",
    [
        TO_ARCHIVED,
        (*TO_DOWNLOADING, CANCEL),
        TO_WAITING,
        (*TO_STORING, CANCEL, RETRY),
        (submit(), unwanted()),
    ],
    ids=["archived", "cancelled while downloading", "waiting", "retried", "skipped"],
)
@pytest.mark.parametrize(
    "late",
    [
        submit(),
        fetched(),
        downloaded(),
        stored(),
        failed(Stage.METADATA),
        failed(Stage.DOWNLOAD),
        failed(Stage.STORAGE),
        failed(Stage.LISTING),
        unwanted(),
        page(1, "one"),
        listed(1),
        WakeJob(job_id=JOB, version=4),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_late_message_changes_nothing(
    history: tuple[JobCommand | Result | Begin, ...], late: JobCommand | Result
) -> None:
    assert Desk(*history).when(late) == ()


@pytest.mark.parametrize(
    "message",
    [
        CANCEL,
        RETRY,
        WakeJob(job_id=JOB, version=0),
        fetched(),
        downloaded(),
        stored(),
        failed(Stage.METADATA),
        unwanted(),
        page(1, "one"),
        listed(0),
    ],
)
def test_a_job_nobody_submitted_hears_nothing(message: JobCommand | Result) -> None:
    desk = Desk()
    assert desk.when(message) == ()
    assert len(desk.catalogue) == 0


@pytest.mark.parametrize("message", [CANCEL, RETRY])
@pytest.mark.parametrize(
    "history", [TO_ARCHIVED, (*OTHERS, submit(), fetched())], ids=["archived", "duplicate"]
)
def test_what_has_come_to_its_end_is_neither_cancelled_nor_retried(
    history: tuple[JobCommand | Result | Begin, ...], message: JobCommand
) -> None:
    assert Desk(*history).when(message) == ()


def test_a_timer_of_an_earlier_wait_wakes_nobody() -> None:
    """Given a second wait, when the timer of the first goes off, then nothing happens."""
    desk = Desk(*TO_WAITING)
    first = wake(desk)
    desk.when(first, failed(Stage.DOWNLOAD, attempt=2))
    assert desk.job().state is State.WAITING
    assert desk.when(first) == ()


@pytest.mark.parametrize(
    ("history", "wait"),
    [(TO_CANCELLED, None), (TO_FAILED[Stage.STORAGE], None), (TO_FAILED[Stage.STORAGE], timedelta(1))],
    ids=["cancelled", "failed", "waiting"],
)
def test_files_that_have_reached_the_library_are_recorded_although_the_job_went_another_way(
    history: tuple[JobCommand | Result | Begin, ...], wait: timedelta | None
) -> None:
    """Given a job stopped while its files were stored, when they prove to be there, then the log says so."""
    desk = Desk(*history, wait=wait)
    assert desk.when(stored()) == (VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED),)
    assert (desk.job().state, desk.job().files, desk.job().due) == (State.ARCHIVED, (MEDIA,), None)
    assert desk.catalogue.archived(VIDEO.key) is not None


def test_every_node_that_may_hold_staged_files_is_remembered() -> None:
    """Given a failed lookup, a failed and a complete download, then only the downloads count."""
    desk = Desk(*TO_RESOLVING, failed(Stage.METADATA, node="cellar"))
    desk.when(wake(desk), fetched(2), failed(Stage.DOWNLOAD, node="attic"))
    desk.when(wake(desk), downloaded(2, node="shed"))
    assert desk.job().nodes == {"attic", "shed"}


def test_a_video_that_its_metadata_shows_to_be_unwanted_is_skipped() -> None:
    desk = Desk(submit())
    assert desk.when(unwanted()) == (VideoSkipped(video=VIDEO, reason="too short", egress="here"),)
    assert (desk.job().state, desk.job().reason, desk.job().video) == (State.SKIPPED, "too short", VIDEO)
    assert desk.when(RETRY) == ()


# following another job of the same video

BOTH = (*TO_DOWNLOADING, submit(OTHER), fetched(job_id=OTHER))
"""A job that downloads, and another that found it at work on the same video."""


def test_who_finds_another_job_at_work_on_the_video_follows_it() -> None:
    desk = Desk(*TO_DOWNLOADING, submit(OTHER))
    assert desk.when(fetched(job_id=OTHER))[1:] == (LeaderFollowed(of=JOB),)
    job = desk.job(OTHER)
    assert (job.state, job.due, job.of, job.follows, job.active) == (State.WAITING, None, JOB, True, False)


@pytest.mark.parametrize("leaders", [(), (downloaded(),)], ids=["downloading", "storing"])
def test_a_follower_that_is_woken_while_its_leader_works_goes_on_waiting(leaders: tuple[Result, ...]) -> None:
    desk = Desk(*BOTH, *leaders)
    assert desk.when(wake(desk, OTHER)) == ()


def test_a_follower_whose_leader_has_archived_is_a_duplicate() -> None:
    desk = Desk(*BOTH, downloaded(), stored())
    assert desk.when(wake(desk, OTHER)) == (DuplicateFound(of=JOB, files=(MEDIA,)),)


@pytest.mark.parametrize(
    "end",
    [CANCEL, PauseJob(job_id=JOB), failed(Stage.DOWNLOAD), failed(Stage.DOWNLOAD, Category.RATE_LIMIT)],
    ids=["cancelled", "paused", "waiting", "refused"],
)
def test_a_follower_whose_leader_is_no_longer_at_work_leads_itself(end: JobCommand | Result) -> None:
    desk = Desk(*BOTH, end)
    assert desk.when(wake(desk, OTHER)) == (StageStarted(stage=Stage.DOWNLOAD, attempt=1),)
    assert (desk.job(OTHER).state, desk.job(OTHER).of) == (State.DOWNLOADING, None)


def test_of_two_followers_the_second_follows_the_first() -> None:
    desk = Desk(*BOTH, submit(THIRD), fetched(job_id=THIRD), CANCEL)
    desk.when(wake(desk, OTHER))
    assert desk.when(wake(desk, THIRD)) == (LeaderFollowed(of=OTHER),)
    desk.when(downloaded(job_id=OTHER), stored(job_id=OTHER))
    assert desk.when(wake(desk, THIRD)) == (DuplicateFound(of=OTHER, files=(MEDIA,)),)


def test_a_leader_whose_time_has_come_again_follows_who_went_on_without_it() -> None:
    desk = Desk(*BOTH, failed(Stage.DOWNLOAD))
    desk.when(wake(desk, OTHER))
    assert desk.when(wake(desk)) == (LeaderFollowed(of=OTHER),)


def test_by_force_nobody_is_followed_and_nobody_follows() -> None:
    desk = Desk(*TO_DOWNLOADING, submit(OTHER, force=True))
    assert desk.when(fetched(job_id=OTHER))[1:] == (StageStarted(stage=Stage.DOWNLOAD, attempt=1),)
    desk.when(CANCEL, submit(THIRD))
    assert desk.when(fetched(job_id=THIRD))[1:] == (StageStarted(stage=Stage.DOWNLOAD, attempt=1),)


def test_a_person_may_have_a_follower_go_on_beside_its_leader() -> None:
    desk = Desk(*BOTH)
    retried = desk.when(RetryJob(job_id=OTHER))
    assert retried == (StageStarted(stage=Stage.DOWNLOAD, attempt=1, by_hand=True),)


def test_a_follower_that_was_paused_follows_again_when_it_is_resumed() -> None:
    desk = Desk(*BOTH, PauseJob(job_id=OTHER))
    assert not desk.job(OTHER).follows
    assert desk.when(wake(desk, OTHER)) == ()
    assert desk.when(ResumeJob(job_id=OTHER)) == (LeaderFollowed(of=JOB),)


def test_a_download_that_was_paused_is_not_begun_again_when_another_job_was_faster() -> None:
    desk = Desk(*BOTH, PauseJob(job_id=JOB))
    desk.when(wake(desk, OTHER), downloaded(job_id=OTHER), stored(job_id=OTHER))
    assert desk.when(ResumeJob(job_id=JOB)) == (DuplicateFound(of=OTHER, files=(MEDIA,)),)


def test_a_follower_can_be_cancelled() -> None:
    desk = Desk(*BOTH)
    desk.when(CancelJob(job_id=OTHER))
    assert (desk.job(OTHER).state, desk.job().state) == (State.CANCELLED, State.DOWNLOADING)


def test_who_turns_out_to_be_at_another_video_leads_nobody() -> None:
    """Given a leader whose address leads elsewhere when it looks again, then its followers go on."""
    desk = Desk(*BOTH, failed(Stage.DOWNLOAD, Category.URL_EXPIRED))
    elsewhere: Video = msgspec.structs.replace(VIDEO, video_id="elsewhere")
    desk.when(wake(desk), msgspec.structs.replace(fetched(2), video=elsewhere))
    assert desk.when(wake(desk, OTHER)) == (StageStarted(stage=Stage.DOWNLOAD, attempt=1),)


# listing


def test_a_list_is_begun_with_its_first_page() -> None:
    assert Desk().when(listing())[1:] == (StageStarted(stage=Stage.LISTING, attempt=1),)


def test_pages_are_recorded_in_their_order_and_once() -> None:
    desk = Desk(listing())
    assert desk.when(page(2, "two")) == ()
    first = page(1, "one", tab="videos", met="known")
    assert desk.when(first) == (
        PageRecorded(
            page=1,
            entries=entries("one"),
            resume="behind 1",
            title="jawed",
            tab="videos",
            met="known",
            egress="here",
        ),
    )
    assert desk.when(page(1, "one")) == ()
    assert desk.when(page(3, "three")) == ()
    assert [event.page for event in desk.when(page(2, "two")) if isinstance(event, PageRecorded)] == [2]
    assert desk.job().state is State.LISTING


def test_a_page_says_what_is_archived_already() -> None:
    desk = Desk(*OTHERS, listing())
    first = page(1, "other", VIDEO.video_id)
    skipped = Entry(video_id=VIDEO.video_id, skip="too short")
    (recorded,) = desk.when(msgspec.structs.replace(first, entries=(*first.entries, skipped)))
    assert isinstance(recorded, PageRecorded)
    assert [(entry.of, entry.skip) for entry in recorded.entries] == [
        (None, ""),
        (OTHER, ""),
        (None, "too short"),
    ]


def test_a_list_of_which_all_pages_are_known_is_finished() -> None:
    desk = Desk(listing(), page(1, "one"))
    assert desk.when(listed(1, met="known")) == (ListingFinished(title="jawed", met="known", egress="here"),)
    assert (desk.job().state, desk.job().state.final) == (State.LISTED, True)
    assert desk.when(RETRY) == ()


def test_a_list_may_be_empty() -> None:
    desk = Desk(listing(), listed(0))
    assert (desk.job().state, desk.job().entries) == (State.LISTED, 0)


def test_a_list_of_which_a_page_was_lost_is_gone_on_with_from_there() -> None:
    desk = Desk(listing(), page(1, "one"), page(3, "three"))
    assert desk.when(listed(3)) == (StageStarted(stage=Stage.LISTING, attempt=2),)
    assert (desk.job().pages, desk.job().resume) == (1, "behind 1")
    assert desk.when(page(2, "two")) == (), "of the attempt before"
    desk.when(page(2, "two", attempt=2), page(3, "three", attempt=2), listed(3, 2))
    assert (desk.job().state, desk.job().entries) == (State.LISTED, 3)


def test_a_list_that_loses_the_same_page_again_and_again_fails_in_the_end() -> None:
    desk = Desk(
        listing(), page(1, "one"), listed(3), retry=lambda _, failures: AT if failures[1:] == () else None
    )
    failed_, scheduled = desk.when(listed(3, 2))
    assert isinstance(failed_, AttemptFailed)
    assert (failed_.stage, failed_.attempt, failed_.failure.category) == (Stage.LISTING, 2, Category.NETWORK)
    assert failed_.failure.message == "page 2 of the list is lost on its way"
    assert scheduled == RetryScheduled(stage=Stage.LISTING, due=AT)
    desk.when(wake(desk))
    given_up = desk.when(listed(3, 3))
    assert [type(event) for event in given_up] == [AttemptFailed, JobFailed]
    assert (desk.job().entries, desk.job().pages) == (1, 1)


@pytest.mark.parametrize("hours", [0, 6])
def test_a_list_that_failed_goes_on_behind_its_last_page_however_long_it_waited(hours: int) -> None:
    desk = Desk(listing(), page(1, "one"), failed(Stage.LISTING), wait=timedelta(hours=hours))
    assert desk.when(wake(desk)) == (StageStarted(stage=Stage.LISTING, attempt=2),)
    assert (desk.job().pages, desk.job().resume) == (1, "behind 1")


def test_a_list_that_was_cancelled_or_paused_goes_on_where_it_was_by_hand() -> None:
    desk = Desk(listing(), page(1, "one"), CANCEL)
    assert desk.when(page(2, "two")) == ()
    assert desk.when(RETRY) == (StageStarted(stage=Stage.LISTING, attempt=2, by_hand=True),)
    desk.when(PauseJob(job_id=JOB))
    assert desk.when(ResumeJob(job_id=JOB)) == (StageStarted(stage=Stage.LISTING, attempt=3),)
    desk.when(page(2, "two", attempt=3))
    assert desk.job().pages == 2


def test_a_list_that_failed_for_good_is_looked_at_again_from_where_it_was() -> None:
    desk = Desk(listing(), page(1, "one"), failed(Stage.LISTING, Category.NEEDS_AUTH), wait=None)
    assert desk.job().due
    assert desk.when(wake(desk)) == (StageStarted(stage=Stage.LISTING, attempt=2),)
