import msgspec
import pytest

from schemas import codec
from schemas.batch_events import BatchEvent, BatchPaused, BatchSubmitted
from schemas.commands import CancelJob, JobCommand, PauseJob, RetryJob
from schemas.common import BatchState, Category, Stage, State
from schemas.envelope import Commit
from schemas.events import Event, JobEvent, VideoArchived
from schemas.options import ArchiveOptions
from schemas.results import Result
from tests.jobs import (
    AT,
    BATCH,
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
    failed,
    fetched,
    listed,
    listing,
    of_batch,
    page,
    stored,
    submit,
    unwanted,
)
from tests.logs import with_checkpoints, world
from ytarchive.domain.batch import Batch
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.context import Archived
from ytarchive.domain.evolve import fold
from ytarchive.domain.job import Job

JOB_COMMITS: codec.Codec[Commit[JobEvent]] = codec.Codec(Commit[JobEvent])


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


ENDED: dict[str, tuple[JobCommand | Result | Begin, ...]] = {
    "archived": (submit(), fetched(), downloaded(), stored()),
    "duplicate": (
        *(make(job_id=OTHER) for make in (submit, fetched, downloaded, stored)),
        of_batch(),
        fetched(),
    ),
    "listed": (listing(), page(1, "one"), page(2, "two"), listed(2, met="known")),
    "skipped": (of_batch(), unwanted()),
    "failed": (submit(), failed(Stage.METADATA, Category.DRM)),
    "cancelled": (submit(), fetched(), CancelJob(job_id=JOB, reason="enough", keep=True)),
}


@pytest.mark.parametrize("history", ENDED.values(), ids=ENDED)
def test_a_job_that_has_ended_is_kept_packed_and_is_what_was_packed(
    history: tuple[JobCommand | Result | Begin, ...],
) -> None:
    desk, folded = Desk(*history, wait=None), Job(job_id=JOB)
    for payload in desk.log:
        commit: Commit[JobEvent] = JOB_COMMITS.decode(payload)
        if commit.aggregate_id == JOB:
            folded = fold(folded, commit)
    assert isinstance(desk.catalogue._jobs[JOB], bytes)
    assert desk.job() == folded
    assert [job.job_id for job in desk.catalogue.unended()] == []


def test_a_packed_job_that_is_tried_again_goes_on_with_what_it_had() -> None:
    desk = Desk(submit(), fetched(), CancelJob(job_id=JOB), RetryJob(job_id=JOB))
    assert (desk.job().state, desk.job().video, desk.job().attempt) == (State.RESOLVING, VIDEO, 2)
    assert [job.job_id for job in desk.catalogue.unended()] == [JOB]


def test_what_has_not_ended_or_is_looked_at_again_goes_on_by_itself() -> None:
    desk = Desk(submit(), submit(OTHER), submit(THIRD), wait=None)
    desk.when(failed(Stage.METADATA, Category.GONE, job_id=JOB), CancelJob(job_id=OTHER))
    assert [job.job_id for job in desk.catalogue.unended()] == [JOB, THIRD]


def test_jobs_are_found_by_state_by_batch_and_by_how_they_begin() -> None:
    desk = Desk(submit(), of_batch(OTHER), of_batch(THIRD), CancelJob(job_id=OTHER))
    catalogue = desk.catalogue
    assert catalogue.newest() == [THIRD, OTHER, JOB]
    assert catalogue.newest((State.RESOLVING,)) == [THIRD, JOB]
    assert catalogue.newest(batch=BATCH) == [THIRD, OTHER]
    assert catalogue.newest(batch=None) == [JOB]
    assert catalogue.newest((State.CANCELLED,), BATCH) == [OTHER]
    assert catalogue.newest(batch="00000000000000bb") == []
    assert [job.job_id for job in catalogue.members(BATCH)] == [OTHER, THIRD]
    assert list(catalogue.members("00000000000000bb")) == []
    assert catalogue.matching("0") == [JOB, THIRD]
    assert catalogue.matching("") == [JOB, OTHER, THIRD]


def record_batch(catalogue: Catalogue, *events: BatchEvent, version: int = 1) -> Batch:
    commit: Commit[Event] = Commit(
        aggregate="batch",
        aggregate_id=BATCH,
        version=version,
        previous="",
        at=AT,
        correlation_id="conversation",
        causation_id="cause",
        events=events,
    )
    batch = catalogue.apply(codec.commits.decode(codec.encode(commit)))
    assert isinstance(batch, Batch)
    return batch


def test_batches_are_kept_beside_the_jobs() -> None:
    catalogue = Desk(submit()).catalogue
    assert (catalogue.batches(), catalogue.batch(BATCH)) == ((), Batch(batch_id=BATCH))
    record_batch(catalogue, BatchSubmitted(title="one", sources=(URL,), options=ArchiveOptions()))
    batch = record_batch(catalogue, BatchPaused(reason="night"), version=2)
    assert (batch.state, batch.version, batch.title) == (BatchState.PAUSED, 2, "one")
    assert (catalogue.batch(BATCH), catalogue.batches(), len(catalogue)) == (batch, (batch,), 1)


def test_the_log_folds_into_the_same_read_model() -> None:
    desk = Desk(listing(THIRD), page(1, "one", "two", job_id=THIRD), listed(1, job_id=THIRD))
    desk.when(of_batch(), fetched(), of_batch(OTHER), fetched(job_id=OTHER), PauseJob(job_id=JOB))
    again = Catalogue()
    for payload in desk.log:
        again.apply(codec.commits.decode(payload))
    assert list(again) == list(desk.catalogue)
    assert vars(again.tally(BATCH)) == vars(desk.catalogue.tally(BATCH))
    assert vars(again.videos) == vars(desk.catalogue.videos)
    assert vars(again.lists) == vars(desk.catalogue.lists)


def test_checkpoints_are_about_no_job_and_tell_how_far_the_log_is_covered() -> None:
    catalogue = Catalogue()
    payloads = [one.payload for one in with_checkpoints(world(), 5, 12)]
    for payload in payloads:
        catalogue.apply(codec.commits.decode(payload))
    assert (catalogue.covered.sequence, catalogue.covered.checkpoints) == (13, 2)
    assert len(catalogue) == 2
    stray = payloads[0].replace(b'"aggregate":"job"', b'"aggregate":"log"')
    assert catalogue.apply(codec.commits.decode(stray)) == catalogue.covered
