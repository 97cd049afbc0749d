"""What a message leads to: the events of one commit, or none.

Pure and total: `decide` answers ``()`` to everything that is late or repeated. But files that have reached
the library are there: the log says so even if the job was called off meanwhile.
"""

import msgspec

from schemas.commands import CancelJob, JobCommand, PauseJob, ResumeJob, RetryJob, SubmitVideo, WakeJob
from schemas.common import BLOCKS, Category, Entry, Failure, Stage, State, Video
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
from schemas.fixity_commands import RecordRepair
from schemas.fixity_events import FixityRepaired
from schemas.results import (
    CollectionListed,
    DownloadFinished,
    MediaStored,
    MetadataFetched,
    PageListed,
    Result,
    TaskFailed,
    VideoUnwanted,
)
from ytarchive.domain.context import Context
from ytarchive.domain.job import ACTIVE, FailedAttempt, Job
from ytarchive.domain.repair import needed
from ytarchive.domain.resume import resume_at

_NOT_ARCHIVED = "not archived: there is nothing to look at again"


def decide(job: Job, message: JobCommand | Result, context: Context) -> tuple[JobEvent, ...]:
    """Say what happens because of a message."""
    match message:
        case SubmitVideo(url=url, options=options, priority=priority) if job.version == 0:
            return begun(JobSubmitted(url=url, options=options, priority=priority, repairs=message.repairs))
        case CancelJob(reason=reason, keep=keep) if job.version and not job.state.final:
            return (JobCancelled(reason=reason, keep=keep),)
        case PauseJob(reason=reason) if job.version and not job.state.final and not job.paused_by_hand:
            return (JobPaused(reason=reason),)
        case ResumeJob() if job.paused_by_hand:
            return (_again(job, context),)
        case RetryJob() if job.state in (State.WAITING, State.PAUSED):
            return (_start(job, job.stage, by_hand=True),)
        case RetryJob() if job.state in (State.FAILED, State.CANCELLED):
            return (_start(job, job.first, by_hand=True),)
        case WakeJob(version=version) if version == job.version:
            return _woken(job, context)
        case RecordRepair(path=path, file=file) if path in job.damaged:
            return (FixityRepaired(path=path, file=file, how=message.how, of=message.of),)
        case _ if isinstance(message, Result):
            return _after_result(job, message, context)
        case _:
            return ()


def _woken(job: Job, context: Context) -> tuple[JobEvent, ...]:
    if job.due and job.state is State.FAILED:
        return (_start(job, job.first),)
    if not job.due and not job.follows:
        return ()
    event = _again(job, context)
    return () if event == LeaderFollowed(of=job.of or "") else (event,)


def begun(submitted: JobSubmitted) -> tuple[JobEvent, ...]:
    """Give the first events of a job: it was asked for, and its first stage is begun."""
    first = Stage.LISTING if submitted.lists else Stage.METADATA
    return submitted, StageStarted(stage=first, attempt=1)


def _after_result(job: Job, result: Result, context: Context) -> tuple[JobEvent, ...]:
    match result:
        case MetadataFetched(video=video) if _awaited(job, Stage.METADATA, result.attempt):
            recorded = MetadataRecorded(
                video=video,
                metadata=result.metadata,
                extraction=result.extraction,
                egress=result.egress,
                thumbnail=result.thumbnail,
            )
            return recorded, _go_on(job, video, Stage.DOWNLOAD, context)
        case VideoUnwanted(video=video, reason=reason) if _awaited(job, Stage.METADATA, result.attempt):
            return (VideoSkipped(video=video, reason=reason, egress=result.egress),)
        case DownloadFinished(staging=staging, egress=egress) if job.video and _awaited(
            job, Stage.DOWNLOAD, result.attempt
        ):
            downloaded = MediaDownloaded(staging=staging, egress=egress)
            return downloaded, _go_on(job, job.video, Stage.STORAGE, context)
        case MediaStored() if (
            job.stage is Stage.STORAGE and result.attempt == job.attempt and job.state is not State.ARCHIVED
        ):
            return (
                VideoArchived(
                    node=result.node,
                    files=result.files,
                    verified=result.verified,
                    stored_at=result.stored_at,
                ),
            )
        case PageListed(page=page) if _awaited(job, Stage.LISTING, result.attempt) and page == job.pages + 1:
            return (_page(result, context),)
        case CollectionListed(pages=pages) if _awaited(job, Stage.LISTING, result.attempt):
            if pages > job.pages:
                return _after_lost_page(job, result, context)
            listed = ListingFinished(
                title=result.title,
                met=result.met,
                above=result.above,
                note=result.note,
                egress=result.egress,
            )
            return (listed,)
        case TaskFailed(stage=stage, attempt=attempt) if _awaited(job, stage, attempt):
            return _after_failure(job, result, context)
        case _:
            return ()


