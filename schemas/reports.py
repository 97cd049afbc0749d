"""What programs read from the command line under ``--json``: one document, or one line each of a stream.

`JobView` is how a job is shown everywhere. A stream mixes `EventLine`, the wire's own `Progress`, and a
`Summary` as its last line; ``type`` tells them apart.
"""

from typing import Annotated, Any

from msgspec import Meta

from schemas.common import Category, Severity, Stage, State
from schemas.envelope import JobId, Message, Moment, Text, Wire
from schemas.queries import JobView

Count = Annotated[int, Meta(ge=0)]


class Summary(Message, frozen=True, kw_only=True, tag="summary"):
    """The last line of ``run`` and ``submit --wait``: `ok` when every job ended as archived or duplicate."""

    ok: bool
    jobs: tuple[JobView, ...]


class SubmittedJob(Wire, frozen=True, kw_only=True):
    """What was asked, and the name to ask for it by."""

    job_id: JobId
    url: Text


class Submitted(Wire, frozen=True, kw_only=True):
    """The answer of ``submit``."""

    jobs: tuple[SubmittedJob, ...]


class JobsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``jobs``."""

    jobs: tuple[JobView, ...]


class EventLine(Wire, frozen=True, kw_only=True):
    """One event of the log: a line of ``replay``, and of what is watched.

    `seq` is the sequence of its message in the stream, `version` its number in the job, `type` its tag
    (``job.archived``), and `data` what else it says.
    """

    seq: Annotated[int, Meta(ge=1)]
    job_id: JobId
    version: Annotated[int, Meta(ge=1)]
    type: Text
    at: Moment
    data: dict[str, Any]


class StatusReport(JobView, frozen=True, kw_only=True):
    """The answer of ``status``: the job, and what happened to it, oldest first."""

    events: tuple[EventLine, ...]


class FileCount(Wire, frozen=True, kw_only=True):
    """How many files must exist, and how many of them are as the log says."""

    expected: Count
    ok: Count


class AuditProblem(Wire, frozen=True, kw_only=True):
    """One thing that is not as the log says. `path` is relative to the library."""

    kind: Text
    path: Text | None = None
    job_id: Text | None = None
    detail: Text


class AuditReport(Wire, frozen=True, kw_only=True):
    """The answer of ``audit``: `ok` means no `problems`; `events` and `jobs` are how many were read."""

    ok: bool
    events: Count
    jobs: Count
    files: FileCount
    problems: tuple[AuditProblem, ...]


class FailedTry(Wire, frozen=True, kw_only=True):
    """One attempt that failed: at which stage, for what kind of reason, and when."""

    stage: Stage
    category: Category
    at: Moment


class RecoveryReport(Wire, frozen=True, kw_only=True):
    """What went wrong with a job, and what is done about it.

    `what` happened and of which `category`, how much that matters, what was tried (oldest first, since the
    job was submitted or last retried by hand), and what a person can do. `next` is when it goes on by itself;
    without one it does not.
    """

    job_id: JobId
    url: Text
    title: Text | None = None
    state: State
    severity: Severity
    category: Category
    what: Text
    tried: tuple[FailedTry, ...]
    next: Moment | None = None
    suggestion: Text
