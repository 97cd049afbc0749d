from datetime import timedelta

import msgspec
import pytest

from schemas.commands import CancelJob, JobCommand, RetryJob, SubmitVideo, WakeJob
from schemas.common import Category, Stage, State
from schemas.events import (
    AttemptFailed,
    DuplicateFound,
    JobCancelled,
    JobFailed,
    JobSubmitted,
    MediaDownloaded,
    MetadataRecorded,
    RetryScheduled,
    StageStarted,
    VideoArchived,
)
from schemas.options import ArchiveOptions
from schemas.results import Result
from tests.jobs import (
    AT,
    JOB,
    MEDIA,
    METADATA,
    OTHER,
    URL,
    VERIFIED,
    VIDEO,
    Desk,
    downloaded,
    failed,
    failure,
    fetched,
    staging,
    stored,
    submit,
)
from ytarchive.domain.job import ACTIVE, FailedAttempt, Job

CANCEL, RETRY = CancelJob(job_id=JOB, reason="enough"), RetryJob(job_id=JOB)
TO_RESOLVING: tuple[JobCommand | Result, ...] = (submit(),)
TO_DOWNLOADING = (*TO_RESOLVING, fetched())
TO_STORING = (*TO_DOWNLOADING, downloaded())
TO_ARCHIVED = (*TO_STORING, stored())
TO_WAITING = (*TO_DOWNLOADING, failed(Stage.DOWNLOAD))
TO_CANCELLED = (*TO_STORING, CANCEL)
TO_FAILED = {
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


def wake(desk: Desk) -> WakeJob:
    return WakeJob(job_id=JOB, version=desk.job().version)


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
    desk = Desk(*TO_DOWNLOADING, *OTHERS)
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
}


@pytest.mark.parametrize("history", ACTIVE_OR_WAITING.values(), ids=ACTIVE_OR_WAITING)
def test_a_job_can_be_cancelled_at_any_stage(history: tuple[JobCommand | Result, ...]) -> None:
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
    history: tuple[JobCommand | Result, ...],
) -> None:
    desk = Desk(*history, wait=None)
    assert desk.when(RETRY) == (StageStarted(stage=Stage.METADATA, attempt=2, by_hand=True),)
    assert desk.job().state is State.RESOLVING
    desk.when(fetched(2), downloaded(2), stored(2))
    assert desk.job().state is State.ARCHIVED


@pytest.mark.parametrize(("history", "wait"), [(TO_WAITING, timedelta(1)), (TO_FAILED[Stage.DOWNLOAD], None)])
def test_a_retry_by_hand_forgives_the_failures_before(
    history: tuple[JobCommand | Result, ...], wait: timedelta | None
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
    [TO_RESOLVING, TO_DOWNLOADING, TO_STORING, TO_ARCHIVED, TO_WAITING, TO_CANCELLED, (*TO_WAITING, RETRY)],
    ids=lambda history: type(history[-1]).__name__,
)
def test_the_same_message_a_second_time_leads_to_nothing(again: tuple[JobCommand | Result, ...]) -> None:
    desk = Desk(*again)
    assert desk.when(again[-1]) == ()


@pytest.mark.parametrize(
    "history",
    [TO_ARCHIVED, (*TO_DOWNLOADING, CANCEL), TO_WAITING, (*TO_STORING, CANCEL, RETRY)],
    ids=["archived", "cancelled while downloading", "waiting", "retried"],
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
        WakeJob(job_id=JOB, version=4),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_late_message_changes_nothing(
    history: tuple[JobCommand | Result, ...], late: JobCommand | Result
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
    history: tuple[JobCommand | Result, ...], message: JobCommand
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
    history: tuple[JobCommand | Result, ...], wait: timedelta | None
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


def test_an_attempt_that_failed_nowhere_in_particular_leaves_no_node() -> None:
    desk = Desk(*TO_DOWNLOADING)
    job = desk.record(AttemptFailed(stage=Stage.DOWNLOAD, attempt=1, failure=failure(), node=None))
    assert job.nodes == frozenset()


def test_the_fold_accepts_whatever_order_the_log_has() -> None:
    """Given events no decision would give, when folded, then each counts and nothing is raised."""
    desk = Desk()
    events = (
        JobCancelled(),
        VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED),
        RetryScheduled(stage=Stage.STORAGE, due=AT),
        StageStarted(stage=Stage.DOWNLOAD, attempt=9),
        JobFailed(failure=failure()),
        JobSubmitted(url=URL, options=ArchiveOptions()),
    )
    states = [desk.record(event).state for event in events]
    assert states == ["cancelled", "archived", "waiting", "downloading", "failed", "submitted"]
    assert (desk.job().version, desk.job().started) == (6, {Stage.DOWNLOAD: 9})


def test_jobs_do_not_share_what_they_count() -> None:
    Desk(*TO_ARCHIVED)
    assert msgspec.structs.asdict(Job(job_id=OTHER))["started"] == {}
