"""The saga: what a job, as the log has it, still needs somebody to do.

`pending` is a function of the state alone. The jobs actor carries it out after every message and, for all
unfinished jobs, at start-up; each effect has a `key` that makes doing it twice the same as doing it once.
"""

from datetime import datetime

import msgspec

from schemas import subjects
from schemas.commands import (
    DiscardStaging,
    DownloadMedia,
    FetchMetadata,
    ListCollection,
    StoreMedia,
    Task,
    WakeJob,
)
from schemas.common import Stage, State
from ytarchive.domain.job import Job


class Ask(msgspec.Struct, frozen=True):
    """Put a task on a work queue."""

    key: str
    subject: str
    task: Task


class Wake(msgspec.Struct, frozen=True):
    """Have a message sent when its time has come, for which it waits since then."""

    key: str
    since: datetime
    due: datetime
    message: WakeJob


class Withdraw(msgspec.Struct, frozen=True):
    """Take back what was asked: waiting tasks are removed, running ones stop, and `keep` what they have."""

    job_id: str
    keep: bool


Effect = Ask | Wake | Withdraw


def pending(job: Job) -> tuple[Effect, ...]:
    """Say what is to be done for a job in this state."""
    key = f"{job.job_id}:{job.version}"
    match job:
        case Job(state=State.LISTING):
            task: Task = ListCollection(
                job_id=job.job_id,
                attempt=job.attempt,
                url=job.url,
                choices=job.options.choices,
                known=job.known,
            )
            key = f"{job.job_id}:{job.asked}"  # its pages change the job while the task goes on
            return (Ask(key, subjects.task(Stage.LISTING, job.job_id, job.asked), task),)
        case Job(state=State.RESOLVING):
            task = FetchMetadata(
                job_id=job.job_id,
                attempt=job.attempt,
                url=job.url,
                choices=job.options.choices,
                media=not job.options.refresh,
                thumbnail=job.options.refresh and job.options.thumbnail,
            )
            return (Ask(key, subjects.task(Stage.METADATA, job.job_id, job.version), task),)
        case Job(state=State.DOWNLOADING, video=video) if video:
            task = DownloadMedia(
                job_id=job.job_id,
                attempt=job.attempt,
                video=video,
                options=job.options,
                extraction=job.extraction,
            )
            return (Ask(key, subjects.task(Stage.DOWNLOAD, job.job_id, job.version), task),)
        case Job(state=State.STORING, video=video, staging=staging) if video and staging:
            task = StoreMedia(
                job_id=job.job_id,
                attempt=job.attempt,
                video=video,
                options=job.options,
                staging=staging,
                repairs=job.repairs,
            )
            return (Ask(key, subjects.task(Stage.STORAGE, job.job_id, job.version, node=staging.node), task),)
        case Job(state=State.WAITING | State.PAUSED, due=due) if due:
            return (_wake(job, key, due),)
        case Job(state=State.PAUSED):
            return (Withdraw(job.job_id, keep=True),)
        case Job(state=State.CANCELLED):
            return (Withdraw(job.job_id, keep=job.kept), *_discards(job, key))
        case Job(state=State.FAILED, due=due) if due:
            return (_wake(job, key, due), *_discards(job, key))
        case Job(state=State.ARCHIVED, staging=staging) if staging:
            return _discards(job, key, but=staging.node)  # whoever stored it has removed it
        case Job(state=State.DUPLICATE | State.FAILED):
            return _discards(job, key)
        case _:
            return ()


def overtaken(job: Job, key: str) -> bool:
    """Tell whether a job has gone on since it asked for something under this `key`."""
    version = key.rpartition(":")[2]
    return version.isdecimal() and int(version) < (job.asked if job.state is State.LISTING else job.version)


def _wake(job: Job, key: str, due: datetime) -> Wake:
    return Wake(key, job.updated_at or due, due, WakeJob(job_id=job.job_id, version=job.version))


def _discards(job: Job, key: str, but: str = "") -> tuple[Effect, ...]:
    if job.kept:
        return ()
    return tuple(
        Ask(
            f"{key}:{node}",
            subjects.discard(node, job.job_id, job.version),
            DiscardStaging(job_id=job.job_id),
        )
        for node in sorted(job.nodes)
        if node != but
    )
