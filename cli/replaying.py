"""Folding the log from nothing."""

from typing import TYPE_CHECKING, Self

from cli.output import event_lines
from schemas import subjects
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.replay import Break, Chains
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from schemas.reports import EventLine
    from ytarchive.domain.batch import Batch
    from ytarchive.domain.fixity import Audit
    from ytarchive.domain.job import Job
    from ytarchive.runtime.bus import Bus


class Replay:
    """The state the log leads to, and every place where the log does not hold together."""

    def __init__(self) -> None:
        self.jobs = Catalogue()
        self.events = 0
        self.last = 0
        """The sequence of the last message read."""
        self._chains = Chains()
        self._faults: list[Break] = []
        self._tail: list[Break] = []
        self._whole = True

    @classmethod
    async def of(cls, bus: "Bus", job_id: str | None = None) -> Self:
        """Fold the whole log, or all of one job."""
        replay = cls()
        async for _ in replay.go_on(bus, job_id):
            pass
        return replay

    async def go_on(
        self, bus: "Bus", job_id: str | None = None
    ) -> "AsyncGenerator[tuple[Job | Batch | Audit, Iterator[EventLine]], None]":
        """Fold what the log has beyond what was read: what each commit is about now, and its events."""
        subject = subjects.event("job", job_id) if job_id else subjects.EVENTS
        self._whole = job_id is None
        end = await event_log.last_sequence(bus)
        async for entry in event_log.read(bus, after=self.last, subject=subject):
            self.last = entry.sequence
            commit, fault = self._chains.follow(entry.subject, entry.sequence, entry.payload)
            if fault:
                self._faults.append(fault)
            if commit:
                self.events += len(commit.events)
                yield self.jobs.apply(commit), event_lines(entry, commit)
        lost = Break(sequence=end, detail=f"messages {self.last + 1} to {end} are missing")
        self._tail = [lost] if self.last < end else []

    @property
    def breaks(self) -> list[Break]:
        """Every place where what was read does not hold together."""
        return [*self._faults, *(self._chains.holes + self._tail if self._whole else ())]
