import msgspec

from schemas.commands import CancelJob, RetryJob
from schemas.common import State
from schemas.events import VideoArchived
from tests.jobs import (
    JOB,
    MEDIA,
    METADATA,
    OTHER,
    VERIFIED,
    VIDEO,
    Desk,
    downloaded,
    fetched,
    stored,
    submit,
)
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.decider import Archived
from ytarchive.domain.job import Job


def test_a_job_the_log_does_not_know_has_version_0_and_is_not_counted() -> None:
    catalogue = Catalogue()
    assert catalogue.job(JOB) == Job(job_id=JOB)
    assert len(catalogue) == 0
    assert list(catalogue) == []


def test_jobs_are_listed_by_submission_either_way() -> None:
    catalogue = Desk(submit(OTHER), submit(), fetched(job_id=OTHER), CancelJob(job_id=JOB)).catalogue
    assert [job.job_id for job in catalogue] == [OTHER, JOB]
    assert [job.job_id for job in reversed(catalogue)] == [JOB, OTHER]
    assert [job.state for job in catalogue] == [State.DOWNLOADING, State.CANCELLED]


def test_a_video_is_archived_when_a_job_says_so_and_not_before() -> None:
    desk = Desk(submit(), fetched(), downloaded())
    assert desk.catalogue.archived(VIDEO.key) is None
    desk.when(stored())
    assert desk.catalogue.archived(VIDEO.key) == Archived(JOB, (MEDIA,))


def test_of_two_copies_the_latest_counts() -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored(), submit(OTHER, force=True))
    desk.when(*(make(job_id=OTHER) for make in (fetched, downloaded, stored)))
    assert desk.catalogue.archived(VIDEO.key) == Archived(OTHER, (MEDIA,))


def test_every_document_that_was_ever_referred_to_is_known() -> None:
    desk = Desk(submit())
    assert not desk.catalogue.documents
    desk.when(fetched(), CancelJob(job_id=JOB), RetryJob(job_id=JOB))
    newer = msgspec.structs.replace(METADATA, name="youtube/jNQXAC9IVRw/newer")
    desk.when(msgspec.structs.replace(fetched(2), metadata=newer))
    assert desk.job().metadata == newer
    assert desk.catalogue.documents == {METADATA.name, newer.name}


def test_files_of_an_unknown_video_are_no_copy_of_any() -> None:
    """Given a log without the message that named the video, then the job is archived, the video is not."""
    desk = Desk()
    job = desk.record(VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED))
    assert job.state is State.ARCHIVED
    assert desk.catalogue.archived(VIDEO.key) is None
