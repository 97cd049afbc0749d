"""Asking for something: what was asked for before and has not ended is gone on with, not begun beside it."""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cli.listing import NOBODY, UNENDED, list_batches, list_jobs
from cli.output import tell
from cli.render import clock
from cli.submission import Submission, send, submit
from schemas import codec, subjects
from schemas.batch_events import BatchExtended, BatchSubmitted
from schemas.commands import BatchCommand, JobCommand, ResumeBatch, ResumeJob, RetryJob
from schemas.common import BatchState, State
from schemas.events import Event, JobSubmitted
from schemas.queries import BatchView, JobView
from schemas.reports import Submitted, SubmittedJob
from ytarchive.domain.views import paused_by_hand
from ytarchive.errors import YtarchiveError
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from schemas.common import Priority
    from schemas.options import ArchiveOptions
    from ytarchive.runtime.bus import Bus


class Wanted(NamedTuple):
    """What is asked for, and how."""

    urls: Sequence[str]
    files: Sequence[str]
    options: "ArchiveOptions"
    priority: "Priority | None" = None
    whole: bool = False
    together: bool = False


Going = Sequence[JobView | BatchView]
"""Jobs, or a batch, that somebody asked for before and that have not ended."""


async def ask_for(bus: "Bus", asked: Submission, wanted: Wanted) -> tuple[Submission, Going]:
    """Ask for what does not go on already. Gives all of it, by the ids it has then, and what does.

    Raises `ServerUnavailable`.
    """
    going: Going = ()
    if not wanted.options.force:
        with contextlib.suppress(YtarchiveError):  # of whom nobody answers for, all is asked for anew
            asked, going = await (_batch if asked.batch_id else _jobs)(bus, asked, wanted)
    if going:
        tell(_told(going))
    await submit(bus, asked, wanted.options, wanted.priority, whole=wanted.whole)
    for one in going:
        if command := nudge(one):
            await send(bus, command)
    return asked, going


def submitted(asked: Submission, going: Going, *, begun: bool = True) -> Submitted:
    """Give the answer to who asked; whether it is `begun`, or waits for a jobs actor."""
    since = {one.job_id if isinstance(one, JobView) else one.batch_id: one.submitted_at for one in going}
    return Submitted(
        jobs=tuple(
            SubmittedJob(job_id=id_, url=url, since=since.get(id_)) for id_, url in asked.jobs.items()
        ),
        batch=asked.batch_id,
        sources=len(asked.urls),
        since=since.get(asked.batch_id),
        absent=() if begun else (NOBODY,),
    )


def _told(going: Going) -> str:
    first, *others = going
    what = f"batch {first.batch_id}" if isinstance(first, BatchView) else f"job {first.job_id}"
    more = f" and {len(others)} more" if others else ""
    return f"Goes on with {what}{more}, begun at {clock(first.submitted_at)}."


def nudge(one: JobView | BatchView) -> JobCommand | BatchCommand | None:
    """Give what makes it go on now, as it would if it were begun now."""
    if isinstance(one, BatchView):
        return ResumeBatch(batch_id=one.batch_id) if one.state is BatchState.PAUSED else None
    if paused_by_hand(one):
        return ResumeJob(job_id=one.job_id)
    return RetryJob(job_id=one.job_id) if one.state is State.WAITING and one.due else None


async def _jobs(bus: "Bus", asked: Submission, wanted: Wanted) -> tuple[Submission, Going]:
    names = {url: job_id for job_id, url in asked.jobs.items()}
    there: dict[str, JobView] = {}
    for job in (await list_jobs(bus, UNENDED, batch=None)).jobs:  # the oldest counts, which others follow
        if job.url in names and await _same_job(bus, job, wanted):
            there[job.url], names[job.url] = job, job.job_id
    return asked._replace(jobs={job_id: url for url, job_id in names.items()}), tuple(there.values())


async def _batch(bus: "Bus", asked: Submission, wanted: Wanted) -> tuple[Submission, Going]:
    for batch in reversed((await list_batches(bus)).batches):
        going = batch.state in (BatchState.RUNNING, BatchState.PAUSED) and batch.title == asked.title
        if going and await _same_batch(bus, batch, asked.urls, wanted):
            return asked._replace(batch_id=batch.batch_id), (batch,)
    return asked, ()


async def _same_job(bus: "Bus", job: JobView, wanted: Wanted) -> bool:
    match await _history(bus, "job", job.job_id):
        case [JobSubmitted() as begun, *_]:
            alike = begun.options == wanted.options and not begun.repairs
            return alike and wanted.priority in (None, begun.priority)
        case _:
            return False


async def _same_batch(bus: "Bus", batch: BatchView, urls: Sequence[str], wanted: Wanted) -> bool:
    """Tell whether a batch is of these addresses; or of the first of them, whose sender was stopped."""
    sources: list[str] = []
    more = same = False
    for event in await _history(bus, "batch", batch.batch_id):
        if isinstance(event, BatchSubmitted):
            same = (event.options, event.whole) == (wanted.options, wanted.whole)
            same = same and wanted.priority in (None, event.priority)
        if isinstance(event, BatchSubmitted | BatchExtended):
            sources += event.sources
            more = event.more
    return same and sources == list(urls[: len(sources)] if more else urls)


async def _history(bus: "Bus", aggregate: str, name: str) -> list[Event]:
    """Give what happened to a job or a batch; nothing where that cannot be read."""
    with contextlib.suppress(codec.Undecodable):
        return [
            event
            async for entry in event_log.read(bus, subject=subjects.event(aggregate, name))
            for event in codec.commits.decode(entry.payload).events
        ]
    return []
