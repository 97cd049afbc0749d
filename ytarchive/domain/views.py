"""How a job is shown."""

from schemas.common import State
from schemas.queries import JobView
from ytarchive.domain.job import Job


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
        title=job.video.title if job.video else None,
        files=job.files,
        error=job.failure if job.state in (State.WAITING, State.PAUSED, State.FAILED) else None,
        attempts=sum(job.started.values()) - job.blocked,
        due=job.due,
        of=job.of,
        kept=job.kept,
        reason=job.reason,
        submitted_at=job.submitted_at,
        updated_at=job.updated_at,
        version=job.version,
    )
