"""What workers report back to the jobs actor: a failure is a result like any other."""

from schemas.commands import Attempt
from schemas.common import ArchivedFile, Failure, MetadataRef, Stage, Staging, Verified, Video
from schemas.envelope import EgressId, JobId, Message, NodeName, Text


class MetadataFetched(Message, frozen=True, kw_only=True, tag="metadata.fetched"):
    """The metadata actor knows the video, and has put its documents into the object store."""

    job_id: JobId
    attempt: Attempt
    node: NodeName
    video: Video
    metadata: MetadataRef
    extraction: Text | None = None
    egress: EgressId = ""


class DownloadFinished(Message, frozen=True, kw_only=True, tag="download.finished"):
    """Media and sidecars are complete in staging."""

    job_id: JobId
    attempt: Attempt
    staging: Staging
    egress: EgressId = ""


class MediaStored(Message, frozen=True, kw_only=True, tag="storage.stored"):
    """The files are verified members of the library."""

    job_id: JobId
    attempt: Attempt
    node: NodeName
    files: tuple[ArchivedFile, ...]
    verified: Verified


class TaskFailed(Message, frozen=True, kw_only=True, tag="task.failed"):
    """A stage did not work this time. What follows from that is the saga's decision."""

    job_id: JobId
    attempt: Attempt
    node: NodeName
    stage: Stage
    failure: Failure
    egress: EgressId = ""


Result = MetadataFetched | DownloadFinished | MediaStored | TaskFailed
