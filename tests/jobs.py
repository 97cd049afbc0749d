"""Messages about one video or one list, and jobs that hear them one after the other."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas import codec
from schemas.commands import JobCommand, SubmitVideo
from schemas.common import (
    ArchivedFile,
    Category,
    Entry,
    Failure,
    MetadataRef,
    Priority,
    Role,
    Stage,
    StagedFile,
    Staging,
    Verified,
    Video,
)
from schemas.envelope import Commit
from schemas.events import JobEvent, JobSubmitted
from schemas.options import ArchiveOptions
from schemas.queries import BatchList, JobList
from schemas.results import (
    CollectionListed,
    DownloadFinished,
    MediaStored,
    MetadataFetched,
    PageListed,
    Result,
    TaskFailed,
    VideoUnwanted,
)
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.context import Context, RetryPolicy
from ytarchive.domain.decider import begun, decide
from ytarchive.domain.job import FailedAttempt, Job
from ytarchive.domain.meters import Meters
from ytarchive.recovery import table

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB, OTHER = "0123456789abcdef", "fedcba9876543210"
THIRD, BATCH = "0000000000000003", "00000000000000ba"
CHANNEL = "https://www.youtube.com/@jawed"
URL = "https://www.youtube.com/watch?v=jNQXAC9IVRw"
VIDEO = Video(site="youtube", video_id="jNQXAC9IVRw", title="Me at the zoo", url=URL, duration=19.0)
METADATA = MetadataRef(name="youtube/jNQXAC9IVRw/doc", fingerprint="0" * 64, stored=True)
MEDIA = ArchivedFile(path="jawed/2005/zoo [jNQXAC9IVRw].mp4", role=Role.MEDIA, bytes=7, sha256="a" * 64)
VERIFIED = Verified(duration=19.0, video=True, audio=True)


def submit(job_id: str = JOB, *, force: bool = False) -> SubmitVideo:
    return SubmitVideo(job_id=job_id, url=URL, options=ArchiveOptions(force=force))


def fetched(attempt: int = 1, *, job_id: str = JOB, extraction: str = "extraction") -> MetadataFetched:
    return MetadataFetched(
        job_id=job_id,
        attempt=attempt,
        node="here",
        video=VIDEO,
        metadata=METADATA,
        extraction=extraction,
        egress="here",
    )


def staging(node: str = "here") -> Staging:
    return Staging(node=node, files=(StagedFile(name="media.mp4", suffix=".mp4", role=Role.MEDIA, bytes=7),))


def downloaded(attempt: int = 1, *, job_id: str = JOB, node: str = "here") -> DownloadFinished:
    return DownloadFinished(job_id=job_id, attempt=attempt, staging=staging(node), egress=node)


def stored(attempt: int = 1, *, job_id: str = JOB, file: ArchivedFile = MEDIA) -> MediaStored:
    return MediaStored(job_id=job_id, attempt=attempt, node="here", files=(file,), verified=VERIFIED)


def failure(category: Category = Category.NETWORK) -> Failure:
    return Failure(category=category, message=f"it was the {category}", hint="Wait.")


def failed(
    stage: Stage,
    category: Category = Category.NETWORK,
    attempt: int = 1,
    *,
    job_id: str = JOB,
    node: str = "here",
    egress: str = "",
) -> TaskFailed:
    return TaskFailed(
        job_id=job_id, attempt=attempt, node=node, stage=stage, failure=failure(category), egress=egress
    )


class Begin(NamedTuple):
    """Has a batch begin a job of its own: no message asks for that."""

    job_id: str
    submitted: JobSubmitted


def listing(
    job_id: str = JOB, *, batch: str = BATCH, previous: str | None = None, url: str = CHANNEL
) -> Begin:
    """Begin to list a channel."""
    known = () if previous is None else ("known",)
    return Begin(
        job_id,
        JobSubmitted(
            url=url, options=ArchiveOptions(), batch=batch, lists=True, known=known, previous=previous
        ),
    )


def of_batch(job_id: str = JOB, *, batch: str = BATCH) -> Begin:
    """Begin with a video of a batch."""
    submitted = JobSubmitted(url=URL, options=ArchiveOptions(), batch=batch, priority=Priority.NORMAL)
    return Begin(job_id, submitted)


def entries(*video_ids: str) -> tuple[Entry, ...]:
    return tuple(Entry(video_id=video_id) for video_id in video_ids)


def page(
    number: int, *video_ids: str, attempt: int = 1, job_id: str = JOB, tab: str = "", met: str | None = None
) -> PageListed:
    return PageListed(
        job_id=job_id,
        attempt=attempt,
        page=number,
        entries=entries(*video_ids),
        resume=f"behind {number}",
        title="jawed",
        tab=tab,
        met=met,
        egress="here",
    )


def listed(
    pages: int, attempt: int = 1, *, job_id: str = JOB, met: str | None = None, above: int = 0
) -> CollectionListed:
    return CollectionListed(
        job_id=job_id, attempt=attempt, pages=pages, title="jawed", met=met, above=above, egress="here"
    )


def unwanted(attempt: int = 1, *, job_id: str = JOB) -> VideoUnwanted:
    return VideoUnwanted(job_id=job_id, attempt=attempt, video=VIDEO, reason="too short", egress="here")


class Desk:
    """Decides, records and folds, as the jobs actor does: what is folded has been bytes.

    A failed attempt is followed by another after `wait`, or by none where `wait` is None; unless there is
    another `retry` policy.
    """

    def __init__(
        self,
        *messages: JobCommand | Result | Begin,
        wait: timedelta | None = timedelta(minutes=1),
        retry: RetryPolicy | None = None,
    ) -> None:
        self.wait = wait
        self.retry = retry or self._after_wait
        self.meters = Meters()
        self.catalogue = Catalogue(self.meters)
        self.log: list[bytes] = []
        self.now = AT
        self.failures: tuple[FailedAttempt, ...] = ()
        """What the retry policy was last shown."""
        self.when(*messages)

    def job(self, job_id: str = JOB) -> Job:
        return self.catalogue.job(job_id)

    def when(self, *messages: JobCommand | Result | Begin) -> tuple[JobEvent, ...]:
        """Hear messages, and give the events that followed from the last."""
        events: tuple[JobEvent, ...] = ()
        for message in messages:
            job = self.catalogue.job(message.job_id)
            if isinstance(message, Begin):
                events = begun(message.submitted)
            else:
                events = decide(job, message, self.context())
            if events:
                self.record(*events, job_id=job.job_id)
        return events

    def context(self) -> Context:
        return Context(
            at=self.now,
            retry=self.retry,
            archived=self.catalogue.archived,
            working=self.catalogue.videos.working,
            recheck=table.recheck,
            block=self._until,
            job=self.catalogue.job,
        )

    def _until(self, egress: str, category: Category) -> datetime:
        return (
            self.catalogue.refusals.breaker(egress).failed(self.now, table.pause(category)).open_until
            or self.now
        )

    def record(self, *events: JobEvent, job_id: str = JOB) -> Job:
        """Take events of a job for recorded, whatever led to them."""
        commit = Commit(
            aggregate="job",
            aggregate_id=job_id,
            version=self.catalogue.job(job_id).version + 1,
            previous="",
            at=self.now,
            correlation_id="conversation",
            causation_id="cause",
            events=events,
        )
        self.log.append(codec.encode(commit))
        job = self.catalogue.apply(codec.commits.decode(self.log[-1]))
        assert isinstance(job, Job)
        return job

    def _after_wait(self, _job_id: str, failures: tuple[FailedAttempt, ...]) -> datetime | None:
        self.failures = failures
        return None if self.wait is None else AT + self.wait


def batch_list(payload: bytes) -> BatchList:
    """Read an answer that is a list of batches."""
    found = codec.answers.decode(payload)
    assert isinstance(found, BatchList)
    return found


def job_list(payload: bytes) -> JobList:
    """Read an answer that is a list of jobs."""
    found = codec.answers.decode(payload)
    assert isinstance(found, JobList)
    return found
