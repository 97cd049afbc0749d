"""What audits found: the events of an audit, and those of jobs about their files."""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile
from schemas.envelope import BatchId, ByteCount, JobId, Message, NodeName, Rate, Seconds, Text
from schemas.fixity import CheckedJobs, Depth, Finding, Scope, Tally

Count = Annotated[int, Meta(ge=0)]


class AuditStarted(Message, frozen=True, kw_only=True, tag="audit.started"):
    """Somebody looks at what a node keeps: so many `files` and `bytes` are within the scope.

    A `standing` audit is the scheduled one of its node. It goes on for ever, and its numbers are 0.
    """

    node: NodeName
    scope: Scope
    files: Count = 0
    bytes: ByteCount = 0
    standing: bool = False


class FixityChecked(Message, frozen=True, kw_only=True, tag="fixity.checked"):
    """The `part`-th portion of an audit: all files of these jobs were looked at, so many, so closely.

    `found` counts what was not as it should be. What that was, events of the jobs tell, and `audit.found`.
    """

    part: Annotated[int, Meta(ge=1)]
    jobs: CheckedJobs
    files: Count
    bytes: ByteCount
    depth: Depth
    found: Tally = {}


class AuditFound(Message, frozen=True, kw_only=True, tag="audit.found"):
    """A trouble that is no job's: a stray file, the log, a read model."""

    finding: Finding


class AuditFinished(Message, frozen=True, kw_only=True, tag="audit.finished"):
    """Everything within the scope was looked at."""

    files: Count
    bytes: ByteCount
    found: Tally


class AuditScheduled(Message, frozen=True, kw_only=True, tag="audit.scheduled"):
    """Every file is to be read once in so many seconds, at most `rate` bytes a second; None for never."""

    every: Seconds | None
    depth: Depth = Depth.CONTENT
    rate: Rate = 0.0


class FixityFailed(Message, frozen=True, kw_only=True, tag="fixity.failed"):
    """A file of the job is not as it was archived. Said again only when it is so in another way."""

    audit: BatchId = ""
    finding: Finding


class FixityRepaired(Message, frozen=True, kw_only=True, tag="fixity.repaired"):
    """The file that was damaged at `path` is whole: `file`, which may have another path or content.

    `how`: "returned" to its place, "copied" from another place that has the same content, "downloaded" again
    (by job `of`), or "replaced" by hand.
    """

    path: Text
    file: ArchivedFile
    how: Text
    of: JobId | None = None


AuditEvent = AuditStarted | FixityChecked | AuditFound | AuditFinished | AuditScheduled
