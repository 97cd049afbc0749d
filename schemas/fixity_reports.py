"""What programs read of audits under ``--json``."""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import AuditId, BatchId, ByteCount, Moment, Rate, Seconds, Sha256, Text, Wire
from schemas.fixity import Depth, Scope, Tally

Count = Annotated[int, Meta(ge=0)]


class FileCount(Wire, frozen=True, kw_only=True):
    """How many files must exist, and how many of them are as the log says."""

    expected: Count
    ok: Count


class AuditProblem(Wire, frozen=True, kw_only=True):
    """One thing that is not as the log says. `path` is relative to the library.

    `bytes` and `sha256` are what was found there, `at` is where a renamed file lies now. `kind` is that of a
    finding, or "arriving": somebody is writing the file, which is not recorded.
    """

    kind: Text
    path: Text | None = None
    job_id: Text | None = None
    detail: Text
    bytes: ByteCount | None = None
    sha256: Sha256 | None = None
    at: Text = ""


class AuditReport(Wire, frozen=True, kw_only=True):
    """The answer of ``audit``: `ok` means no `problems`; `events` and `jobs` are how many were read.

    `files` and `bytes` are those within the `scope`. It took so many `seconds`. So many unexpected files are
    `listed` in SHA256SUMS: the log is older than the library. So many of the problems were `known` by the log
    already, and are of files that were not read.
    """

    ok: bool
    events: Count
    jobs: Count
    files: FileCount
    problems: tuple[AuditProblem, ...]
    audit_id: BatchId = ""
    scope: Scope = Scope()
    bytes: ByteCount = 0
    seconds: Seconds = 0
    listed: Count = 0
    known: Count = 0


class ScheduleReport(Wire, frozen=True, kw_only=True):
    """The answer of ``audit --every``: every file is read once in so many seconds, never where it is null."""

    every: Seconds | None
    depth: Depth
    rate: Rate


class AuditLine(Wire, frozen=True, kw_only=True):
    """One audit: of `due_files` and `due_bytes` within its scope so many were looked at, and so much `found`.

    One without `finished_at` goes on, or was interrupted. A `standing` one is the scheduled one of its node.
    """

    audit_id: AuditId
    node: Text
    scope: Scope
    standing: bool
    due_files: Count
    due_bytes: ByteCount
    files: Count
    bytes: ByteCount
    found: Tally
    started_at: Moment | None
    updated_at: Moment | None
    finished_at: Moment | None


class ScrubLine(Wire, frozen=True, kw_only=True):
    """How far a node is with its scheduled audit: it is `behind` with the files of so many jobs.

    The next, or the first of those, were `due` then. `suspended` tells why nothing is read where we are.
    """

    node: Text
    due: Moment | None
    behind: Count
    suspended: Text = ""


class AuditHistory(Wire, frozen=True, kw_only=True):
    """The answer of ``audit --history``: the latest audits, oldest first; and how far the nodes are."""

    schedule: ScheduleReport
    audits: tuple[AuditLine, ...]
    nodes: tuple[ScrubLine, ...] = ()
