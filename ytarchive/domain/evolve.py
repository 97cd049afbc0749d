"""What events make of a job. Pure and total: `evolve` accepts whatever the log holds."""

from datetime import datetime

import msgspec

from schemas.common import Stage, State
from schemas.envelope import Commit
from schemas.events import (
    AttemptFailed,
    DuplicateFound,
    JobCancelled,
    JobEvent,
    JobFailed,
    JobPaused,
    JobSubmitted,
    LeaderFollowed,
    ListingFinished,
    MediaDownloaded,
    MetadataRecorded,
    PageRecorded,
    RetryScheduled,
    StageBlocked,
    StageStarted,
    VideoArchived,
    VideoSkipped,
)
from schemas.fixity_events import FixityFailed, FixityRepaired
from ytarchive.domain.job import ACTIVE, FailedAttempt, Job
from ytarchive.domain.resume import resume_at


def fold(job: Job, commit: Commit[JobEvent]) -> Job:
    """Apply one commit of the log."""
    if job.version == 0:
        job = msgspec.structs.replace(job, submitted_at=commit.at, correlation_id=commit.correlation_id)
    for event in commit.events:
        job = evolve(job, event, commit.at)
    return job


def evolve(job: Job, event: JobEvent, at: datetime) -> Job:
    """Apply one event. Never raises: what the log says has happened."""
    return msgspec.structs.replace(job, version=job.version + 1, updated_at=at, **_changes(job, event, at))


def _changes(job: Job, event: JobEvent, at: datetime) -> dict[str, object]:
    match event:
        case JobSubmitted():
            return {
                "state": State.SUBMITTED,
                "url": event.url,
                "options": event.options,
                "batch": event.batch,
                "priority": event.priority,
                "title": event.title,
                "lists": event.lists,
                "known": event.known,
                "previous": event.previous,
                "repairs": event.repairs,
            }
        case StageStarted(stage=stage, attempt=attempt, by_hand=by_hand):
            return {
                "state": ACTIVE[stage],
                "stage": stage,
                "asked": job.version + 1,
                "started": job.started | {stage: attempt},
                "failures": () if by_hand else job.failures,
                "due": None,
                "failure": None,
                "reason": "",
                "of": None,
                "egress": "",
                "kept": False,
            }
        case MetadataRecorded(video=video, metadata=metadata, extraction=extraction):
            return {"video": video, "metadata": metadata, "extraction": extraction}
        case LeaderFollowed(of=of):
            return {"state": State.WAITING, "stage": Stage.DOWNLOAD, "of": of, "due": None}
        case MediaDownloaded(staging=staging):
            return {"staging": staging, "nodes": job.nodes | {staging.node}}
        case AttemptFailed(stage=stage, failure=failure, node=node):
            return {
                "failure": failure,
                "failures": (*job.failures, FailedAttempt(stage, failure.category, at)),
                "nodes": _staging_nodes(job, stage, node),
            }
        case StageBlocked(stage=stage, failure=failure, until=until, egress=egress, node=node):
            return {
                "state": State.PAUSED,
                "stage": resume_at(stage, failure.category, until - at),
                "failure": failure,
                "due": until,
                "egress": egress,
                "blocked": job.blocked + 1,
                "nodes": _staging_nodes(job, stage, node),
            }
        case RetryScheduled(stage=stage, due=due):
            return {"state": State.WAITING, "stage": stage, "due": due}
        case JobPaused(reason=reason):
            return {"state": State.PAUSED, "due": None, "failure": None, "egress": "", "reason": reason}
        case PageRecorded(page=page, entries=entries, resume=resume):
            return {
                "pages": page,
                "entries": job.entries + len(entries),
                "resume": resume,
                "title": event.title or job.title,
                "met": job.met or event.met,
            }
        case _:
            return _ending(job, event, at)


def _ending(job: Job, event: JobEvent, at: datetime) -> dict[str, object]:
    match event:
        case VideoArchived(files=files, verified=verified, stored_at=stored_at):
            return {
                "state": State.ARCHIVED,
                "files": files,
                "verified": verified,
                "archived_at": stored_at or at,
                "of": job.repairs.job_id if job.repairs else None,
                "due": None,
                "reason": "",
            }
        case FixityFailed(finding=finding):
            return {"damaged": job.damaged | {finding.path: finding.kind}}
        case FixityRepaired(path=path, file=file):
            others = {other: kind for other, kind in job.damaged.items() if other != path}
            files = tuple(file if one.path == path else one for one in job.files)
            return {"files": files, "damaged": others}
        case DuplicateFound(of=of, files=files):
            return {"state": State.DUPLICATE, "of": of, "files": files}
        case VideoSkipped(video=video, reason=reason):
            return {"state": State.SKIPPED, "video": video, "reason": reason}
        case ListingFinished(title=title, met=met, note=note):
            return {
                "state": State.LISTED,
                "title": title or job.title,
                "met": job.met or met,
                "reason": note,
            }
        case JobFailed(failure=failure, recheck=recheck):
            return {"state": State.FAILED, "failure": failure, "due": recheck}
        case JobCancelled(reason=reason, keep=keep):
            return {"state": State.CANCELLED, "due": None, "kept": keep, "reason": reason}
        case _:  # pragma: no cover - `_changes` takes all others
            return {}


def _staging_nodes(job: Job, stage: Stage, node: str | None) -> frozenset[str]:
    return job.nodes | {node} if node and stage in (Stage.DOWNLOAD, Stage.STORAGE) else job.nodes
