"""What programs read from the command line under ``--json``: one document, or one line each of a stream.

`JobView` is how a job is shown everywhere. A stream mixes `EventLine`, the wire's own `Progress`, of a batch
`BatchLine`, `AbsentLine`, and a `Summary` as its last line; ``type`` tells them apart.
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from schemas.envelope import (
    BatchId,
    ByteCount,
    JobId,
    Message,
    Moment,
    Seconds,
    Text,
    VideoId,
    Wire,
)
from schemas.fixity import Finding
from schemas.heartbeats import AbsentView
from schemas.options import Profile
from schemas.queries import BatchView, EgressView, JobView, PaceView

Count = Annotated[int, Meta(ge=0)]


class Summary(Message, frozen=True, kw_only=True, tag="summary"):
    """The last line of ``run`` and ``submit --wait``: `ok` when every job ended as archived or duplicate.

    Of a `batch`, `jobs` are those that did not.
    """

    ok: bool
    jobs: tuple[JobView, ...]
    batch: BatchView | None = None


class BatchLine(Message, frozen=True, kw_only=True, tag="batch"):
    """How the batch that is watched stands, told when that has changed, at most once a second.

    So many of its videos end in an hour, of late; at that rate, what is known of it takes so many `seconds`.
    """

    batch: BatchView
    per_hour: float | None
    seconds: Seconds | None


class AbsentLine(Message, frozen=True, kw_only=True, tag="absent"):
    """Which actors what is watched waits for, told when that has changed; none once all are there again."""

    at: Moment
    absent: tuple[AbsentView, ...]


class SubmittedJob(Wire, frozen=True, kw_only=True):
    """What was asked, and the name to ask for it by. It goes on `since` then, where it was asked before."""

    job_id: JobId
    url: Text
    since: Moment | None = None


class Submitted(Wire, frozen=True, kw_only=True):
    """The answer of ``submit``: a job for each video, or one `batch` of so many `sources`.

    It goes on `since` then, where the same was asked for before and has not ended. It is kept, and nobody
    begins it, until those who are `absent` are there.
    """

    jobs: tuple[SubmittedJob, ...]
    batch: BatchId = ""
    sources: Count = 0
    since: Moment | None = None
    absent: tuple[AbsentView, ...] = ()


class JobsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``jobs``, and of ``recovery list``; `blocked` are the identities a site refuses.

    `batches` are those listed, or those that obeyed an order, `paced` who waits for the next hour's videos,
    `absent` the actors that jobs wait for.
    """

    jobs: tuple[JobView, ...]
    batches: tuple[BatchView, ...] = ()
    blocked: tuple[EgressView, ...] = ()
    paced: tuple[PaceView, ...] = ()
    absent: tuple[AbsentView, ...] = ()


class EventLine(Wire, frozen=True, kw_only=True):
    """One event of the log: a line of ``replay``, and of what is watched.

    `seq` is the sequence of its message in the stream, `job_id` the job it is about, or the batch where that
    is the `aggregate`, `version` its number there, `type` its tag (``job.archived``), and `data` what else it
    says.
    """

    seq: Annotated[int, Meta(ge=1)]
    aggregate: Text = "job"
    job_id: JobId
    version: Annotated[int, Meta(ge=1)]
    type: Text
    at: Moment
    data: dict[str, Any]


class StatusReport(JobView, frozen=True, kw_only=True):
    """The answer of ``status``: the job, and what happened to it, oldest first."""

    events: tuple[EventLine, ...]


class BatchReport(Wire, frozen=True, kw_only=True):
    """The answer of ``status`` for a batch: its lists, and its jobs that go on or did not end well.

    The newest of each; `more` there are besides.
    """

    batch: BatchView
    listings: tuple[JobView, ...]
    jobs: tuple[JobView, ...]
    more: Count = 0


class Outlook(StrEnum):
    """What would be done about a video of a list."""

    NEW = "new"
    ARCHIVED = "archived"
    WORKING = "working"
    SKIPPED = "skipped"


class PreviewLine(Wire, frozen=True, kw_only=True):
    """One video of a list. `of` is the job that archived it, or is at work on it."""

    video_id: VideoId
    url: Text
    title: Text
    duration: Seconds | None
    outlook: Outlook
    reason: Text = ""
    of: JobId | None = None


class PreviewReport(Wire, frozen=True, kw_only=True):
    """The answer of ``playlist preview``, a line for each address (`url`).

    `bytes` is a rough guess of what is new, of so many `seconds`.
    """

    title: Text
    note: Text
    counts: dict[Outlook, Count]
    bytes: ByteCount
    seconds: Seconds
    videos: tuple[PreviewLine, ...]
    url: Text = ""


class Keeps(Profile, frozen=True, kw_only=True, omit_defaults=False):
    """A profile with every field said."""


class ProfileLine(Wire, frozen=True, kw_only=True):
    """A profile, and the names of the fields in which it differs from the built-in one."""

    name: Text
    keeps: Keeps
    differs: tuple[Text, ...]


class ProfilesReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config profiles``: the built-in one first; `default` is meant where none is named."""

    default: Text
    profiles: Annotated[tuple[ProfileLine, ...], Meta(min_length=1)]


class Exported(Wire, frozen=True, kw_only=True):
    """The answer of ``catalogue export FILE``, ``rebuild FILE`` and ``export --bagit``: what `path` holds.

    `videos` counts copies, `bytes` those of the archived `files`. `problems` are what of a library could not
    be read, or is listed and not there: not all that it should tell is in it.
    """

    path: Text
    videos: Count
    files: Count
    bytes: ByteCount
    problems: tuple[Finding, ...] = ()


class RowDifference(Wire, frozen=True, kw_only=True):
    """A copy of a video of which the log and the library do not say the same, and what about it."""

    job_id: JobId | None
    site: VideoId
    video_id: VideoId
    title: Text
    detail: Text


class Compared(Wire, frozen=True, kw_only=True):
    """The answer of ``rebuild --compare``: how many copies each knows, and where they differ.

    `unknown` are files of which nothing in the library tells what they are, `problems` what of it could not
    be read, or is listed and not there. Hashes are compared as listed: no file is read for it that is.
    """

    ok: bool
    log: Count
    library: Count
    differences: tuple[RowDifference, ...]
    unknown: tuple[Text, ...]
    problems: tuple[Finding, ...] = ()


class SumsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``sums``: how many folders of channels there are, and which were written.

    `findings` are what is not as the log has it, with ``--check``; else what could not be read or written.
    What had more than the log knows, or was no file, is `kept` there.
    """

    ok: bool
    channels: Count
    written: tuple[Text, ...] = ()
    kept: tuple[Text, ...] = ()
    findings: tuple[Finding, ...] = ()
