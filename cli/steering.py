"""``cancel``, ``pause``, ``resume``, ``retry``: changing the course of jobs, and of batches.

Each gives an exit code.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from cli import render
from cli.finding import check_prefix, find, find_batch, find_job
from cli.listing import UNENDED, list_batches, list_jobs, show_refused
from cli.obeyed import obeyed
from cli.output import show, write_json
from cli.runner import ASKED, run_async
from cli.session import joined
from cli.submission import send
from schemas.commands import (
    BatchCommand,
    CancelBatch,
    CancelJob,
    JobCommand,
    PauseBatch,
    PauseJob,
    ResumeBatch,
    ResumeJob,
    RetryBatch,
    RetryJob,
)
from schemas.common import BatchState, State
from schemas.queries import BatchView, JobView, ListJobs
from schemas.reports import JobsReport
from ytarchive.domain.views import paused_by_hand
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from schemas.queries import EgressView
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


class Order(NamedTuple):
    """What is asked of jobs. `allowed` tells of which it may be, `refusal` why not of others.

    `done` compares a job as it was with the job as it is. `whose` are the states that all means. `batch` is
    what is asked of a batch, in one of the states `batches`.
    """

    command: Callable[[JobView], JobCommand]
    allowed: Callable[[JobView], bool]
    done: Callable[[JobView, JobView], bool]
    refusal: str
    whose: tuple[State, ...] = ()
    batch: Callable[[BatchView], BatchCommand] = lambda batch: RetryBatch(batch_id=batch.batch_id)
    batches: frozenset[BatchState] = frozenset(BatchState)


RETRY: Final = Order(
    lambda job: RetryJob(job_id=job.job_id),
    allowed=lambda job: job.state in (State.WAITING, State.PAUSED, State.FAILED, State.CANCELLED),
    done=lambda before, now: now.version > before.version,
    refusal="is {state}: only what waits, rests, failed or was cancelled can be tried again",
)


def cancel(settings: "Settings", names: Sequence[str], reason: str, *, keep: bool, as_json: bool) -> int:
    """Call jobs off, and wait until the log says so."""
    order = Order(
        lambda job: CancelJob(job_id=job.job_id, reason=reason, keep=keep),
        allowed=lambda job: not job.state.final,
        done=lambda _before, now: now.state.final,
        refusal="has ended already ({state}): there is nothing to call off",
        batch=lambda batch: CancelBatch(batch_id=batch.batch_id, reason=reason, keep=keep),
        batches=frozenset({BatchState.RUNNING, BatchState.PAUSED}),
    )
    return steer(settings, names, order, as_json=as_json)


def pause(settings: "Settings", names: Sequence[str], reason: str, *, everything: bool, as_json: bool) -> int:
    """Let jobs rest, and wait until the log says so. One that ends meanwhile has ended."""
    order = Order(
        lambda job: PauseJob(job_id=job.job_id, reason=reason),
        allowed=lambda job: not job.state.final and not paused_by_hand(job),
        done=lambda _before, now: now.state.final or paused_by_hand(now),
        refusal="is {state}: only what goes on can be paused",
        whose=UNENDED,
        batch=lambda batch: PauseBatch(batch_id=batch.batch_id, reason=reason),
        batches=frozenset({BatchState.RUNNING}),
    )
    return steer(settings, names, order, everything=everything, as_json=as_json)


def resume(settings: "Settings", names: Sequence[str], *, everything: bool, as_json: bool) -> int:
    """Go on with what was paused, and wait until the log says so."""
    order = Order(
        lambda job: ResumeJob(job_id=job.job_id),
        allowed=paused_by_hand,
        done=lambda before, now: now.version > before.version,
        refusal="is {state} and not paused by hand: there is nothing to resume",
        whose=(State.PAUSED,),
        batch=lambda batch: ResumeBatch(batch_id=batch.batch_id),
        batches=frozenset({BatchState.PAUSED}),
    )
    return steer(settings, names, order, everything=everything, as_json=as_json)


def retry(settings: "Settings", names: Sequence[str], *, as_json: bool) -> int:
    """Try jobs again, and wait until the log says so."""
    return steer(settings, names, RETRY, as_json=as_json)


def check_named(named: Sequence[object], what: str, *, everything: bool) -> None:
    """Raise `UsageError` unless something is named, or all is meant, and not both."""
    if everything and named:
        raise UsageError(f"name {what}, or say --all: not both")
    if not everything and not named:
        raise UsageError(f"name {what}, or say --all")


def steer(
    settings: "Settings", names: Sequence[str], order: Order, *, everything: bool = False, as_json: bool
) -> int:
    """Give an order to what is named, or to everything, and show it once it has obeyed."""
    check_named(names, "jobs", everything=everything)
    for name in names:
        check_prefix(name)

    async def main() -> JobsReport:
        async with joined(settings) as bus:
            if everything:
                alone = await list_jobs(bus, order.whose, batch=None)
                jobs = [job for job in alone.jobs if order.allowed(job)]
                every = (await list_batches(bus)).batches
                batches = [batch for batch in every if batch.state in order.batches]
            else:
                jobs, batches = await _named(bus, names, order)
            obeyed = await _batches_obeyed(bus, batches, order)
            now, blocked = await carried_out(bus, jobs, order)
            return JobsReport(jobs=tuple(now), batches=tuple(obeyed), blocked=blocked)

    report = run_async(main(), interrupted=ASKED)
    if as_json:
        write_json(report)
        return 0
    show(render.overview(report.batches, report.jobs))
    show_refused(report.blocked)
    return 0


async def _named(bus: "Bus", names: Iterable[str], order: Order) -> tuple[list[JobView], list[BatchView]]:
    jobs: list[JobView] = []
    batches: list[BatchView] = []
    for name in dict.fromkeys(names):
        found = await find(bus, name)
        if isinstance(found, JobView):
            jobs.append(_allowed(found, order))
        elif found.state in order.batches:
            batches.append(found)
        else:
            raise YtarchiveError(f"batch {found.batch_id} {order.refusal.format(state=found.state)}")
    return jobs, batches


def _allowed(job: JobView, order: Order) -> JobView:
    if not order.allowed(job):
        raise YtarchiveError(f"job {job.job_id} {order.refusal.format(state=job.state)}")
    return job


async def named_jobs(bus: "Bus", names: Iterable[str], order: Order) -> list[JobView]:
    """Find jobs by how their ids begin. Raises `UsageError`, and `YtarchiveError` if one is not allowed."""
    return [_allowed(await find_job(bus, name), order) for name in dict.fromkeys(names)]


async def carried_out(
    bus: "Bus", jobs: Sequence[JobView], order: Order
) -> "tuple[list[JobView], tuple[EgressView, ...]]":
    """Give an order to jobs. Gives the jobs once they have obeyed, and whom the site refuses.

    Raises `TimedOut` when one does not obey.
    """
    for job in jobs:
        await send(bus, order.command(job))
    now = [await obeyed(partial(find_job, bus, job.job_id), partial(order.done, job)) for job in jobs]
    return now, (await ask(bus, ListJobs(limit=1))).blocked


async def _batches_obeyed(bus: "Bus", batches: Sequence[BatchView], order: Order) -> list[BatchView]:
    """Give an order to batches, and give them once they have heard it. Their jobs hear it after that."""
    for batch in batches:
        await send(bus, order.batch(batch))
    return [
        await obeyed(partial(find_batch, bus, batch.batch_id), partial(_heard, batch)) for batch in batches
    ]


def _heard(before: BatchView, now: BatchView) -> bool:
    return now.version != before.version
