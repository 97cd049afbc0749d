"""``why``: how a video, or a file of it, came to be what it is. Gives an exit code."""

from typing import TYPE_CHECKING

from cli.asking import meant, told
from cli.output import lines_of, show, write_json
from cli.render.why import why as shown
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import library_of, reading
from schemas.events import JobSubmitted, PageRecorded
from schemas.past import Step, WhyReport
from ytarchive.domain.provenance import Decided, Provenance
from ytarchive.domain.views import view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.naming import Subject
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


def why(settings: "Settings", name: str, *, as_json: bool) -> int:
    """Show all jobs about a video, and what led to each step of them. Raises `UsageError`."""

    async def main() -> WhyReport:
        async with reading(settings) as bus:
            known = (await Replay.of(bus)).jobs
            subject = meant(known, name, library_of(settings))
            return _report(subject, Provenance([one async for one in _decided(bus, known, subject)]))

    report = run_async(main())
    if as_json:
        write_json(report)
    else:
        show(shown(report, library_of(settings)))
    return 0


async def _decided(bus: "Bus", known: "Catalogue", subject: "Subject") -> "AsyncIterator[Decided]":
    """Give what the log says about the jobs, the batches they are of, and the lists that led to them."""
    for job in subject.jobs:
        async for sequence, commit in told(bus, job.job_id):
            yield Decided(sequence, commit)
    batches = {job.batch for job in subject.jobs if job.batch}
    left = [job.job_id for batch_id in batches for job in known.members(batch_id) if job.lists]
    addresses, seen = {job.url for job in subject.jobs}, set(left)
    while left:  # a list may go on as an earlier one did, of another batch
        async for sequence, commit in told(bus, left.pop()):
            events = commit.events
            pages = [event.entries for event in events if isinstance(event, PageRecorded)]
            if not pages or any(entry.address in addresses for entries in pages for entry in entries):
                yield Decided(sequence, commit)
            for event in events:
                if isinstance(event, JobSubmitted) and event.previous and event.previous not in seen:
                    seen.add(event.previous)
                    left.append(event.previous)
                    batches.add(known.job(event.previous).batch)
    for batch_id in batches - {""}:
        async for sequence, commit in told(bus, batch_id, "batch"):
            yield Decided(sequence, commit)


def _report(subject: "Subject", provenance: Provenance) -> WhyReport:
    archived = subject.archived
    steps = tuple(
        Step(
            seq=one.sequence,
            aggregate=one.commit.aggregate,
            id=one.commit.aggregate_id,
            at=one.commit.at,
            correlation_id=one.commit.correlation_id,
            causes=provenance.causes(one),
            events=tuple(lines_of(one.sequence, one.commit)),
        )
        for one in provenance.decided
    )
    ends = [
        step.seq
        for step in steps
        if archived
        and step.id == archived.job_id
        and any(line.type == "job.archived" for line in step.events)
    ]
    return WhyReport(
        url=subject.url,
        video=subject.video,
        archived_by=archived.job_id if archived else None,
        file=subject.file,
        jobs=tuple(map(view, subject.jobs)),
        steps=steps,
        chain=provenance.chain(ends[-1]) if ends else (),
    )
