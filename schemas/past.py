"""What programs read under ``--json`` of what was, and why."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from schemas.common import ArchivedFile, Failure, Video
from schemas.envelope import BatchId, ByteCount, JobId, Message, Moment, Seconds, Sha256, Text, Wire
from schemas.queries import JobView
from schemas.reports import EventLine, JobsReport

Sequence = Annotated[int, Meta(ge=0, description="of a message in the stream of the log")]


class ThenReport(JobsReport, frozen=True, kw_only=True):
    """The answer of ``replay --at``: all jobs and batches, newest first, as they were behind a message.

    `sequence` is that of the message, `at` when it was written: 0 and null before the `first`, which is a
    time too. `events` were folded. `faults` tell where the log does not hold together until there.
    """

    sequence: Sequence
    at: Moment | None
    first: Moment | None = None
    events: Annotated[int, Meta(ge=0)]
    faults: tuple[Text, ...] = ()


class Origin(StrEnum):
    """What a step of the log goes back to.

    A command, of a person or a program; the result of a task; the time that had come; that what was waited
    for had ended; what the batch was told; a source of the batch; a page of a list; what another job did;
    what an audit found.
    """

    COMMAND = "command"
    RESULT = "result"
    TIMER = "timer"
    RELEASE = "release"
    BATCH = "batch"
    SOURCE = "source"
    PAGE = "page"
    JOB = "job"
    AUDIT = "audit"
    MESSAGE = "message"


class Cause(Wire, frozen=True, kw_only=True):
    """An edge: that a step goes back to the message `id`, and so to the step `seq`; null where it begins."""

    origin: Origin
    id: Text = ""
    seq: Sequence | None = None


class Step(Wire, frozen=True, kw_only=True):
    """One decision: a message of the log, about the job or batch `id`, and what led to it.

    `correlation_id` names the submission that all of a conversation goes back to.
    """

    seq: Sequence
    aggregate: Text
    id: Text
    at: Moment
    correlation_id: Text
    causes: tuple[Cause, ...]
    events: tuple[EventLine, ...]


class WhyReport(Wire, frozen=True, kw_only=True):
    """The answer of ``why``: every job about one video, oldest first, and how it came to where it is.

    `file` is the one that was asked about, if it was a file. `steps` are those of the jobs, and of what asked
    for them, in the order of the log; `chain` are the numbers of those that led to the verified files.
    """

    url: Text
    video: Video | None
    archived_by: JobId | None
    file: ArchivedFile | None
    jobs: tuple[JobView, ...]
    steps: tuple[Step, ...]
    chain: tuple[Sequence, ...]


class Change(Wire, frozen=True, kw_only=True):
    """A field of a metadata document that another version has otherwise; null where it has none."""

    field: str
    before: Any
    now: Any


class Picture(Wire, frozen=True, kw_only=True):
    """A thumbnail: under its `name` in the object store, or at its `path` in the library.

    `bytes` is null where it was not looked at.
    """

    sha256: Sha256
    name: Text = ""
    path: Text = ""
    bytes: ByteCount | None = None


class VersionLine(Wire, frozen=True, kw_only=True):
    """What so many `looks` found alike, from `first_seen` to `last_seen`.

    `document` is the name of all that was known, in the object store; `description` and `thumbnail`, an
    address, are of it, and null where it is lost. `changes` are against the version before, which `diff`
    shows.
    """

    number: Annotated[int, Meta(ge=1)]
    seq: Sequence
    job_id: JobId
    first_seen: Moment
    last_seen: Moment
    looks: Annotated[int, Meta(ge=0)]
    title: Text
    duration: Seconds | None
    description: str | None
    thumbnail: str | None
    picture: Picture | None
    document: Text
    fingerprint: Sha256
    changes: tuple[Change, ...]
    diff: tuple[str, ...] = ()


class MissedLook(Wire, frozen=True, kw_only=True):
    """A look that found nothing."""

    seq: Sequence
    job_id: JobId
    at: Moment
    failure: Failure


class HistoryReport(Wire, frozen=True, kw_only=True):
    """The answer of ``history``: what was known of a video, oldest first, and the looks that found nothing.

    `faults` tell which documents are not what the log says.
    """

    url: Text
    video: Video
    versions: tuple[VersionLine, ...]
    missed: tuple[MissedLook, ...]
    faults: tuple[Text, ...] = ()


class ChangedVideo(Wire, frozen=True, kw_only=True):
    """A video of which a refresh found something else than before: the names of the `fields`."""

    url: Text
    video: Video
    fields: tuple[str, ...]


class Refreshed(Message, frozen=True, kw_only=True, tag="refreshed"):
    """The last line of ``refresh``: of so many videos that were looked at, these have changed."""

    looked: Annotated[int, Meta(ge=0)]
    changed: tuple[ChangedVideo, ...]
    batch: BatchId
