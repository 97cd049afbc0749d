"""``cancel``, ``pause``, ``resume``, ``retry``: changing the course of jobs. Each gives an exit code."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from cli import render
from cli.listing import list_jobs, show_refused
from cli.output import show, write_json
from cli.runner import run_async
from cli.session import joined
from cli.submission import find_job, send
from schemas.commands import CancelJob, JobCommand, PauseJob, ResumeJob, RetryJob
from schemas.common import State
from schemas.queries import ListJobs
from schemas.reports import JobsReport
from ytarchive.domain.views import paused_by_hand
from ytarchive.errors import TimedOut, UsageError, YtarchiveError
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from schemas.queries import EgressView, JobView
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_CONFIRM_SECONDS: Final = 10.0
"""How long one job may take to obey after the one before it."""


class Order(NamedTuple):
    """What is asked of jobs. `allowed` tells of which it may be, `refusal` why not of others.

    `done` compares a job as it was with the job as it is. `whose` are the states that all means.
    """

    command: "Callable[[JobView], JobCommand]"
    allowed: "Callable[[JobView], bool]"
    done: "Callable[[JobView, JobView], bool]"
    refusal: str
    whose: tuple[State, ...] = ()


RETRY: Final = Order(
    lambda job: RetryJob(job_id=job.job_id),
    allowed=lambda job: job.state in (State.WAITING, State.PAUSED, State.FAILED, State.CANCELLED),
    done=lambda before, now: now.version > before.version,
    refusal="is {state}: only what waits, rests, failed or was cancelled can be tried again",
)
_UNENDED: Final = tuple(state for state in State if not state.final)


def cancel(settings: "Settings", jobs: Sequence[str], reason: str, *, keep: bool, as_json: bool) -> int:
    """Call jobs off, and wait until the log says so."""
    order = Order(
        lambda job: CancelJob(job_id=job.job_id, reason=reason, keep=keep),
        allowed=lambda job: not job.state.final,
        done=lambda _before, now: now.state.final,
        refusal="has ended already ({state}): there is nothing to call off",
    )
    return _steer(settings, jobs, order, as_json=as_json)


def pause(settings: "Settings", jobs: Sequence[str], reason: str, *, everything: bool, as_json: bool) -> int:
    """Let jobs rest, and wait until the log says so. One that ends meanwhile has ended."""
    order = Order(
        lambda job: PauseJob(job_id=job.job_id, reason=reason),
        allowed=lambda job: not job.state.final and not paused_by_hand(job),
        done=lambda _before, now: now.state.final or paused_by_hand(now),
        refusal="is {state}: only what goes on can be paused",
        whose=_UNENDED,
    )
    return _steer(settings, jobs, order, everything=everything, as_json=as_json)


def resume(settings: "Settings", jobs: Sequence[str], *, everything: bool, as_json: bool) -> int:
    """Go on with what was paused, and wait until the log says so."""
    order = Order(
        lambda job: ResumeJob(job_id=job.job_id),
        allowed=paused_by_hand,
        done=lambda before, now: now.version > before.version,
        refusal="is {state} and not paused by hand: there is nothing to resume",
        whose=(State.PAUSED,),
    )
    return _steer(settings, jobs, order, everything=everything, as_json=as_json)


def retry(settings: "Settings", jobs: Sequence[str], *, as_json: bool) -> int:
    """Try jobs again, and wait until the log says so."""
    return _steer(settings, jobs, RETRY, as_json=as_json)


def check_named(named: Sequence[object], what: str, *, everything: bool) -> None:
    """Raise `UsageError` unless something is named, or all is meant, and not both."""
    if everything and named:
        raise UsageError(f"name {what}, or say --all: not both")
    if not everything and not named:
        raise UsageError(f"name {what}, or say --all")


def _steer(
    settings: "Settings", names: Sequence[str], order: Order, *, everything: bool = False, as_json: bool
) -> int:
    check_named(names, "jobs", everything=everything)

    async def main() -> "tuple[list[JobView], tuple[EgressView, ...]]":
        async with joined(settings) as bus:
            if everything:
                found = [job for job in (await list_jobs(bus, order.whose)).jobs if order.allowed(job)]
            else:
                found = await named_jobs(bus, names, order)
            return await carried_out(bus, found, order)

    now, blocked = run_async(main())
    if as_json:
        write_json(JobsReport(jobs=tuple(now), blocked=blocked))
    else:
        show(render.jobs_table(now))
        show_refused(blocked)
    return 0


async def named_jobs(bus: "Bus", names: Iterable[str], order: Order) -> "list[JobView]":
    """Find jobs by how their ids begin. Raises `UsageError`, and `YtarchiveError` if one is not allowed."""
    found = [await find_job(bus, name) for name in dict.fromkeys(names)]
    for job in found:
        if not order.allowed(job):
            raise YtarchiveError(f"job {job.job_id} {order.refusal.format(state=job.state)}")
    return found


async def carried_out(
    bus: "Bus", jobs: "Sequence[JobView]", order: Order
) -> "tuple[list[JobView], tuple[EgressView, ...]]":
    """Give an order to jobs. Gives the jobs once they have obeyed, and whom the site refuses.

    Raises `TimedOut` when one does not obey.
    """
    for job in jobs:
        await send(bus, order.command(job))
    now: list[JobView] = []
    try:
        for job in jobs:
            async with asyncio.timeout(_CONFIRM_SECONDS):
                while not order.done(job, seen := await find_job(bus, job.job_id)):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)  # what changes is in another process
            now.append(seen)
    except TimeoutError as error:
        raise TimedOut(
            "the command is kept, but nobody has acted on it yet",
            hint="`ytarchive logs` may tell why.",
        ) from error
    return now, (await ask(bus, ListJobs(limit=1))).blocked
