"""Jobs of a batch, the batch, and how far their streams are."""

from datetime import timedelta
from typing import Any

from schemas.common import BatchState, Category, Stage, State
from schemas.progress import Progress
from schemas.queries import BatchView
from schemas.reports import EventLine
from tests.jobs import AT, BATCH, CHANNEL, MEDIA, URL, VERIFIED, failure
from ytarchive.domain.job import ACTIVE, Job

_STAGES = {state: stage for stage, state in ACTIVE.items()}


def member(state: State, number: int = 1, **more: Any) -> Job:
    """Give a job of the batch, the `number`-th."""
    given: dict[str, Any] = {
        "job_id": f"{number:016x}",
        "version": 1,
        "batch": BATCH,
        "url": URL,
        "title": f"Video {number}",
        "state": state,
        "stage": _STAGES.get(state, Stage.DOWNLOAD),
    }
    if state is State.ARCHIVED:
        given |= {"files": (MEDIA,), "verified": VERIFIED}
    if state is State.FAILED:
        given |= {"failure": failure(Category.GONE)}
    if state is State.LISTED:
        given |= {"lists": True, "url": CHANNEL, "title": "jawed"}
    return Job(**(given | more))


def batch(state: BatchState = BatchState.RUNNING, took: float = 60, **more: Any) -> BatchView:
    """Give the batch in a state, after so many seconds."""
    given: dict[str, Any] = {
        "batch_id": BATCH,
        "title": CHANNEL,
        "state": state,
        "submitted_at": AT,
        "updated_at": AT + timedelta(seconds=took),
    }
    return BatchView(**(given | more))


def stream(number: int = 1, name: str = "video", **more: Any) -> Progress:
    """Give how far a download of the `number`-th job is: a quarter, unless otherwise said."""
    given: dict[str, Any] = {
        "job_id": f"{number:016x}",
        "stage": Stage.DOWNLOAD,
        "at": AT,
        "stream": name,
        "bytes": 1_000_000,
        "total": 4_000_000,
        "speed": 500_000.0,
        "eta": 6.0,
    }
    return Progress(**(given | more))


def line(job: Job) -> EventLine:
    """Give an event of a job, as it is told."""
    return EventLine(seq=1, job_id=job.job_id, version=job.version, type="job.something", at=AT, data={})
