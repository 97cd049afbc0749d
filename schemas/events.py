"""What has happened: the bodies of the event log. An event is a fact and is never changed."""

from schemas.commands import Attempt
from schemas.common import (
    ArchivedFile,
    ArchiveOptions,
    Failure,
    MetadataRef,
    Stage,
    Staging,
    Verified,
    Video,
)
from schemas.envelope import JobId, Message, Moment, NodeName, Text


class JobSubmitted(Message, frozen=True, kw_only=True, tag="job.submitted"):
    """Somebody asked for a video."""

    url: Text
    options: ArchiveOptions


class StageStarted(Message, frozen=True, kw_only=True, tag="job.stage_started"):
    """A worker was asked for this stage, for the `attempt`-th time.

    `by_hand` when a person asked to try again: the failures before that count no more.
    """

    stage: Stage
    attempt: Attempt
    by_hand: bool = False


class MetadataRecorded(Message, frozen=True, kw_only=True, tag="job.metadata_recorded"):
    """What is behind the URL is known, and its metadata is kept.

    `extraction` names the short-lived document with the media addresses.
    """

    video: Video
    metadata: MetadataRef
    extraction: Text | None = None


class DuplicateFound(Message, frozen=True, kw_only=True, tag="job.duplicate_found"):
    """The video is archived already, by job `of`, in `files`."""

    of: JobId
    files: tuple[ArchivedFile, ...]


class MediaDownloaded(Message, frozen=True, kw_only=True, tag="job.media_downloaded"):
    """Media and sidecars are complete in the staging folder of a node."""

    staging: Staging


class VideoArchived(Message, frozen=True, kw_only=True, tag="job.archived"):
    """The files are in the library: probed, hashed, fsynced, read back, and only then named."""

    node: NodeName
    files: tuple[ArchivedFile, ...]
    verified: Verified


class AttemptFailed(Message, frozen=True, kw_only=True, tag="job.attempt_failed"):
    """One attempt at one stage did not work."""

    stage: Stage
    attempt: Attempt
    failure: Failure
    node: NodeName | None = None


class RetryScheduled(Message, frozen=True, kw_only=True, tag="job.retry_scheduled"):
    """The job waits, and goes on with `stage` when `due` has come."""

    stage: Stage
    due: Moment


class JobFailed(Message, frozen=True, kw_only=True, tag="job.failed"):
    """The job gave up."""

    failure: Failure


class JobCancelled(Message, frozen=True, kw_only=True, tag="job.cancelled"):
    """Somebody called the job off."""

    reason: Text = ""


JobEvent = (
    JobSubmitted
    | StageStarted
    | MetadataRecorded
    | DuplicateFound
    | MediaDownloaded
    | VideoArchived
    | AttemptFailed
    | RetryScheduled
    | JobFailed
    | JobCancelled
)
