"""What a person is told of a failure: what happened, what was tried, what is next, what can be done."""

from datetime import datetime
from typing import Final

from schemas.common import State
from schemas.reports import FailedTry, RecoveryReport
from ytarchive.domain.job import Job
from ytarchive.recovery import table

_BY_ITSELF: Final = "Nothing has to be done: it goes on by itself."
_BY_HAND: Final = "`ytarchive retry JOB` tries it again."


def report(job: Job, now: datetime) -> RecoveryReport | None:
    """Report on the newest failure of a job; None where there is none, or it is being tried again."""
    if not (job.failure and job.failures):
        return None
    advice = _BY_HAND if job.state.final else _BY_ITSELF
    return RecoveryReport(
        job_id=job.job_id,
        url=job.url,
        title=job.video.title if job.video else None,
        state=job.state,
        severity=table.severity(job.failures, now),
        category=job.failure.category,
        what=job.failure.message,
        tried=tuple(FailedTry(stage=one.stage, category=one.category, at=one.at) for one in job.failures),
        next=job.due if job.state is State.WAITING else None,
        suggestion=(job.failure.hint or advice).replace("JOB", job.job_id),
    )
