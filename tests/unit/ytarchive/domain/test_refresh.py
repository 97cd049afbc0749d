"""Looking again at what is archived: the look is recorded, and nothing is downloaded."""

import msgspec

from schemas.commands import FetchMetadata, RetryJob, SubmitVideo
from schemas.common import Category, MetadataRef, Stage, State
from schemas.events import DuplicateFound, JobFailed, MetadataRecorded, StageStarted, VideoSkipped
from schemas.options import ArchiveOptions
from tests.jobs import (
    JOB,
    MEDIA,
    METADATA,
    OTHER,
    THIRD,
    URL,
    VIDEO,
    Desk,
    downloaded,
    failed,
    fetched,
    stored,
    submit,
)
from ytarchive.domain.archive_saga import Ask, pending

REFRESH = SubmitVideo(job_id=OTHER, url=URL, options=ArchiveOptions(refresh=True))
PICTURE = MetadataRef(name="youtube/jNQXAC9IVRw/picture.jpg", fingerprint="1" * 64, stored=True)
SEEN = msgspec.structs.replace(fetched(job_id=OTHER), thumbnail=PICTURE, extraction=None)


def archived() -> Desk:
    return Desk(submit(), fetched(), downloaded(), stored())


def test_the_look_and_its_picture_are_recorded_and_the_job_ends_as_a_duplicate() -> None:
    desk = archived()
    desk.when(REFRESH)
    recorded, ended = desk.when(SEEN)
    assert isinstance(recorded, MetadataRecorded)
    assert (recorded.metadata, recorded.thumbnail) == (METADATA, PICTURE)
    assert ended == DuplicateFound(of=JOB, files=(MEDIA,))
    assert desk.catalogue.documents == {METADATA.name, PICTURE.name}, "nobody may sweep the picture away"
    assert pending(desk.job(OTHER)) == ()


def test_no_media_is_asked_for_and_the_picture_unless_it_is_not_wanted() -> None:
    desk = archived()
    desk.when(REFRESH)
    (ask,) = pending(desk.job(OTHER))
    assert isinstance(ask, Ask)
    assert ask.task == FetchMetadata(job_id=OTHER, attempt=1, url=URL, media=False, thumbnail=True)
    desk.when(
        SubmitVideo(job_id=THIRD, url=URL, options=ArchiveOptions(refresh=True, thumbnail=False, force=True))
    )
    (ask,) = pending(desk.job(THIRD))
    assert isinstance(ask, Ask)
    assert ask.task == FetchMetadata(job_id=THIRD, attempt=1, url=URL, media=False)
    assert desk.when(fetched(job_id=THIRD))[1:] == (DuplicateFound(of=JOB, files=(MEDIA,)),)


def test_what_is_not_archived_is_not_downloaded_for_that() -> None:
    desk = Desk(REFRESH)
    _, ended = desk.when(SEEN)
    assert isinstance(ended, VideoSkipped)
    assert ended.video == VIDEO
    assert desk.job(OTHER).state is State.SKIPPED


def test_nobody_follows_who_only_looks() -> None:
    desk = Desk(REFRESH, SEEN, submit(), fetched())
    assert desk.job().state is State.DOWNLOADING
    again = Desk(REFRESH, failed(Stage.METADATA, job_id=OTHER), RetryJob(job_id=OTHER), submit())
    assert again.when(fetched())[1:] == (StageStarted(stage=Stage.DOWNLOAD, attempt=1),)


def test_what_is_gone_meanwhile_is_told_once_and_not_looked_for_again() -> None:
    desk = archived()
    desk.wait = None
    desk.when(REFRESH)
    *_, ended = desk.when(failed(Stage.METADATA, Category.GONE, job_id=OTHER))
    assert isinstance(ended, JobFailed)
    assert ended.recheck is None
    other = Desk(submit(), wait=None)
    *_, ended = other.when(failed(Stage.METADATA, Category.GONE))
    assert isinstance(ended, JobFailed)
    assert ended.recheck
