"""What may be asked: of the jobs actor (`JobCommand`), and by it of the workers (`Task`)."""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchiveOptions, Staging, Video
from schemas.envelope import JobId, Message, Text

Attempt = Annotated[int, Meta(ge=1)]


class SubmitVideo(Message, frozen=True, kw_only=True, tag="job.submit"):
    """Archive one video. The sender chooses `job_id`, so that sending it twice asks once."""

    job_id: JobId
    url: Text
    options: ArchiveOptions = ArchiveOptions()


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


class FetchMetadata(Message, frozen=True, kw_only=True, tag="metadata.fetch"):
    """Find out what is behind a URL; download no media."""

    job_id: JobId
    attempt: Attempt
    url: Text


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
    """Verify staged files and commit them to the library."""

    job_id: JobId
    attempt: Attempt
    video: Video
    options: ArchiveOptions
    staging: Staging


class DiscardStaging(Message, frozen=True, kw_only=True, tag="storage.discard"):
    """Remove the staging folder of a job that has ended."""

    job_id: JobId


JobCommand = SubmitVideo | CancelJob | PauseJob | ResumeJob | RetryJob | WakeJob
Task = FetchMetadata | DownloadMedia | StoreMedia | DiscardStaging
