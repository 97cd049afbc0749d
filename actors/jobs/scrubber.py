"""The scrubber: has every node read what it keeps, again and again, as the schedule says.

One portion of each node is out at a time. Which is next follows from the log, so a restart goes on with it;
the time of the next is a message that comes when it is due.
"""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from actors.jobs.errands import timed
from schemas import codec, subjects
from schemas.envelope import Envelope
from schemas.fixity import SCHEDULE
from schemas.fixity_commands import CheckFiles, WakeAudit
from ytarchive.domain.fixity import standing_audit
from ytarchive.domain.scrub import next_due, portion
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Outgoing

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from ytarchive.domain.fixity import Audit
    from ytarchive.runtime.process import Runtime

_LOOK_AGAIN: Final = 300.0
"""Queues may lose what they have, and clocks may be set."""


class Scrubber:
    """Gives out portions of the standing audits."""

    def __init__(self, runtime: "Runtime", desk: "Desk") -> None:
        self._runtime, self._desk = runtime, desk
        self._news = asyncio.Event()
        self._withdrawn = False

    def news(self) -> None:
        """Look again: the schedule is another, or files were read, or are due."""
        self._news.set()

    async def run(self) -> None:
        """Serve until cancelled. Raises a nats error, or TimeoutError, when the server fails."""
        number = 0
        while True:
            self._news.clear()
            async with self._desk.turn:
                await self._serve(f":{os.getpid()}:{number}")
            try:
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._news.wait()
            except TimeoutError:
                number += 1

    async def _serve(self, again: str) -> None:
        schedule = self._desk.catalogue.health.schedule
        if schedule.every is None:
            await self._withdraw()
            return
        self._withdrawn = False
        outgoing = await self._due(schedule, timedelta(seconds=schedule.every), again)
        if outgoing:
            await self._runtime.bus.publish_all(outgoing)  # a conflict says that it waits there already

    async def _due(self, schedule: "Audit", every: timedelta, again: str) -> list[Outgoing]:
        health, now = self._desk.catalogue.health, datetime.now(UTC)
        outgoing: list[Outgoing] = []
        times: list[datetime] = []
        for node, checked in health.nodes.items():
            audit = health.audit(standing_audit(node))
            if checks := portion(checked, every, now, self._desk.catalogue.job):
                part = audit.parts + 1
                body = CheckFiles(
                    audit_id=audit.audit_id,
                    part=part,
                    depth=schedule.depth,
                    checks=checks,
                    rate=schedule.rate,
                )
                key = f"{audit.audit_id}:{part}{again}"
                envelope = Envelope(id=key, at=now, correlation_id=schedule.correlation_id, body=body)
                subject = subjects.check(node, audit.audit_id, part)
                outgoing.append(Outgoing(subject, codec.encode(envelope), key, last_subject_sequence=0))
            elif due := next_due(checked, every):
                times.append(due)
        if times:
            outgoing.append(await self._timer(min(times), schedule.correlation_id, again))
        return outgoing

    async def _timer(self, due: datetime, correlation_id: str, again: str) -> Outgoing:
        key = f"{SCHEDULE}:{due.timestamp():.3f}"
        now = datetime.now(UTC)
        envelope = Envelope(id=key, at=now, correlation_id=correlation_id, body=WakeAudit(audit_id=SCHEDULE))
        payload, wait = codec.encode(envelope), max(due - now, timedelta())
        return await timed(self._runtime.bus, SCHEDULE, payload, wait, key=key, again=again)

    async def _withdraw(self) -> None:
        """Take back what was asked for. What is being read is told of, and is the last."""
        if self._withdrawn:
            return
        js = self._runtime.bus.js
        await js.purge_stream(topology.COMMANDS, subject=subjects.CHECKS)
        await js.purge_stream(topology.TIMERS, subject=subjects.schedule(SCHEDULE))
        self._withdrawn = True
