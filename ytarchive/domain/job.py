"""The job: one request for one video, from the submission to the verified file; or for a list of videos.

    state    submitted → resolving → downloading → storing → archived
             resolving, downloading → duplicate · resolving → skipped
             submitted → listing → listed
             any active ⇄ waiting · any → failed, cancelled
             any active ⇄ paused, by hand or because the site refuses whoever asks
             resolving → waiting → duplicate, downloading: it follows another job of the same video
             cancelled, failed → its beginning, by hand; failed → its beginning when it is looked at again

`evolve` folds events into a `Job`. It is pure and total: it accepts whatever the log holds.
"""

from datetime import datetime
from typing import Final

import msgspec

from schemas.common import (
    ArchivedFile,
    Category,
    Failure,
    MetadataRef,
    Priority,
    Stage,
    Staging,
    State,
    Verified,
    Video,
)
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
from schemas.fixity import Repair, Trouble
from schemas.fixity_events import FixityFailed, FixityRepaired
from schemas.options import ArchiveOptions
from ytarchive.domain.resume import resume_at

ACTIVE: Final = {
    Stage.LISTING: State.LISTING,
    Stage.METADATA: State.RESOLVING,
    Stage.DOWNLOAD: State.DOWNLOADING,
    Stage.STORAGE: State.STORING,
}
_AT_WORK: Final = frozenset(ACTIVE.values())


class FailedAttempt(msgspec.Struct, frozen=True):
    """One line of a job's history of failures."""

    stage: Stage
    category: Category
    at: datetime


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about one job. `version` 0 means that it says nothing yet.

    `asked` is its version when the present stage was begun, `started` counts the attempts begun at each
    stage, `failures` those that failed since the job was submitted or last retried by hand, `blocked` the
    attempts that ended because the site refused whoever asked, `nodes` the machines that may hold staged
    files of it. `kept` means that these stay though the job has ended, `egress` who was refused last, `of`
    the job that is repeated or followed. An archived job stays so whatever becomes of its `files`: `damaged`
    says what is wrong, by path.

    One that `lists` has found so many `pages` and `entries`, goes on with `resume`, and met what it had
    `known` of the list of job `previous` at `met`, in the first tab that it left there. One that
    `repairs` files of another has none of its own.
    """

    job_id: str
    version: int = 0
    state: State = State.SUBMITTED
    url: str = ""
    options: ArchiveOptions = ArchiveOptions()
    batch: str = ""
    priority: Priority = Priority.HIGH
    correlation_id: str = ""
    title: str = ""
    stage: Stage = Stage.METADATA
    asked: int = 0
    started: dict[Stage, int] = {}
    failures: tuple[FailedAttempt, ...] = ()
    blocked: int = 0
    egress: str = ""
    nodes: frozenset[str] = frozenset()
    kept: bool = False
    reason: str = ""
    video: Video | None = None
    metadata: MetadataRef | None = None
    extraction: str | None = None
    staging: Staging | None = None
    files: tuple[ArchivedFile, ...] = ()
    damaged: dict[str, Trouble] = {}
    verified: Verified | None = None
    archived_at: datetime | None = None
    failure: Failure | None = None
    due: datetime | None = None
    of: str | None = None
    lists: bool = False
    known: tuple[str, ...] = ()
    previous: str | None = None
    pages: int = 0
    entries: int = 0
    resume: str = ""
    met: str | None = None
    repairs: Repair | None = None
    submitted_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def attempt(self) -> int:
        """How often the present stage was begun."""
        return self.started.get(self.stage, 0)

    @property
    def first(self) -> Stage:
        """The stage it begins with."""
        return Stage.LISTING if self.lists else Stage.METADATA

    @property
    def active(self) -> bool:
        """Whether somebody is at work on it, or will be as soon as a worker is free."""
        return self.version > 0 and self.state in _AT_WORK

    @property
    def follows(self) -> bool:
        """Whether it waits for another job of the same video."""
        return self.state is State.WAITING and self.due is None

    @property
    def paused_by_hand(self) -> bool:
        """Whether a person paused it; one that a site refuses is paused until it is due."""
        return self.state is State.PAUSED and self.due is None


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
