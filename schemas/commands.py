"""What may be asked: of the jobs actor (`JobCommand`), and by it of the workers (`Task`)."""

from typing import Annotated

from msgspec import Meta

from schemas.common import Priority, Staging, Video
from schemas.envelope import BatchId, JobId, Message, Text, VideoId
from schemas.fixity import Repair
from schemas.fixity_commands import RecordRepair
from schemas.options import ArchiveOptions, Choices

Attempt = Annotated[int, Meta(ge=1)]
Sources = Annotated[tuple[Text, ...], Meta(max_length=500, description="addresses")]


class SubmitVideo(Message, frozen=True, kw_only=True, tag="job.submit"):
    """Archive one video. The sender chooses `job_id`, so that sending it twice asks once.

    With `repairs`, only bring back what is damaged of another job's.
    """

    job_id: JobId
    url: Text
    options: ArchiveOptions = ArchiveOptions()
    priority: Priority = Priority.HIGH
    repairs: Repair | None = None


class CancelJob(Message, frozen=True, kw_only=True, tag="job.cancel"):
    """Stop a job wherever it is. Nothing already in the library is touched.

    With `keep`, what was downloaded so far stays in staging, for a later retry.
    """

    job_id: JobId
    reason: Text = ""
    keep: bool = False


class PauseJob(Message, frozen=True, kw_only=True, tag="job.pause"):
    """Let a job rest until it is resumed. What was downloaded so far stays."""

    job_id: JobId
    reason: Text = ""


class ResumeJob(Message, frozen=True, kw_only=True, tag="job.resume"):
    """Go on with a paused job."""

    job_id: JobId


class RetryJob(Message, frozen=True, kw_only=True, tag="job.retry"):
    """Try a waiting, paused, failed or cancelled job again, now."""

    job_id: JobId


class WakeJob(Message, frozen=True, kw_only=True, tag="job.wake"):
    """The timer of a waiting, blocked or failed job is due. Ignored when the job has moved past `version`."""

    job_id: JobId
    version: int


class SubmitBatch(Message, frozen=True, kw_only=True, tag="batch.submit"):
    """Archive what all these addresses lead to: videos and collections, in this order.

    The sender chooses `batch_id`, so that sending it twice asks once. With `more`, further sources follow
    by `ExtendBatch`. With `whole`, no list is left off where it is known from before.
    """

    batch_id: BatchId
    title: Text
    sources: Sources
    options: ArchiveOptions = ArchiveOptions()
    priority: Priority = Priority.NORMAL
    whole: bool = False
    more: bool = False


class ExtendBatch(Message, frozen=True, kw_only=True, tag="batch.extend"):
    """The `part`-th portion of a batch's further sources, from 1."""

    batch_id: BatchId
    part: Annotated[int, Meta(ge=1)]
    sources: Sources
    more: bool = False


class CancelBatch(Message, frozen=True, kw_only=True, tag="batch.cancel"):
    """Stop a batch and all its jobs. Nothing already in the library is touched."""

    batch_id: BatchId
    reason: Text = ""
    keep: bool = False


class PauseBatch(Message, frozen=True, kw_only=True, tag="batch.pause"):
    """Let a batch and its jobs rest until it is resumed."""

    batch_id: BatchId
    reason: Text = ""


class ResumeBatch(Message, frozen=True, kw_only=True, tag="batch.resume"):
    """Go on with a paused batch and its jobs."""

    batch_id: BatchId


class RetryBatch(Message, frozen=True, kw_only=True, tag="batch.retry"):
    """Try all jobs of a batch again, now, that wait, failed or were cancelled."""

    batch_id: BatchId


class FetchMetadata(Message, frozen=True, kw_only=True, tag="metadata.fetch"):
    """Find out what is behind a URL; download no media. What `choices` rule out is not kept.

    Without `media` none will be downloaded afterwards. With `thumbnail` the picture is kept, too.
    """

    job_id: JobId
    attempt: Attempt
    url: Text
    choices: Choices = Choices()
    media: bool = True
    thumbnail: bool = False


class ListCollection(Message, frozen=True, kw_only=True, tag="collection.list"):
    """List the videos behind a URL, page by page.

    A tab can be left off where it is as `known`: what was at the top of each the last time, in its order.
    """

    job_id: JobId
    attempt: Attempt
    url: Text
    choices: Choices = Choices()
    known: tuple[VideoId, ...] = ()


class DownloadMedia(Message, frozen=True, kw_only=True, tag="download.media"):
    """Bring media and sidecars into the job's staging folder.

    `extraction` names the fresh extraction in the object store; where it is gone, extract again.
    """

    job_id: JobId
    attempt: Attempt
    video: Video
    options: ArchiveOptions
    extraction: Text | None = None


class StoreMedia(Message, frozen=True, kw_only=True, tag="storage.store"):
    """Verify staged files and commit them to the library; of those that `repairs` anything, only that."""

    job_id: JobId
    attempt: Attempt
    video: Video
    options: ArchiveOptions
    staging: Staging
    repairs: Repair | None = None


class DiscardStaging(Message, frozen=True, kw_only=True, tag="storage.discard"):
    """Remove the staging folder of a job that has ended."""

    job_id: JobId


JobCommand = SubmitVideo | CancelJob | PauseJob | ResumeJob | RetryJob | WakeJob | RecordRepair
BatchCommand = SubmitBatch | ExtendBatch | CancelBatch | PauseBatch | ResumeBatch | RetryBatch
Task = FetchMetadata | ListCollection | DownloadMedia | StoreMedia | DiscardStaging