def _start(job: Job, stage: Stage, *, by_hand: bool = False) -> StageStarted:
    return StageStarted(stage=stage, attempt=job.started.get(stage, 0) + 1, by_hand=by_hand)


def _again(job: Job, context: Context) -> JobEvent:
    """Go on where the job rested, unless another job is at its video meanwhile."""
    if job.video and job.stage is Stage.DOWNLOAD:
        return _go_on(job, job.video, job.stage, context)
    return _start(job, job.stage)


def _awaited(job: Job, stage: Stage, attempt: int) -> bool:
    return job.version > 0 and job.state is ACTIVE[stage] and attempt == job.attempt


def _page(result: PageListed, context: Context) -> PageRecorded:
    def looked_up(entry: Entry) -> Entry:
        archived = None if entry.skip else context.archived(entry.key)
        return msgspec.structs.replace(entry, of=archived.job_id) if archived else entry

    return PageRecorded(
        page=result.page,
        entries=tuple(looked_up(entry) for entry in result.entries),
        resume=result.resume,
        title=result.title,
        tab=result.tab,
        met=result.met,
        egress=result.egress,
    )


def _go_on(job: Job, video: Video, stage: Stage, context: Context) -> JobEvent:
    """Start the next stage, unless another job has archived the video, or is about to, and that is enough.

    Who only looks again has seen enough, too.
    """
    if job.repairs:
        other = context.job(job.repairs.job_id)
        if needed(job.repairs, other):
            return _start(job, stage)
        return DuplicateFound(of=other.job_id, files=other.files)
    if job.options.force and not job.options.refresh:
        return _start(job, stage)
    if archived := context.archived(video.key):
        return DuplicateFound(of=archived.job_id, files=archived.files)
    if job.options.refresh:
        return VideoSkipped(video=video, reason=_NOT_ARCHIVED)
    leader = context.working(video.key) if stage is Stage.DOWNLOAD else None
    return LeaderFollowed(of=leader) if leader and leader != job.job_id else _start(job, stage)


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
    return _after_attempt(job, failed, context)


def _after_lost_page(job: Job, result: CollectionListed, context: Context) -> tuple[JobEvent, ...]:
    """Go on with a list behind the last page that came. Where none came, that was an attempt that failed."""
    if job.version > job.asked:
        return (_start(job, Stage.LISTING),)
    failure = Failure(
        category=Category.NETWORK,
        message=f"page {job.pages + 1} of the list is lost on its way",
        hint="`ytarchive recovery letters` may have it.",
    )
    failed = AttemptFailed(stage=Stage.LISTING, attempt=result.attempt, failure=failure, egress=result.egress)
    return _after_attempt(job, failed, context)


def _after_attempt(job: Job, failed: AttemptFailed, context: Context) -> tuple[JobEvent, ...]:
    """Try again when the policy says so, or give up."""
    stage, failure = failed.stage, failed.failure
    history = (*job.failures, FailedAttempt(stage, failure.category, context.at))
    due = context.retry(job.job_id, history)
    if due is None:
        interval = context.recheck(failure.category)
        recheck = None if interval is None or job.options.refresh else context.at + interval
        return failed, JobFailed(failure=failure, recheck=recheck)
    if failure.not_before and failure.not_before > context.at:
        due = failure.not_before
    return failed, RetryScheduled(stage=resume_at(stage, failure.category, due - context.at), due=due)
