"""What does not work, found among jobs and events. Pure: no bus, no clock."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from schemas.common import Category, Failure, Stage, State
from schemas.queries import JobView
from schemas.recovery_reports import FailedTry, JobRecovery, RecoveryCount
from schemas.reports import EventLine
from ytarchive.domain.job import FailedAttempt
from ytarchive.domain.views import paused_by_hand
from ytarchive.recovery.table import severity

LISTED = (State.WAITING, State.PAUSED, State.FAILED)


def expected(job: JobView) -> bool:
    """Tell whether something more is to happen to a job with which something was wrong."""
    return job.state in (State.WAITING, State.PAUSED) or (job.state is State.FAILED and job.due is not None)


def retriable(job: JobView) -> bool:
    """Tell whether a job is tried again when all are, without its being named or its state."""
    return job.state in LISTED and not paused_by_hand(job)


def of_kind(jobs: Iterable[JobView], categories: Collection[Category]) -> list[JobView]:
    """Give the jobs whose last failure is of one of these kinds; without kinds, all."""
    return [job for job in jobs if not categories or (job.error and job.error.category in categories)]


def counted(jobs: Iterable[JobView]) -> tuple[RecoveryCount, ...]:
    """Count jobs by state and kind of failure, the most first."""
    counts = Counter((job.state, job.error.category if job.error else None) for job in jobs)
    return tuple(
        RecoveryCount(state=state, category=category, jobs=number)
        for (state, category), number in counts.most_common()
    )


def by_state(jobs: Iterable[JobView]) -> dict[State, int]:
    """Count jobs by state, in the states' order."""
    counts = Counter(job.state for job in jobs)
    return {state: counts[state] for state in State if counts[state]}


def failed_tries(events: Iterable[EventLine]) -> Iterator[FailedTry]:
    """Give every attempt that failed or was refused, from a job's events."""
    for line in events:
        if line.type in ("job.attempt_failed", "job.blocked"):
            data = line.data
            yield FailedTry(
                at=line.at,
                stage=Stage(data["stage"]),
                attempt=data["attempt"],
                failure=msgspec.convert(data["failure"], Failure),
                node=data["node"],
                egress=data["egress"],
                blocked=line.type == "job.blocked",
            )


def recovery(job: JobView, events: Sequence[EventLine], now: datetime) -> JobRecovery:
    """Report about one job: what it is, what was tried, how much that matters `now`, what helps."""
    again = [number for number, line in enumerate(events) if line.data.get("by_hand")]
    lately = failed_tries(events[again[-1] :] if again else events)
    failures = [FailedAttempt(one.stage, one.failure.category, one.at) for one in lately]
    return JobRecovery(
        **msgspec.structs.asdict(job),
        severity=severity(failures, now) if failures and job.error else None,
        tried=tuple(failed_tries(events)),
        advice=tuple(_advice(job)),
    )


def _advice(job: JobView) -> Iterator[str]:
    if job.error and job.error.hint:
        yield job.error.hint
    if paused_by_hand(job):
        yield f"`ytarchive resume {job.job_id}` goes on with it."
    elif job.state in (State.WAITING, State.FAILED, State.CANCELLED):
        yield f"`ytarchive retry {job.job_id}` tries again now."
