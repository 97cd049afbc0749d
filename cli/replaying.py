"""Folding the log from nothing."""

from typing import TYPE_CHECKING, Self

from cli.output import event_lines
from schemas import subjects
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.checkpoints import Trust, Witness
from ytarchive.domain.past import END
from ytarchive.domain.replay import Break, Chains
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from datetime import datetime

    from schemas.envelope import Commit
    from schemas.events import Event
    from schemas.reports import EventLine
    from ytarchive.domain.batch import Batch
    from ytarchive.domain.checkpoints import Covered
    from ytarchive.domain.fixity import Audit
    from ytarchive.domain.job import Job
    from ytarchive.domain.limits import Limits
    from ytarchive.domain.past import Place
    from ytarchive.runtime.bus import Bus


class Replay:
    """The state the log leads to, or led to at a place in it, and where the log does not hold together.

    With `trust` its checkpoints are held against it too, where all of it is read.
    """

    def __init__(self, until: "Place" = END, trust: Trust | None = None) -> None:
        self.jobs = Catalogue()
        self.events = 0
        self.last = 0
        """The sequence of the last message read."""
        self.at: datetime | None = None
        """When the last message was written that could be read."""
        self.first: datetime | None = None
        """When the first message was written that could be read, also one from after the place."""
        self._until = until
        self._over = False
        self._chains = Chains()
        self._faults: list[Break] = []
        self._tail: list[Break] = []
        self._whole = True
        self._witness = Witness(trust) if trust else None

    @classmethod
    async def of(
        cls, bus: "Bus", job_id: str | None = None, until: "Place" = END, trust: Trust | None = None
    ) -> Self:
        """Fold the whole log, or all of one job."""
        replay = cls(until, trust)
        async for _ in replay.go_on(bus, job_id):
            pass
        return replay

    async def go_on(
        self, bus: "Bus", job_id: str | None = None
    ) -> "AsyncGenerator[tuple[Job | Batch | Audit | Covered | Limits, Iterator[EventLine]], None]":
        """Fold what the log has beyond what was read: what each commit is about now, and its events."""
        async for entry, commit, about in self.commits(bus, job_id):
            yield about, event_lines(entry, commit)

    async def commits(
        self, bus: "Bus", name: str | None = None, aggregate: str = "job"
    ) -> (
        "AsyncGenerator[tuple[event_log.Entry, Commit[Event], Job | Batch | Audit | Covered | Limits], None]"
    ):
        """Fold likewise: each message that is believed, and what it is about now."""
        subject = subjects.event(aggregate, name) if name else subjects.EVENTS
        self._whole = name is None
        end = await event_log.last_sequence(bus)
        async for entry in event_log.read(bus, after=self.last, subject=subject):
            taken = self.take(entry)
            if self._over:
                break
            if taken:
                yield entry, *taken
        lost = Break(sequence=end, detail=f"messages {self.last + 1} to {end} are missing")
        self._tail = [lost] if self.last < end and not self._over else []

    def take(
        self, entry: event_log.Entry
    ) -> "tuple[Commit[Event], Job | Batch | Audit | Covered | Limits] | None":
        """Fold the next message, unless it is not believed, or lies behind the place read to as all since."""
        self._over = self._over or not self._until.covers(entry.sequence)
        if self._over:
            return None
        commit, fault = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        if commit:
            self.first = self.first or commit.at
        if commit and not self._until.covers(entry.sequence, commit.at):
            self._over = True
            return None
        self.last = entry.sequence
        if fault:
            self._faults.append(fault)
        if self._witness and self._whole:
            self._faults += self._witness.follow(*entry, commit)
        if not commit:
            return None
        self.events += len(commit.events)
        self.at = commit.at
        return commit, self.jobs.apply(commit)

    @property
    def breaks(self) -> list[Break]:
        """Every place where what was read does not hold together."""
        if not self._whole:
            return self._faults
        found = [*self._faults, *self._chains.holes, *self._tail]
        if self._witness:
            found += self._witness.strangers if self._over else self._witness.unsigned
            found += [] if self._over else self._witness.departed
        return found
