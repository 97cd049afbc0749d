"""``audit --every``, ``audit --history``: audits to come, and those there were. Each gives an exit code."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli import render
from cli.amounts import seconds
from cli.obeyed import obeyed
from cli.output import answer
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import library_of, reading
from cli.submission import send
from schemas.fixity import SCHEDULE, Depth
from schemas.fixity_commands import ScheduleAudit
from schemas.fixity_reports import AuditHistory, AuditLine, ScheduleReport, ScrubLine
from ytarchive.domain.scrub import behind, next_due
from ytarchive.library.scan import LibraryAway, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.fixity import Audit
    from ytarchive.domain.job import Job
    from ytarchive.settings import Settings


def schedule(settings: "Settings", every: str, depth: Depth, rate: float, *, as_json: bool) -> int:
    """Have every file read once in so long, and wait until the log says so."""
    wanted = ScheduleReport(every=None if every == "never" else seconds(every), depth=depth, rate=rate)

    async def main() -> None:
        async with reading(settings, live=True) as bus:
            folded = await Replay.of(bus)
            if _schedule(folded.jobs.health.schedule) == wanted:
                return
            command = ScheduleAudit(audit_id=SCHEDULE, every=wanted.every, depth=depth, rate=rate)
            await send(bus, command)

            async def now() -> ScheduleReport:
                async for _ in folded.go_on(bus):
                    pass
                return _schedule(folded.jobs.health.schedule)

            await obeyed(now, lambda found: found == wanted)

    run_async(main(), interrupted="Stopped. `ytarchive audit --history` tells what is in force.")
    answer(wanted, render.schedule, as_json=as_json)
    return 0


def history(settings: "Settings", *, as_json: bool) -> int:
    """Show the latest audits."""

    async def main() -> AuditHistory:
        async with reading(settings) as bus:
            jobs = (await Replay.of(bus)).jobs
        health = jobs.health
        nodes = await asyncio.to_thread(lambda: tuple(_scrubs(settings, jobs)))
        return AuditHistory(
            schedule=_schedule(health.schedule), audits=tuple(map(_line, health.audits())), nodes=nodes
        )

    report = run_async(main())
    answer(report, render.audits, as_json=as_json)
    return 0


def _schedule(audit: "Audit") -> ScheduleReport:
    return ScheduleReport(every=audit.every, depth=audit.depth, rate=audit.rate)


def _scrubs(settings: "Settings", jobs: "Catalogue") -> "Iterator[ScrubLine]":
    """Tell how far the nodes are with the scheduled audit; of our own, whether its library is there."""
    health = jobs.health
    if health.schedule.every is None:
        return
    every = timedelta(seconds=health.schedule.every)
    for node, checked in health.nodes.items():
        late = behind(checked, every, datetime.now(UTC))
        yield ScrubLine(
            node=node,
            due=next_due(checked, every),
            behind=late,
            suspended=_away(settings, map(jobs.job, checked)) if checked and node == settings.node else "",
        )


def _away(settings: "Settings", jobs: "Iterable[Job]") -> str:
    try:
        Place(library_of(settings)).must_hold(file.path for job in jobs for file in job.files)
    except LibraryAway as error:
        return str(error)
    return ""


def _line(audit: "Audit") -> AuditLine:
    return AuditLine(
        audit_id=audit.audit_id,
        node=audit.node,
        scope=audit.scope,
        standing=audit.standing,
        due_files=audit.due_files,
        due_bytes=audit.due_bytes,
        files=audit.files,
        bytes=audit.bytes,
        found=audit.found,
        started_at=audit.started_at,
        updated_at=audit.updated_at,
        finished_at=audit.finished_at,
    )
