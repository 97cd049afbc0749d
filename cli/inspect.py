"""``jobs`` and ``status``: looking at what is there. Each gives an exit code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cli import render
from cli.finding import check_prefix, find, find_batch, find_job
from cli.listing import (
    check_states,
    list_batches,
    list_jobs,
    show_absent,
    show_idle,
    show_paced,
    show_refused,
)
from cli.output import show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import nothing_runs, reading
from schemas.common import BatchState, State
from schemas.queries import BatchView, JobList, JobView
from schemas.reports import BatchReport, EventLine, JobsReport, StatusReport

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_MEMBERS: Final = 100
"""Jobs of a batch, and lists, that are shown with it."""
_OF_LISTS: Final = (State.LISTING, State.LISTED)
_TELLING: Final = tuple(
    state for state in State if state not in (State.ARCHIVED, State.DUPLICATE, State.SKIPPED, *_OF_LISTS)
)


def jobs(
    settings: "Settings",
    states: Sequence[str],
    limit: int,
    *,
    batch: str | None = None,
    everything: bool = False,
    as_json: bool,
) -> int:
    """List the newest jobs, of the states given or of all, and whom the site refuses.

    Those of one batch, or those of none and the batches; with `everything`, all there are.
    """
    wanted = check_states(states)
    if batch is not None:
        check_prefix(batch)

    async def main() -> tuple[JobList, tuple[BatchView, ...]]:
        async with reading(settings) as bus:
            if batch is not None:
                found = await find_batch(bus, batch)
                return await list_jobs(bus, wanted, limit, found.batch_id), (found,)
            batches = () if wanted else (await list_batches(bus, limit)).batches
            return await list_jobs(bus, wanted, limit, "" if everything or wanted else None), batches

    alone = nothing_runs(settings)
    found, batches = run_async(main())
    found = msgspec.structs.replace(found, absent=()) if alone else found
    if as_json:
        others = {name: getattr(found, name) for name in ("blocked", "paced", "absent")}
        write_json(JobsReport(jobs=found.jobs, batches=batches, **others))
    else:
        _show_jobs(found, batches, single=batch is not None)
    if alone:
        show_idle()
    return 0


def _show_jobs(found: JobList, batches: Sequence[BatchView], *, single: bool) -> None:
    by_batch = single and batches[0].state is BatchState.PAUSED
    show(render.overview(batches, found.jobs, paused=not by_batch))
    show_refused(found.blocked)
    show_paced(found.paced)
    show_absent(found.absent)
    if found.total > len(found.jobs):
        show(f"and {found.total - len(found.jobs):,} older; --limit shows more")


def status(settings: "Settings", prefix: str, *, as_json: bool) -> int:
    """Show one job and its events, or one batch and those of its jobs that matter."""
    check_prefix(prefix)

    async def main() -> "tuple[StatusReport | BatchReport, JobList]":
        async with reading(settings) as bus:
            found, others = await find(bus, prefix), await list_jobs(bus, limit=1)
            if isinstance(found, JobView):
                events = await _events(bus, found.job_id)
                return StatusReport(**msgspec.structs.asdict(found), events=tuple(events)), others
            return await _batch(bus, found), others

    alone = nothing_runs(settings)
    found, others = run_async(main())
    if as_json:
        write_json(found)
    elif isinstance(found, BatchReport):
        show(render.batch_status(found))
    else:
        show(render.status(found, found.events, settings.library_dir))
    if not as_json and (isinstance(found, BatchReport) or not found.state.final):
        show_paced(others.paced)
        show_absent(() if alone else others.absent)
    if alone:
        show_idle()
    return 0


async def _batch(bus: "Bus", batch: BatchView) -> BatchReport:
    lists = await list_jobs(bus, _OF_LISTS, _MEMBERS, batch.batch_id)
    others = await list_jobs(bus, _TELLING, _MEMBERS, batch.batch_id)
    members = (*lists.jobs, *others.jobs)
    return BatchReport(
        batch=batch,
        listings=tuple(job for job in members if job.lists),
        jobs=tuple(job for job in members if not job.lists),
        more=lists.total + others.total - len(members),
    )


def job_and_events(settings: "Settings", prefix: str) -> tuple[JobView, list[EventLine]]:
    """Read one job, and all that happened to it."""
    check_prefix(prefix)

    async def main() -> tuple[JobView, list[EventLine]]:
        async with reading(settings) as bus:
            job = await find_job(bus, prefix)
            return job, await _events(bus, job.job_id)

    return run_async(main())


async def _events(bus: "Bus", job_id: str) -> list[EventLine]:
    events: list[EventLine] = []
    async for _, lines in Replay().go_on(bus, job_id):
        events += lines
    return events
