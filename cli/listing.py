"""Lists of jobs from the read model, or from the log where no jobs actor runs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from cli import render
from cli.output import complain, show
from cli.replaying import Replay
from schemas.common import Category, State
from schemas.heartbeats import AbsentView
from schemas.queries import BatchList, EgressView, JobList, JobView, ListBatches, ListJobs, PaceView
from ytarchive.domain.views import batch_view, view
from ytarchive.errors import ServerUnavailable, unknown
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

Name = TypeVar("Name", bound=StrEnum)

_PAGE: Final = 1000
UNENDED: Final = tuple(state for state in State if not state.final)
"""The states of what goes on, or will."""
NOBODY: Final = AbsentView(actor="jobs", node="-", seconds=0.0)
"""The jobs actor, where none answers."""


async def list_jobs(
    bus: "Bus", states: tuple[State, ...] = (), limit: int | None = None, batch: str | None = ""
) -> JobList:
    """Give the newest jobs, of `states` or of all, at most `limit` of them.

    Of one batch, of none where that is None, of all where it is empty.
    """
    found: dict[str, JobView] = {}
    offset = 0
    while True:
        wanted = _PAGE if limit is None else min(limit - len(found), _PAGE)
        try:
            page = await ask(bus, ListJobs(states=states, limit=wanted, offset=offset, batch=batch))
        except ServerUnavailable:
            return await _folded(bus, states, limit, batch)
        found |= {job.job_id: job for job in page.jobs}
        offset += len(page.jobs)
        if not page.jobs or offset >= page.total or len(found) == limit:
            return msgspec.structs.replace(page, jobs=tuple(found.values()))


async def list_batches(bus: "Bus", limit: int = _PAGE) -> BatchList:
    """Give the newest batches."""
    try:
        return await ask(bus, ListBatches(limit=min(limit, _PAGE)))
    except ServerUnavailable:
        replay = await Replay.of(bus)
        batches = replay.jobs.batches()[::-1]
        return BatchList(
            batches=tuple(
                batch_view(batch, replay.jobs.tally(batch.batch_id), None) for batch in batches[:limit]
            ),
            total=len(batches),
            sequence=replay.last,
        )


async def _folded(bus: "Bus", states: tuple[State, ...], limit: int | None, batch: str | None) -> JobList:
    replay = await Replay.of(bus)
    found = replay.jobs.newest(states, batch)
    return JobList(
        jobs=tuple(view(replay.jobs.job(job_id)) for job_id in found[:limit]),
        total=len(found),
        sequence=replay.last,
        blocked=replay.jobs.all_refused(datetime.now(UTC)),
        absent=(NOBODY,),
    )


def show_paced(paced: Iterable[PaceView]) -> None:
    """Say who waits for the videos of the next hour, a line each."""
    for one in paced:
        show(render.paced(one))


def show_absent(absent: Iterable[AbsentView]) -> None:
    """Say which actors jobs wait for that are not there, a line each."""
    for one in absent:
        show(render.absent(one))


def show_idle() -> None:
    """Say, on standard error, that nobody is at work, to whoever looks while no server runs."""
    complain("! nothing is running now: `ytarchive up` goes on with what has not ended")


def show_refused(blocked: Iterable[EgressView]) -> None:
    """Say whom the site refuses, a line each."""
    now = datetime.now(UTC)
    for one in blocked:
        show(render.refused(one, now))


def check_states(names: Sequence[str]) -> tuple[State, ...]:
    """Give the states named. Raises `UsageError`."""
    return _check("state", State, names)


def check_categories(names: Sequence[str]) -> tuple[Category, ...]:
    """Give the kinds of failure named. Raises `UsageError`."""
    return _check("category", Category, names)


def _check(what: str, kind: type[Name], names: Sequence[str]) -> tuple[Name, ...]:
    if strange := next((name for name in names if name not in tuple(kind)), None):
        raise unknown(what, strange, tuple(kind))
    return tuple(map(kind, names))
