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
from schemas.envelope import EgressId, JobId, Message, Moment, NodeName, Text


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
    egress: EgressId = ""


class DuplicateFound(Message, frozen=True, kw_only=True, tag="job.duplicate_found"):
    """The video is archived already, by job `of`, in `files`."""

    of: JobId
    files: tuple[ArchivedFile, ...]


class MediaDownloaded(Message, frozen=True, kw_only=True, tag="job.media_downloaded"):
    """Media and sidecars are complete in the staging folder of a node."""

    staging: Staging
    egress: EgressId = ""


class VideoArchived(Message, frozen=True, kw_only=True, tag="job.archived"):
    """The files are in the library: probed, hashed, fsynced, read back, and only then named."""

    node: NodeName
    files: tuple[ArchivedFile, ...]
    verified: Verified


class AttemptFailed(Message, frozen=True, kw_only=True, tag="job.attempt_failed"):
    """One attempt at one stage did not work: when, from where, with which words."""

    stage: Stage
    attempt: Attempt
    failure: Failure
    node: NodeName | None = None
    egress: EgressId = ""


class StageBlocked(Message, frozen=True, kw_only=True, tag="job.blocked"):
    """The site refuses whoever asks from there, whatever it is for: the job rests, at no attempt's cost."""

    stage: Stage
    attempt: Attempt
    failure: Failure
    until: Moment
    egress: EgressId
    node: NodeName | None = None


class RetryScheduled(Message, frozen=True, kw_only=True, tag="job.retry_scheduled"):
    """The job waits, and goes on with `stage` when `due` has come."""

    stage: Stage
    due: Moment


class JobFailed(Message, frozen=True, kw_only=True, tag="job.failed"):
    """The job gave up. With `recheck`, somebody looks again then whether the video has come back."""

    failure: Failure
    recheck: Moment | None = None


class JobPaused(Message, frozen=True, kw_only=True, tag="job.paused"):
    """Somebody let the job rest."""

    reason: Text = ""


class JobCancelled(Message, frozen=True, kw_only=True, tag="job.cancelled"):
    """Somebody called the job off. With `keep`, what was downloaded so far stays."""

    reason: Text = ""
    keep: bool = False


JobEvent = (
    JobSubmitted
    | StageStarted
    | MetadataRecorded
    | DuplicateFound
    | MediaDownloaded
    | VideoArchived
    | AttemptFailed
    | StageBlocked
    | RetryScheduled
    | JobFailed
    | JobPaused
    | JobCancelled
)
