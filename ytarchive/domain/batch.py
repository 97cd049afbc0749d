"""The batch: one request for all that some addresses lead to, and how its jobs come to be.

    state    running ⇄ paused · running → finished → running, by hand or for a list that is looked at again
             any → cancelled → running, by hand

Its jobs are aggregates of their own: one for each list, one for each video. Their ids are made from the batch
and what they are about, so that what is listed twice is begun once, whoever is killed meanwhile.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

import msgspec

from schemas.batch_events import (
    BatchCancelled,
    BatchEvent,
    BatchExtended,
    BatchFinished,
    BatchPaused,
    BatchResumed,
    BatchRetried,
    BatchSubmitted,
)
from schemas.commands import (
    BatchCommand,
    CancelBatch,
    CancelJob,
    ExtendBatch,
    JobCommand,
    PauseBatch,
    PauseJob,
    ResumeBatch,
    ResumeJob,
    RetryBatch,
    RetryJob,
    SubmitBatch,
)
from schemas.common import BatchState, Entry, Priority, State
from schemas.envelope import Commit
from schemas.events import JobSubmitted
from schemas.options import ArchiveOptions
from ytarchive.domain.job import Job
from ytarchive.domain.links import video_id_of


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about one batch itself. `version` 0 means that it says nothing yet.

    It has so many `sources`, which came in the first message and `parts` further ones; `more` are to come. So
    many `videos` are among them, as far as addresses tell.
    `resumed_at` and `retried_at` are when that was last asked for, of which a job may not have heard yet, and
    `retried_by` the message that asked.
    When it was paused, cancelled or finished last, `known` videos were archived before, `skipped` not chosen.
    """

    batch_id: str
    version: int = 0
    state: BatchState = BatchState.RUNNING
    title: str = ""
    options: ArchiveOptions = ArchiveOptions()
    priority: Priority = Priority.NORMAL
    correlation_id: str = ""
    sources: int = 0
    videos: int = 0
    parts: int = 0
    more: bool = False
    whole: bool = False
    reason: str = ""
    keep: bool = False
    known: int = 0
    skipped: int = 0
    resumed_at: datetime | None = None
    retried_at: datetime | None = None
    retried_by: str = ""
    submitted_at: datetime | None = None
    updated_at: datetime | None = None


def fold_batch(batch: Batch, commit: Commit[BatchEvent]) -> Batch:
    """Apply one commit of the log."""
    if batch.version == 0:
        batch = msgspec.structs.replace(batch, submitted_at=commit.at, correlation_id=commit.correlation_id)
    for event in commit.events:
        batch = msgspec.structs.replace(
            batch, version=batch.version + 1, updated_at=commit.at, **_changes(batch, event, commit)
        )
    return batch


def _changes(batch: Batch, event: BatchEvent, commit: Commit[BatchEvent]) -> dict[str, object]:
    match event:
        case BatchSubmitted():
            return {
                "title": event.title,
                "options": event.options,
                "priority": event.priority,
                "whole": event.whole,
                "sources": len(event.sources),
                "videos": _videos(event.sources),
                "more": event.more,
            }
        case BatchExtended(part=part, sources=sources, more=more):
            return {
                "parts": part,
                "sources": batch.sources + len(sources),
                "videos": batch.videos + _videos(sources),
                "more": more,
            }
        case BatchPaused(reason=reason, known=known, skipped=skipped):
            return {"state": BatchState.PAUSED, "reason": reason, "known": known, "skipped": skipped}
        case BatchResumed():
            return {"state": BatchState.RUNNING, "reason": "", "resumed_at": commit.at}
        case BatchRetried():
            return {
                "state": BatchState.RUNNING,
                "reason": "",
                "retried_at": commit.at,
                "retried_by": commit.causation_id,
            }
        case BatchCancelled(reason=reason, keep=keep, known=known, skipped=skipped):
            return {
                "state": BatchState.CANCELLED,
                "reason": reason,
                "keep": keep,
                "more": False,
                "known": known,
                "skipped": skipped,
            }
        case BatchFinished(known=known, skipped=skipped):  # pragma: no branch - mypy: there is no other
            return {"state": BatchState.FINISHED, "known": known, "skipped": skipped}


