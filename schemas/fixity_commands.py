"""What may be asked about fixity: of the jobs actor, and by it of whoever keeps the files."""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile
from schemas.envelope import AuditId, ByteCount, JobId, Message, NodeName, Rate, Text
from schemas.fixity import CheckedJobs, Depth, Findings, JobFiles, Scope

Part = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]


class BeginAudit(Message, frozen=True, kw_only=True, tag="audit.begin"):
    """Somebody is about to look at what `node` keeps. The sender chooses `audit_id`."""

    audit_id: AuditId
    node: NodeName
    scope: Scope
    files: Count
    bytes: ByteCount


class RecordAudit(Message, frozen=True, kw_only=True, tag="audit.record"):
    """The `part`-th portion of an audit, from 1: all files of these jobs were looked at.

    What was found of a job is in the portion that names it. What is damaged of it, and is not among that, was
    found whole where the `depth` reads files.
    """

    audit_id: AuditId
    part: Part
    jobs: CheckedJobs
    files: Count
    bytes: ByteCount
    depth: Depth
    findings: Findings = ()


class FinishAudit(Message, frozen=True, kw_only=True, tag="audit.finish"):
    """Everything was looked at, and told in so many `parts`."""

    audit_id: AuditId
    parts: Count


class ScheduleAudit(Message, frozen=True, kw_only=True, tag="audit.schedule"):
    """Have every file read once in so many seconds, at most `rate` bytes a second; None for never.

    `audit_id` is that of the schedule.
    """

    audit_id: AuditId
    every: Annotated[float, Meta(ge=1, le=1e12)] | None
    depth: Depth = Depth.CONTENT
    rate: Rate = 0.0


class WakeAudit(Message, frozen=True, kw_only=True, tag="audit.wake"):
    """Some file is due to be read again."""

    audit_id: AuditId


class RecordRepair(Message, frozen=True, kw_only=True, tag="fixity.repair"):
    """The damaged file at `path` of an archived job is whole now: `file`, which was read back."""

    job_id: JobId
    path: Text
    file: ArchivedFile
    how: Text
    of: JobId | None = None


class CheckFiles(Message, frozen=True, kw_only=True, tag="storage.check"):
    """Look at these files where they are kept: the `part`-th portion of a standing audit.

    At most `rate` bytes a second, 0 for as fast as the disk is.
    """

    audit_id: AuditId
    part: Part
    depth: Depth
    checks: Annotated[tuple[JobFiles, ...], Meta(max_length=500)]
    rate: Rate = 0.0


AuditCommand = BeginAudit | RecordAudit | FinishAudit | ScheduleAudit | WakeAudit
