"""The job: one request for one video, from the submission to the verified file.

    state    submitted → resolving → downloading → storing → archived
             resolving, downloading → duplicate · any active ⇄ waiting · any → failed, cancelled
             any active ⇄ paused, by hand or because the site refuses whoever asks
             cancelled, failed → resolving, by hand; failed → resolving when it is looked at again

`evolve` folds events into a `Job`; `decide` says which events a message leads to. Both are pure and total:
`evolve` accepts whatever the log holds, `decide` answers ``()`` to everything that is late or repeated. But
files that have reached the library are there: the log says so even if the job was called off meanwhile.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.commands import CancelJob, JobCommand, PauseJob, ResumeJob, RetryJob, SubmitVideo, WakeJob
from schemas.common import (
    BLOCKS,
    ArchivedFile,
    Category,
    Failure,
    MetadataRef,
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
    MediaDownloaded,
    MetadataRecorded,
    RetryScheduled,
    StageBlocked,
    StageStarted,
    VideoArchived,
)
from schemas.options import ArchiveOptions
from schemas.results import DownloadFinished, MediaStored, MetadataFetched, Result, TaskFailed

ACTIVE: Final = {
    Stage.METADATA: State.RESOLVING,
    Stage.DOWNLOAD: State.DOWNLOADING,
    Stage.STORAGE: State.STORING,
}
_ADDRESSES_LAST: Final = timedelta(hours=1)
"""Media addresses are good for some hours; after a longer wait they are asked for anew."""


class FailedAttempt(msgspec.Struct, frozen=True):
    """One line of a job's history of failures."""

    stage: Stage
    category: Category
    at: datetime


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about one job. `version` 0 means that it says nothing yet.

    `started` counts the attempts begun at each stage, `failures` those that failed since the job was
    submitted or last retried by hand, `blocked` the attempts that ended because the site refused whoever
    asked, `nodes` the machines that may hold staged files of it. `kept` means that these stay though the job
    has ended, `egress` who was refused last, `reason` what a person said who paused or cancelled it.
    """

    job_id: str
    version: int = 0
    state: State = State.SUBMITTED
    url: str = ""
    options: ArchiveOptions = ArchiveOptions()
    correlation_id: str = ""
    stage: Stage = Stage.METADATA
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
    verified: Verified | None = None
    failure: Failure | None = None
    due: datetime | None = None
    of: str | None = None
    submitted_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def attempt(self) -> int:
        """How often the present stage was begun."""
        return self.started.get(self.stage, 0)


class Archived(msgspec.Struct, frozen=True):
    """Where a video is archived already."""

    job_id: str
    files: tuple[ArchivedFile, ...]


RetryPolicy = Callable[[str, tuple[FailedAttempt, ...]], datetime | None]
"""Says when the job with these failures, the newest last, goes on; None gives up."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision may depend on beside the job: the clock, the policies, the catalogue.

    `recheck` says after how long to look again at a video that is not to be had, `block` until when an
    egress identity rests that was refused just now.
    """

    at: datetime
    retry: RetryPolicy
    archived: Callable[[Video], Archived | None]
    recheck: Callable[[Category], timedelta | None]
    block: Callable[[str, Category], datetime]


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
        case JobSubmitted(url=url, options=options):
            return {"state": State.SUBMITTED, "url": url, "options": options}
        case StageStarted(stage=stage, attempt=attempt, by_hand=by_hand):
            return {
                "state": ACTIVE[stage],
                "stage": stage,
                "started": job.started | {stage: attempt},
                "failures": () if by_hand else job.failures,
                "due": None,
                "failure": None,
                "egress": "",
                "kept": False,
                "reason": "",
            }
        case MetadataRecorded(video=video, metadata=metadata, extraction=extraction):
            return {"video": video, "metadata": metadata, "extraction": extraction}
        case DuplicateFound(of=of, files=files):
            return {"state": State.DUPLICATE, "of": of, "files": files}
        case MediaDownloaded(staging=staging):
            return {"staging": staging, "nodes": job.nodes | {staging.node}}
        case VideoArchived(files=files, verified=verified):
            return {"state": State.ARCHIVED, "files": files, "verified": verified, "due": None, "reason": ""}
        case AttemptFailed(stage=stage, failure=failure, node=node):
            return {
                "failure": failure,
                "failures": (*job.failures, FailedAttempt(stage, failure.category, at)),
                "nodes": _staging_nodes(job, stage, node),
            }
        case StageBlocked(stage=stage, failure=failure, until=until, egress=egress, node=node):
            return {
                "state": State.PAUSED,
                "stage": _resume_at(stage, failure.category, until - at),
                "failure": failure,
                "due": until,
                "egress": egress,
                "blocked": job.blocked + 1,
                "nodes": _staging_nodes(job, stage, node),
            }
        case RetryScheduled(stage=stage, due=due):
            return {"state": State.WAITING, "stage": stage, "due": due}
        case JobFailed(failure=failure, recheck=recheck):
            return {"state": State.FAILED, "failure": failure, "due": recheck}
        case JobPaused(reason=reason):
            return {"state": State.PAUSED, "due": None, "failure": None, "egress": "", "reason": reason}
        case JobCancelled(reason=reason, keep=keep):  # pragma: no branch - mypy knows that there is no other
            return {"state": State.CANCELLED, "due": None, "kept": keep, "reason": reason}


def decide(job: Job, message: JobCommand | Result, context: Context) -> tuple[JobEvent, ...]:
    """Say what happens because of a message: the events of one commit, or none."""
    match message:
        case SubmitVideo(url=url, options=options) if job.version == 0:
            return JobSubmitted(url=url, options=options), _start(job, Stage.METADATA)
        case CancelJob(reason=reason, keep=keep) if job.version and not job.state.final:
            return (JobCancelled(reason=reason, keep=keep),)
        case PauseJob(reason=reason) if job.version and not job.state.final and not _paused_by_hand(job):
            return (JobPaused(reason=reason),)
        case ResumeJob() if _paused_by_hand(job):
            return (_start(job, job.stage),)
        case RetryJob() if job.state in (State.WAITING, State.PAUSED):
            return (_start(job, job.stage, by_hand=True),)
        case RetryJob() if job.state in (State.FAILED, State.CANCELLED):
            return (_start(job, Stage.METADATA, by_hand=True),)
        case WakeJob(version=version) if job.due and version == job.version:
            return (_start(job, Stage.METADATA if job.state is State.FAILED else job.stage),)
        case MetadataFetched(video=video, metadata=metadata, extraction=extraction, egress=egress) if (
            _awaited(job, Stage.METADATA, message.attempt)
        ):
            recorded = MetadataRecorded(video=video, metadata=metadata, extraction=extraction, egress=egress)
            return recorded, _go_on(job, video, Stage.DOWNLOAD, context)
        case DownloadFinished(staging=staging, egress=egress) if job.video and _awaited(
            job, Stage.DOWNLOAD, message.attempt
        ):
            downloaded = MediaDownloaded(staging=staging, egress=egress)
            return downloaded, _go_on(job, job.video, Stage.STORAGE, context)
        case MediaStored(node=node, files=files, verified=verified) if (
            job.stage is Stage.STORAGE and message.attempt == job.attempt and job.state is not State.ARCHIVED
        ):
            return (VideoArchived(node=node, files=files, verified=verified),)
        case TaskFailed(stage=stage, attempt=attempt) if _awaited(job, stage, attempt):
            return _after_failure(job, message, context)
        case _:
            return ()


def _start(job: Job, stage: Stage, *, by_hand: bool = False) -> StageStarted:
    return StageStarted(stage=stage, attempt=job.started.get(stage, 0) + 1, by_hand=by_hand)


def _awaited(job: Job, stage: Stage, attempt: int) -> bool:
    return job.version > 0 and job.state is ACTIVE[stage] and attempt == job.attempt


def _go_on(job: Job, video: Video, stage: Stage, context: Context) -> JobEvent:
    """Start the next stage, unless another job has archived the video and that is enough."""
    archived = None if job.options.force else context.archived(video)
    return DuplicateFound(of=archived.job_id, files=archived.files) if archived else _start(job, stage)


def _after_failure(job: Job, result: TaskFailed, context: Context) -> tuple[JobEvent, ...]:
    stage, failure = result.stage, result.failure
    if failure.category in BLOCKS:
        blocked = StageBlocked(
            stage=stage,
            attempt=result.attempt,
            failure=failure,
            until=context.block(result.egress, failure.category),
            egress=result.egress,
            node=result.node,
        )
        return (blocked,)
    failed = AttemptFailed(
        stage=stage, attempt=result.attempt, failure=failure, node=result.node, egress=result.egress
    )
    history = (*job.failures, FailedAttempt(stage, failure.category, context.at))
    due = context.retry(job.job_id, history)
    if due is None:
        interval = context.recheck(failure.category)
        recheck = None if interval is None else context.at + interval
        return failed, JobFailed(failure=failure, recheck=recheck)
    if failure.not_before and failure.not_before > context.at:
        due = failure.not_before
    return failed, RetryScheduled(stage=_resume_at(stage, failure.category, due - context.at), due=due)


def _paused_by_hand(job: Job) -> bool:
    return job.state is State.PAUSED and job.due is None


def _staging_nodes(job: Job, stage: Stage, node: str | None) -> frozenset[str]:
    return job.nodes | {node} if node and stage is not Stage.METADATA else job.nodes


def _resume_at(stage: Stage, category: Category, wait: timedelta) -> Stage:
    """Where to go on: expired addresses are fetched again, media that proved bad is downloaded again."""
    if stage is Stage.STORAGE:
        return Stage.DOWNLOAD if category is Category.MEDIA else stage
    return Stage.METADATA if category is Category.URL_EXPIRED or wait >= _ADDRESSES_LAST else stage
