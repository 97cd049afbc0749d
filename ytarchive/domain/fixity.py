"""The audit as the log has it: begun, told of portion by portion, finished; and what is decided about it.

One portion is news of several aggregates: each damaged job has an event, and then the audit. Whoever is
killed between the two decides again, and the jobs have nothing new to say. Nothing is told twice.

The scheduled audit of a node is one that goes on for ever (`standing`), and the schedule an aggregate by
itself, `SCHEDULE`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from schemas.common import ArchivedFile, State
from schemas.envelope import Commit
from schemas.events import Event, JobEvent
from schemas.fixity import Depth, Finding, Scope, Tally, Trouble
from schemas.fixity_commands import AuditCommand, BeginAudit, FinishAudit, RecordAudit, ScheduleAudit
from schemas.fixity_events import (
    AuditEvent,
    AuditFinished,
    AuditFound,
    AuditScheduled,
    AuditStarted,
    FixityChecked,
    FixityFailed,
    FixityRepaired,
)
from schemas.results import FilesChecked
from ytarchive.domain.job import Job


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about one audit. `version` 0 means that it says nothing yet.

    `due_files` and `due_bytes` are within its scope; `parts` were told of, with so many `files` and `bytes`,
    and what was `found`. Of the schedule alone, everything is read once `every` so many seconds, at `rate`.
    """

    audit_id: str
    version: int = 0
    node: str = ""
    scope: Scope = Scope()
    standing: bool = False
    due_files: int = 0
    due_bytes: int = 0
    parts: int = 0
    files: int = 0
    bytes: int = 0
    found: Tally = {}
    every: float | None = None
    depth: Depth = Depth.CONTENT
    rate: float = 0.0
    correlation_id: str = ""
    started_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None


class Recorded(NamedTuple):
    """The events of one commit about one aggregate."""

    aggregate: str
    aggregate_id: str
    events: tuple[Event, ...]


def standing_audit(node: str) -> str:
    """Give the id of the scheduled audit of a node."""
    return hashlib.sha256(f"audit\0{node}".encode()).hexdigest()[:16]


def fold_audit(audit: Audit, commit: Commit[AuditEvent]) -> Audit:
    """Apply one commit of the log. Never raises: what the log says has happened."""
    if audit.version == 0:
        audit = msgspec.structs.replace(audit, started_at=commit.at, correlation_id=commit.correlation_id)
    for event in commit.events:
        audit = msgspec.structs.replace(
            audit, version=audit.version + 1, updated_at=commit.at, **_changes(audit, event, commit.at)
        )
    return audit


def _changes(audit: Audit, event: AuditEvent, at: datetime) -> dict[str, object]:
    match event:
        case AuditStarted():
            return {
                "node": event.node,
                "scope": event.scope,
                "standing": event.standing,
                "due_files": event.files,
                "due_bytes": event.bytes,
            }
        case FixityChecked(part=part, files=files, bytes=size, found=found):
            return {
                "parts": part,
                "files": audit.files + files,
                "bytes": audit.bytes + size,
                "found": _counts(Counter(audit.found) + Counter(found)),
            }
        case AuditFinished():
            return {"finished_at": at}
        case AuditScheduled(every=every, depth=depth, rate=rate):
            return {"every": every, "depth": depth, "rate": rate}
        case _:
            return {}


def decide_audit(
    audit: Audit, message: AuditCommand | FilesChecked, job: Callable[[str], Job]
) -> tuple[Recorded, ...]:
    """Say what happens because of a message about an audit, in the order in which it is to be recorded.

    Pure and total. `job` gives a job as it stands.
    """
    match message:
        case BeginAudit() if not audit.version:
            started = AuditStarted(
                node=message.node, scope=message.scope, files=message.files, bytes=message.bytes
            )
            events: tuple[AuditEvent, ...] = (started,)
        case FilesChecked(part=part, node=node, depth=depth) if part == audit.parts + 1:
            started = AuditStarted(node=node, scope=Scope(depth=depth), standing=True)
            return _told(audit, message, job, () if audit.version else (started,))
        case RecordAudit(part=part) if _goes_on(audit) and part == audit.parts + 1:
            return _told(audit, message, job)
        case FinishAudit(parts=parts) if _goes_on(audit) and parts == audit.parts:
            events = (AuditFinished(files=audit.files, bytes=audit.bytes, found=audit.found),)
        case ScheduleAudit(every=every, depth=depth, rate=rate) if (every, depth, rate) != (
            audit.every,
            audit.depth,
            audit.rate,
        ):
            events = (AuditScheduled(every=every, depth=depth, rate=rate),)
        case _:
            return ()
    return (Recorded("audit", audit.audit_id, events),)


def _goes_on(audit: Audit) -> bool:
    return audit.version > 0 and not audit.standing and not audit.finished_at


def _told(
    audit: Audit,
    message: RecordAudit | FilesChecked,
    job: Callable[[str], Job],
    before: tuple[AuditEvent, ...] = (),
) -> tuple[Recorded, ...]:
    checked = FixityChecked(
        part=message.part,
        jobs=message.jobs,
        files=message.files,
        bytes=message.bytes,
        depth=message.depth,
        found=_counts(Counter(finding.kind for finding in message.findings)),
    )
    others = tuple(AuditFound(finding=finding) for finding in message.findings if not _of_a_file(finding))
    return (
        *_of_jobs(message, job),
        Recorded("audit", audit.audit_id, (*before, checked, *others)),
    )


def _of_jobs(message: RecordAudit | FilesChecked, job: Callable[[str], Job]) -> Iterator[Recorded]:
    found: dict[str, list[Finding]] = {}
    for finding in message.findings:
        if finding.job_id and _of_a_file(finding):
            found.setdefault(finding.job_id, []).append(finding)
    for job_id in dict.fromkeys((*message.jobs, *found)):
        read = message.depth.reads and job_id in message.jobs
        if events := tuple(_of_job(job(job_id), message.audit_id, found.get(job_id, ()), read=read)):
            yield Recorded("job", job_id, events)


def _of_job(job: Job, audit_id: str, findings: Iterable[Finding], *, read: bool) -> Iterator[JobEvent]:
    """Give what is new about the files of a job. Where all of them were `read`, the others are whole."""
    if job.state is not State.ARCHIVED:
        return
    files = {file.path: file for file in job.files}
    bad = {one.path: one for one in findings if one.path in files and not _overtaken(one, files[one.path])}
    for path, finding in bad.items():
        if job.damaged.get(path) is not finding.kind:
            yield FixityFailed(audit=audit_id, finding=finding)
    for path in job.damaged if read else ():
        if path not in bad and path in files:
            yield FixityRepaired(path=path, file=files[path], how="replaced")


def _overtaken(finding: Finding, file: ArchivedFile) -> bool:
    """Tell whether what was found is what must be there by now: the file was repaired with another."""
    found = finding.kind is Trouble.ALTERED and finding.bytes == file.bytes
    return found and finding.sha256 in (None, file.sha256)


def _of_a_file(finding: Finding) -> bool:
    """Tell whether it is about a file that a job archived."""
    return bool(finding.job_id and finding.path)


def _counts(counter: "Counter[Trouble]") -> Tally:
    return {kind: counter[kind] for kind in Trouble if counter[kind]}
