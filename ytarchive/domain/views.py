"""How jobs and batches are shown."""

from schemas.common import BatchState, State
from schemas.queries import BatchView, JobView
from ytarchive.domain.batch import Batch
from ytarchive.domain.job import Job
from ytarchive.domain.tally import Tally


def paused_by_hand(job: Job | JobView) -> bool:
    """Tell whether a person paused a job; one that a site refuses is paused until it is due."""
    return job.state is State.PAUSED and job.due is None


def view(job: Job) -> JobView:
    """Show a job. Its error is shown while it waits and when it has failed."""
    return JobView(
        job_id=job.job_id,
        url=job.url,
        state=job.state,
        video_id=job.video.video_id if job.video else None,
        title=(job.video.title if job.video else job.title) or None,
        files=job.files,
        error=job.failure if job.state in (State.WAITING, State.PAUSED, State.FAILED) else None,
        attempts=sum(job.started.values()) - job.blocked,
        due=job.due,
        of=job.of,
        kept=job.kept,
        batch=job.batch,
        lists=job.lists,
        entries=job.entries,
        met=job.met,
        reason=job.reason,
        damaged=job.damaged,
        submitted_at=job.submitted_at,
        updated_at=job.updated_at,
        version=job.version,
    )


def batch_view(batch: Batch, tally: Tally, passed: tuple[int, int, int] | None) -> BatchView:
    """Show a batch and what its jobs come to.

    `passed` are the known, the skipped, and all entries that were looked at, while it is fed.
    """
    known, skipped, walked = passed or (0, 0, 0)
    known, skipped = max(known, batch.known), max(skipped, batch.skipped)  # it may be walked once more
    walked = max(walked, sum(tally.videos.values()) + known + skipped)
    listed = batch.videos + tally.listed if batch.state is not BatchState.FINISHED else walked
    return BatchView(
        batch_id=batch.batch_id,
        title=batch.title,
        state=batch.state,
        priority=batch.priority,
        sources=batch.sources,
        counts={state: number for state, number in tally.videos.items() if number},
        listings={state: number for state, number in tally.listings.items() if number},
        known=known,
        skipped=skipped,
        queued=max(0, listed - walked),
        damaged=tally.damaged,
        reason=batch.reason,
        submitted_at=batch.submitted_at,
        updated_at=batch.updated_at,
        version=batch.version,
    )
