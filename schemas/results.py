"""What workers report back to the jobs actor: a failure is a result like any other."""

from typing import Annotated

from msgspec import Meta

from schemas.commands import Attempt
from schemas.common import ArchivedFile, Entries, Failure, MetadataRef, Stage, Staging, Verified, Video
from schemas.envelope import AuditId, ByteCount, EgressId, JobId, Message, Moment, NodeName, Text, VideoId
from schemas.fixity import CheckedJobs, Depth, Findings, Mended


class MetadataFetched(Message, frozen=True, kw_only=True, tag="metadata.fetched"):
    """The metadata actor knows the video, and has put its documents into the object store.

    So too its `thumbnail`, where that was asked for.
    """

    job_id: JobId
    attempt: Attempt
    node: NodeName
    video: Video
    metadata: MetadataRef
    extraction: Text | None = None
    egress: EgressId = ""
    thumbnail: MetadataRef | None = None


class VideoUnwanted(Message, frozen=True, kw_only=True, tag="metadata.unwanted"):
    """The metadata actor knows the video, and that it is not among those chosen, for `reason`."""

    job_id: JobId
    attempt: Attempt
    video: Video
    reason: Text
    egress: EgressId = ""


class PageListed(Message, frozen=True, kw_only=True, tag="collection.page"):
    """One page of a collection, as the site gave it out. `page` counts from 1.

    `resume` is what the site wants to hear for the page that follows; empty if that is not known. `tab` names
    the tab of a channel that new videos are put on top of. Behind the entries of its last page, which may be
    none, that is from `met` on as it was known.
    """

    job_id: JobId
    attempt: Attempt
    page: Annotated[int, Meta(ge=1)]
    entries: Entries
    resume: Text = ""
    title: Text = ""
    tab: Text = ""
    met: VideoId | None = None
    egress: EgressId = ""


class CollectionListed(Message, frozen=True, kw_only=True, tag="collection.listed"):
    """All of a collection is listed, in so many `pages`.

    `note` tells what a person should know, such as that an endless list was left. Before pages told it, `met`
    was where the collection was known, behind `above` entries of one list.
    """

    job_id: JobId
    attempt: Attempt
    pages: Annotated[int, Meta(ge=0)]
    title: Text = ""
    met: VideoId | None = None
    above: Annotated[int, Meta(ge=0)] = 0
    note: Text = ""
    egress: EgressId = ""


class DownloadFinished(Message, frozen=True, kw_only=True, tag="download.finished"):
    """Media and sidecars are complete in staging."""

    job_id: JobId
    attempt: Attempt
    staging: Staging
    egress: EgressId = ""


class MediaStored(Message, frozen=True, kw_only=True, tag="storage.stored"):
    """The files are verified members of the library, since `stored_at`.

    Of a job that repairs another there are no `files`, but `mended`: those that belong to the other.
    """

    job_id: JobId
    attempt: Attempt
    node: NodeName
    files: tuple[ArchivedFile, ...]
    verified: Verified
    stored_at: Moment | None = None
    mended: tuple[Mended, ...] = ()


class TaskFailed(Message, frozen=True, kw_only=True, tag="task.failed"):
    """A stage did not work this time. What follows from that is the saga's decision."""

    job_id: JobId
    attempt: Attempt
    node: NodeName
    stage: Stage
    failure: Failure
    egress: EgressId = ""


class FilesChecked(Message, frozen=True, kw_only=True, tag="storage.checked"):
    """A portion of a standing audit was looked at; see the command `audit.record`."""

    audit_id: AuditId
    part: Annotated[int, Meta(ge=1)]
    node: NodeName
    jobs: CheckedJobs
    files: Annotated[int, Meta(ge=0)]
    bytes: ByteCount
    depth: Depth
    findings: Findings = ()


Result = (
    MetadataFetched
    | VideoUnwanted
    | PageListed
    | CollectionListed
    | DownloadFinished
    | MediaStored
    | TaskFailed
)
