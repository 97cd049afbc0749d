"""What has happened, to jobs or to all: the bodies of the event log. A fact, which is never changed."""

from typing import Annotated

from msgspec import Meta

from schemas.batch_events import BatchEvent
from schemas.commands import Attempt
from schemas.common import (
    ArchivedFile,
    Entries,
    Failure,
    MetadataRef,
    Priority,
    Stage,
    Staging,
    Verified,
    Video,
)
from schemas.envelope import (
    BatchId,
    EgressId,
    JobId,
    Message,
    Moment,
    NodeName,
    PublicKey,
    Sha256,
    Signature,
    Text,
    VideoId,
)
from schemas.fixity import Repair
from schemas.fixity_events import AuditEvent, FixityFailed, FixityRepaired
from schemas.limits import LimitsChanged
from schemas.options import ArchiveOptions


class JobSubmitted(Message, frozen=True, kw_only=True, tag="job.submitted"):
    """Somebody asked for a video, or, with `lists`, for the videos of a collection.

    `known` and `previous` are of a list that was made before: what was at the top of each of its tabs, one
    after the other, and the job that made it.
    `repairs` is what is to be brought back of another job's.
    """

    url: Text
    options: ArchiveOptions
    batch: BatchId = ""
    priority: Priority = Priority.HIGH
    title: Text = ""
    lists: bool = False
    known: tuple[VideoId, ...] = ()
    previous: JobId | None = None
    repairs: Repair | None = None


class StageStarted(Message, frozen=True, kw_only=True, tag="job.stage_started"):
    """A worker was asked for this stage, for the `attempt`-th time.

    `by_hand` when a person asked to try again: the failures before that count no more.
    """

    stage: Stage
    attempt: Attempt
    by_hand: bool = False


class MetadataRecorded(Message, frozen=True, kw_only=True, tag="job.metadata_recorded"):
    """What is behind the URL is known, and its metadata is kept.

    `extraction` names the short-lived document with the media addresses, `thumbnail` the picture as it was,
    where it was kept too.
    """

    video: Video
    metadata: MetadataRef
    extraction: Text | None = None
    egress: EgressId = ""
    thumbnail: MetadataRef | None = None


class PageRecorded(Message, frozen=True, kw_only=True, tag="job.page_listed"):
    """One page of a collection is known. Its entries say which videos are archived already, or not chosen.

    Behind them the `tab` of a channel goes on from `met` as it was in the list that was made before.
    """

    page: Annotated[int, Meta(ge=1)]
    entries: Entries
    resume: Text = ""
    title: Text = ""
    tab: Text = ""
    met: VideoId | None = None
    egress: EgressId = ""


class ListingFinished(Message, frozen=True, kw_only=True, tag="job.listed"):
    """All of a collection is known.

    Before pages told it, `met` was where it went on as it was known, behind `above` entries of that list.
    """

    title: Text = ""
    met: VideoId | None = None
    above: Annotated[int, Meta(ge=0)] = 0
    note: Text = ""
    egress: EgressId = ""


class VideoSkipped(Message, frozen=True, kw_only=True, tag="job.skipped"):
    """The video is not among those that were chosen."""

    video: Video
    reason: Text
    egress: EgressId = ""


class LeaderFollowed(Message, frozen=True, kw_only=True, tag="job.following"):
    """Another job is about to archive the same video: this one waits for what comes of that."""

    of: JobId


class DuplicateFound(Message, frozen=True, kw_only=True, tag="job.duplicate_found"):
    """The video is archived already, by job `of`, in `files`."""

    of: JobId
    files: tuple[ArchivedFile, ...]


class MediaDownloaded(Message, frozen=True, kw_only=True, tag="job.media_downloaded"):
    """Media and sidecars are complete in the staging folder of a node."""

    staging: Staging
    egress: EgressId = ""


class VideoArchived(Message, frozen=True, kw_only=True, tag="job.archived"):
    """The files are in the library: probed, hashed, fsynced, read back, and only then named.

    `stored_at` is by the clock of the node that did it, None in what was recorded before it was told.
    """

    node: NodeName
    files: tuple[ArchivedFile, ...]
    verified: Verified
    stored_at: Moment | None = None


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


class LogCheckpointed(Message, frozen=True, kw_only=True, tag="log.checkpointed"):
    """The log up to `sequence`, in which are `count` messages, has this Merkle `root`: signed with `key`.

    Ed25519: the public key is 32 bytes, the signature 64. What is signed: `ytarchive.domain.checkpoints`.
    """

    sequence: Annotated[int, Meta(ge=1)]
    count: Annotated[int, Meta(ge=1)]
    root: Sha256
    key: PublicKey
    signature: Signature


JobEvent = (
    JobSubmitted
    | PageRecorded
    | ListingFinished
    | VideoSkipped
    | LeaderFollowed
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
    | FixityFailed
    | FixityRepaired
)
Event = JobEvent | BatchEvent | AuditEvent | LogCheckpointed | LimitsChanged
