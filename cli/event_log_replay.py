"""``replay``: what the log says, now or at a time that has passed. Gives an exit code."""

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from cli import render
from cli.comparing import differences
from cli.finding import check_prefix, find_in
from cli.output import complain, show, write_json
from cli.past import place, reached
from cli.render.past import as_of, then
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import reading
from schemas.common import State
from schemas.past import ThenReport
from schemas.queries import BatchView, JobView
from schemas.reports import BatchReport, EventLine, StatusReport
from ytarchive.domain.batch import Batch
from ytarchive.domain.views import batch_view, view
from ytarchive.errors import UsageError
from ytarchive.runtime import signing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ytarchive.domain.past import Place
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_MEMBERS: Final = 100
"""Jobs of a batch that are shown with it."""
_WELL: Final = (State.ARCHIVED, State.DUPLICATE, State.SKIPPED)


def replay(settings: "Settings", prefix: str | None, *, at: str | None, check: bool, as_json: bool) -> int:
    """Fold the log of one job, or of all, and show it; with `check`, compare with the live read model.

    With `at`, show what it came to then. Gives 1 where the log does not hold together, or the read model
    differs. Raises `UsageError`.
    """
    if prefix is not None:
        check_prefix(prefix)
    if at is not None:
        if check:
            raise UsageError("the read model is of now: --check goes without --at")
        until = place(at, datetime.now().astimezone())
        return run_async(_then(settings, prefix, until, as_json=as_json))
    return run_async(_now(settings, prefix, check=check, as_json=as_json))


async def _now(settings: "Settings", prefix: str | None, *, check: bool, as_json: bool) -> int:
    async with reading(settings, live=check) as bus:
        folded = Replay(trust=signing.trust(settings))
        found = None if prefix is None else await _named(bus, prefix)
        job_id = found.job_id if isinstance(found, JobView) else None
        lines: list[EventLine] = []
        async for about, told in folded.go_on(bus, job_id):
            if isinstance(found, BatchView) and not (
                isinstance(about, Batch) and about.batch_id == found.batch_id
            ):
                continue
            for line in told:
                if as_json:
                    write_json(line)
                elif found:
                    lines.append(line)
                else:
                    show(render.event(line))
        differing = await differences(bus, folded, job_id) if check else {}
    if not as_json:
        if isinstance(found, BatchView):
            show(render.timeline(lines))
        for job in folded.jobs if job_id else ():
            show(render.status(view(job), lines, settings.library_dir))
        states = Counter(job.state for job in folded.jobs)
        show(render.folded(folded.events, states, checked=check and not differing))
    wrong = (f"job {id_}: {how}" for id_, how in differing.items())
    return _told((*map(render.fault, folded.breaks), *wrong))


async def _then(settings: "Settings", prefix: str | None, until: "Place", *, as_json: bool) -> int:
    async with reading(settings) as bus:
        await reached(bus, until)
        found = None if prefix is None else await _named(bus, prefix)
        folded, lines = Replay(until, signing.trust(settings)), list[EventLine]()
        async for _, told in folded.go_on(bus, found.job_id if isinstance(found, JobView) else None):
            if isinstance(found, JobView):
                lines += told
    faults = tuple(map(render.fault, folded.breaks))
    match found:
        case JobView():
            report: msgspec.Struct = _job(folded, found, lines)
            shown = render.status(view(folded.jobs.job(found.job_id)), lines, settings.library_dir)
            show(as_of(folded.last, folded.at, folded.first)) if not as_json else None
        case BatchView():
            report = batch = _batch(folded, found)
            shown = render.batch_status(batch)
            show(as_of(folded.last, folded.at, folded.first)) if not as_json else None
        case None:
            report = whole = _whole(folded, faults)
            shown = then(whole)
    if as_json:
        write_json(report)
    else:
        show(shown)
    return _told(faults)


def _job(folded: Replay, found: JobView, lines: "Iterable[EventLine]") -> StatusReport:
    job = folded.jobs.job(found.job_id)
    _check_there(job.version, f"job {found.job_id}", found.submitted_at)
    return StatusReport(**msgspec.structs.asdict(view(job)), events=tuple(lines))


def _batch(folded: Replay, found: BatchView) -> BatchReport:
    """Give a batch as it was, with its lists, and its jobs that went on or had not ended well."""
    batch = folded.jobs.batch(found.batch_id)
    _check_there(batch.version, f"batch {found.batch_id}", found.submitted_at)
    members = [view(job) for job in folded.jobs.members(batch.batch_id)][::-1]
    telling = [job for job in members if job.lists or job.state not in _WELL]
    return BatchReport(
        batch=batch_view(batch, folded.jobs.tally(batch.batch_id), None),
        listings=tuple(job for job in telling[:_MEMBERS] if job.lists),
        jobs=tuple(job for job in telling[:_MEMBERS] if not job.lists),
        more=len(telling[_MEMBERS:]),
    )


def _check_there(version: int, what: str, since: datetime | None) -> None:
    if not version:
        raise UsageError(f"there was no {what} then", hint=f"It was asked for at {render.clock(since)}.")


def _whole(folded: Replay, faults: tuple[str, ...]) -> ThenReport:
    jobs = folded.jobs
    return ThenReport(
        jobs=tuple(view(job) for job in reversed(jobs)),
        batches=tuple(
            batch_view(batch, jobs.tally(batch.batch_id), None) for batch in reversed(jobs.batches())
        ),
        blocked=jobs.all_refused(folded.at or datetime.now(UTC)),
        sequence=folded.last,
        at=folded.at,
        first=folded.first,
        events=folded.events,
        faults=faults,
    )


def _told(wrong: "Iterable[str]") -> int:
    """Say what is wrong, and give the exit code."""
    code = 0
    for one in wrong:
        complain(one, wrong=True)
        code = 1
    return code


async def _named(bus: "Bus", prefix: str) -> JobView | BatchView:
    """Give the job or batch whose id begins so, as the log has it."""
    return find_in((await Replay.of(bus)).jobs, prefix)
