"""``why``: how a video, or a file of it, came to be what it is. Gives an exit code."""

from typing import TYPE_CHECKING

from cli.asking import meant, told
from cli.output import answer, lines_of
from cli.render.why import why as shown
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import library_of, reading
from schemas.batch_events import BatchExtended
from schemas.events import PageRecorded
from schemas.fixity_events import AuditStarted, FixityFailed
from schemas.past import Step, WhyReport
from ytarchive.domain.provenance import Decided, Provenance, names
from ytarchive.domain.views import view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job
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
    answer(report, lambda found: shown(found, library_of(settings)), as_json=as_json)
    return 0


async def _decided(bus: "Bus", known: "Catalogue", subject: "Subject") -> "AsyncIterator[Decided]":
    """Give what the log says about the jobs, and what led to them: audits, lists, batches."""
    audits, batches = set[str](), {job.batch for job in subject.jobs if job.batch}
    addresses = {job.url for job in subject.jobs}
    for job in subject.jobs:
        async for sequence, commit in told(bus, job.job_id):
            yield Decided(sequence, commit)
            audits |= {event.audit for event in commit.events if isinstance(event, FixityFailed)}
    for audit_id in audits - {""}:
        async for sequence, commit in told(bus, audit_id, "audit"):
            if any(isinstance(event, AuditStarted) for event in commit.events):
                yield Decided(sequence, commit)
    async for listing, said in _lists(bus, known, batches, addresses):
        batches.add(listing.batch)
        for one in said:
            yield one
    for batch_id in batches:
        async for sequence, commit in told(bus, batch_id, "batch"):
            if _matters(commit, addresses):
                yield Decided(sequence, commit)


async def _lists(
    bus: "Bus", known: "Catalogue", batches: "Iterable[str]", addresses: "set[str]"
) -> "AsyncIterator[tuple[Job, list[Decided]]]":
    """Give the lists of batches that have one of the addresses; or the earlier ones they go on as."""
    left = [job for batch_id in batches for job in known.members(batch_id) if job.lists]
    seen = set[str]()
    while left:
        listing = left.pop()
        said = [Decided(*one) async for one in told(bus, listing.job_id) if _matters(one[1], addresses)]
        if any(isinstance(event, PageRecorded) for one in said for event in one.commit.events):
            yield listing, said
        elif listing.previous and listing.previous not in seen:
            seen.add(listing.previous)
            left.append(known.job(listing.previous))


def _matters(commit: "Commit[Event]", addresses: "set[str]") -> bool:
    """Tell whether a message is no page, and no further sources, without any of these addresses."""
    many = [event for event in commit.events if isinstance(event, PageRecorded | BatchExtended)]
    return not many or any(names(event, url) for event in many for url in addresses)


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
