"""Folding the log from nothing."""

from typing import TYPE_CHECKING, Self

from cli.output import event_lines
from schemas import subjects
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.replay import Break, Chains
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from schemas.reports import EventLine
    from ytarchive.domain.job import Job
    from ytarchive.runtime.bus import Bus


class Replay:
    """The state the log leads to, and every place where the log does not hold together."""

    def __init__(self) -> None:
        self.jobs = Catalogue()
        self.breaks: list[Break] = []
        self.events = 0
        self.last = 0
        """The sequence of the last message read."""
        self._chains = Chains()

    @classmethod
    async def of(cls, bus: "Bus", job_id: str | None = None) -> Self:
        """Fold the whole log, or all of one job."""
        replay = cls()
        async for _ in replay.go_on(bus, job_id):
            pass
        return replay

    async def go_on(
        self, bus: "Bus", job_id: str | None = None
    ) -> "AsyncGenerator[tuple[Job, list[EventLine]], None]":
        """Fold what the log has beyond what was read: give the job after each commit, and the events."""
        subject = subjects.event("job", job_id) if job_id else subjects.EVENTS
        async for entry in event_log.read(bus, after=self.last, subject=subject):
            self.last = entry.sequence
            commit, fault = self._chains.follow(entry.subject, entry.sequence, entry.payload)
            if fault:
                self.breaks.append(fault)
            if commit:
                self.events += len(commit.events)
                yield self.jobs.apply(commit), list(event_lines(entry, commit))