def _videos(sources: tuple[str, ...]) -> int:
    return sum(1 for source in sources if video_id_of(source))


class Passed(NamedTuple):
    """Videos of a batch that get no job: archived before, and not chosen."""

    known: int = 0
    skipped: int = 0


def decide_batch(
    batch: Batch, command: BatchCommand, message_id: str, passed: Passed
) -> tuple[BatchEvent, ...]:
    """Say what happens because of a command, which came in a message: the events of one commit, or none."""
    known, skipped = passed
    match command, batch.state:
        case SubmitBatch(), _ if not batch.version:
            submitted = BatchSubmitted(
                title=command.title,
                sources=command.sources,
                options=command.options,
                priority=command.priority,
                whole=command.whole,
                more=command.more,
            )
            return (submitted,)
        case ExtendBatch(part=part, sources=sources, more=more), _ if batch.more and part == batch.parts + 1:
            return (BatchExtended(part=part, sources=sources, more=more),)
        case CancelBatch(reason=reason, keep=keep), BatchState.RUNNING | BatchState.PAUSED if batch.version:
            return (BatchCancelled(reason=reason, keep=keep, known=known, skipped=skipped),)
        case PauseBatch(reason=reason), BatchState.RUNNING if batch.version:
            return (BatchPaused(reason=reason, known=known, skipped=skipped),)
        case ResumeBatch(), BatchState.PAUSED:
            return (BatchResumed(),)
        case RetryBatch(), _ if batch.version and message_id != batch.retried_by:
            return (BatchRetried(),)
        case _:
            return ()


def obeys(batch: Batch, job: Job) -> JobCommand | None:
    """Say what a job of the batch is still to be told, as the batch stands."""
    ended, since = job.state.final, job.updated_at
    if batch.state is BatchState.CANCELLED:
        return None if ended else CancelJob(job_id=job.job_id, reason=batch.reason, keep=batch.keep)
    if batch.state is BatchState.PAUSED:
        rests = ended or job.paused_by_hand
        return None if rests else PauseJob(job_id=job.job_id, reason=batch.reason)
    if batch.retried_at and since and since < batch.retried_at and job.state in _RETRIED and not job.follows:
        return RetryJob(job_id=job.job_id)
    if batch.resumed_at and since and since < batch.resumed_at and job.paused_by_hand:
        return ResumeJob(job_id=job.job_id)
    return None


_RETRIED = frozenset({State.WAITING, State.PAUSED, State.FAILED, State.CANCELLED})


def steers(batch: Batch) -> bool:
    """Tell whether jobs of a batch may have to be told what became of it."""
    return batch.state in (BatchState.PAUSED, BatchState.CANCELLED) or bool(
        batch.resumed_at or batch.retried_at
    )


def video_job(batch: Batch, entry: Entry) -> tuple[str, JobSubmitted]:
    """Give the id of the job for one video of the batch, and how it begins."""
    submitted = JobSubmitted(
        url=entry.address,
        options=batch.options,
        batch=batch.batch_id,
        priority=batch.priority,
        title=entry.title,
    )
    return _member(batch.batch_id, "video", *entry.key), submitted


def by_address(url: str) -> Entry:
    """Give a video of which no more is known than where it is: one of another site, to be looked at."""
    return Entry(site="", video_id=hashlib.sha256(url.encode()).hexdigest()[:16], url=url)


def listing_job(
    batch: Batch, url: str, known: tuple[str, ...], previous: str | None
) -> tuple[str, JobSubmitted]:
    """Give the id of the job that lists one source of the batch, and how it begins."""
    submitted = JobSubmitted(
        url=url,
        options=batch.options,
        batch=batch.batch_id,
        priority=batch.priority,
        lists=True,
        known=known,
        previous=previous,
    )
    return _member(batch.batch_id, "list", url), submitted


def _member(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
