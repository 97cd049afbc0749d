"""The desk every message passes: decide → append → apply, some at a time, always on the newest log."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import nats.errors

from schemas import codec, subjects
from schemas.common import Category
from schemas.limits import LIMITS
from ytarchive.domain.about import about_job, aggregate_of
from ytarchive.domain.batch import Batch, Passed, decide_batch
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.checkpoints import Witness
from ytarchive.domain.context import Context
from ytarchive.domain.decider import decide
from ytarchive.domain.fixity import Audit, Recorded, decide_audit
from ytarchive.domain.job import Job
from ytarchive.domain.limits import Limits, decide_limits
from ytarchive.domain.meters import Meters
from ytarchive.domain.repair import mended
from ytarchive.domain.replay import Break, Chains
from ytarchive.recovery import table
from ytarchive.runtime import event_log, signing
from ytarchive.runtime.event_log import Decision

if TYPE_CHECKING:
    from schemas.envelope import Envelope
    from schemas.events import Event
    from ytarchive.runtime.process import Runtime

Subject = Job | Batch | Audit | Limits
"""What a message may be about."""


class Desk:
    """The read model and the one place from which the log is written."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self.turn = asyncio.Lock()
        """Held by whoever decides, until what follows is asked for: else an older wish could undo a newer."""
        self._chains = Chains()
        self.meters = Meters() if runtime.settings.metrics_port else None
        self.catalogue = Catalogue(self.meters)
        self.last = 0
        """The sequence of the newest log message taken into account."""
        self.passed: Callable[[str], Passed] = lambda _batch_id: Passed()
        """How many videos of a batch were passed over so far, as whoever feeds it has it."""
        self._disbelieved: set[int] = set()
        self._sound = True
        settings = runtime.settings
        self.witness = Witness(signing.trust(settings)) if settings.signing_key_file else None
        """Holds the log against its checkpoints, for whoever signs it: there is a key."""
        self.faults: list[Break] = []
        """What it has found."""

    @property
    def whole(self) -> bool:
        """Whether all there is of the log holds together, and nothing of it is missing."""
        return self._sound and not self._chains.holes

    async def catch_up(self) -> None:
        """Read what is new in the log. A message that does not fit is said, and not believed."""
        end, known = await event_log.last_sequence(self._runtime.bus), self.last
        async for entry in event_log.read(self._runtime.bus, after=self.last):
            self._apply(entry)
        if self.last > known:
            self._runtime.pulse.troubles.pop("log", None)  # what was not answered was kept
        if self.last < end:  # lost by the server: an append would wait for them for ever
            self._runtime.log.error("the log has lost its end", sequence=end, expected=self.last)
            self.last = end
            self._sound = False

    async def is_current(self) -> bool:
        """Tell whether all of the log was taken into account; now it is. Hold the `turn` meanwhile."""
        if self.last == await event_log.last_sequence(self._runtime.bus):
            return True
        await self.catch_up()
        return False

    async def decide(self, *messages: "Envelope[Any]") -> list[Subject]:
        """Record what follows from messages that are `independent` of each other.

        Gives what each is about as it then is. Hold the `turn` meanwhile.
        """
        await self.record(lambda at: [one for message in messages for one in self._decisions(message, at)])
        return [self._about(message) for message in messages]

    async def record(self, decisions: Callable[[datetime], Sequence[Decision]]) -> None:
        """Append what `decisions` gives on the newest log, which may take more than one try."""
        while True:
            at = datetime.now(UTC)
            decided = decisions(at)
            if not decided:
                if await self.is_current():
                    return
                continue  # another jobs actor has written, and this may well be news to what it wrote
            troubles = self._runtime.pulse.troubles
            try:
                entries = await event_log.append(self._runtime.bus, decided, last=self.last, at=at)
            except event_log.LogMoved:
                await self.catch_up()
            except TimeoutError:
                # stored or not? what is in the log tells; if it is there, deciding again gives nothing
                self._runtime.log.warning("append unanswered", count=len(decided))
                troubles["log"] = "the server does not keep what is decided: no answer"
                await self.catch_up()
            except nats.errors.Error as error:
                troubles["log"] = f"the server does not keep what is decided: {error}"
                raise
            else:
                troubles.pop("log", None)
                for decision, entry in zip(decided, entries, strict=True):
                    self._apply(entry)
                    self._tell(decision)
                return

    def _tell(self, decision: Decision) -> None:
        match self._aggregate(decision.aggregate, decision.aggregate_id):
            case Job() as job if decision.aggregate == "job":
                names = about_job(job)
            case _:
                names = {decision.aggregate: decision.aggregate_id, "correlation": decision.correlation_id}
        self._runtime.log.info("recorded", events=", ".join(map(_named, decision.events)), **names)

    def decision(
        self, aggregate: str, aggregate_id: str, events: "tuple[Event, ...]", correlation: str, cause: str
    ) -> Decision:
        """Give a decision as it is recorded now."""
        return Decision(aggregate, aggregate_id, self._chains.head(aggregate_id), events, correlation, cause)

    async def history(
        self, aggregate: str, aggregate_id: str, after: int
    ) -> "AsyncIterator[tuple[int, Event]]":
        """Give the events of an aggregate after a sequence, each with its own: those the read model holds.

        Raises TimeoutError when the server does not answer.
        """
        subject = subjects.event(aggregate, aggregate_id)
        async for entry in event_log.read(self._runtime.bus, after=after, subject=subject):
            if entry.sequence > self.last:
                return
            if entry.sequence not in self._disbelieved:
                for event in codec.commits.decode(entry.payload).events:
                    yield entry.sequence, event

    def _about(self, message: "Envelope[Any]") -> Subject:
        return self._aggregate(*aggregate_of(message.body))

    def _aggregate(self, aggregate: str, aggregate_id: str) -> Subject:
        match aggregate:
            case "batch":
                return self.catalogue.batch(aggregate_id)
            case "audit":
                return self.catalogue.health.audit(aggregate_id)
            case "limits":
                return self.catalogue.limits
            case _:
                return self.catalogue.job(aggregate_id)

    def _decisions(self, message: "Envelope[Any]", at: datetime) -> Iterator[Decision]:
        """Give what follows from a message, if anything does."""
        for aggregate, aggregate_id, events in self._recorded(message, at):
            if events:
                correlation = self._aggregate(aggregate, aggregate_id).correlation_id
                yield self.decision(
                    aggregate, aggregate_id, events, correlation or message.correlation_id, message.id
                )

    def _recorded(self, message: "Envelope[Any]", at: datetime) -> Iterable[Recorded]:
        match self._about(message):
            case Limits() as limits:
                return (Recorded("limits", LIMITS, decide_limits(limits, message.body)),)
            case Audit() as audit:
                return decide_audit(audit, message.body, self.catalogue.job)
            case Batch() as batch:
                passed = self.passed(batch.batch_id)
                decided = decide_batch(batch, message.body, message.id, passed)
                return (Recorded("batch", batch.batch_id, decided),)
            case job:
                events = decide(job, message.body, self._context(at))
                return (*mended(job, message.body, self.catalogue.job), Recorded("job", job.job_id, events))

    def _context(self, at: datetime) -> Context:
        pace = self._runtime.settings.retry_pace

        def block(egress: str, category: Category) -> datetime:
            breaker = self.catalogue.refusals.breaker(egress)
            return breaker.failed(at, table.pause(category, pace)).open_until or at

        return Context(
            at=at,
            retry=table.policy(at, pace),
            archived=self.catalogue.archived,
            working=self.catalogue.videos.working,
            recheck=lambda category: table.recheck(category, pace),
            block=block,
            job=self.catalogue.job,
        )

    def _apply(self, entry: event_log.Entry) -> None:
        commit, fault = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        if fault:
            self._sound = False
            self._complain(fault)
        if commit:
            self.catalogue.apply(commit)
        else:
            self._disbelieved.add(entry.sequence)
        for found in self.witness.follow(*entry, commit) if self.witness else ():
            self.faults.append(found)
            self._complain(found)
        self.last = entry.sequence

    def _complain(self, fault: Break) -> None:
        self._runtime.log.error(
            "the log does not hold together",
            job_id=fault.job_id,
            sequence=fault.sequence,
            error=fault.detail,
        )


def _named(event: "Event") -> str:
    """Give what happened in a word, or two."""
    word = str(event.__struct_config__.tag).partition(".")[2]
    return " ".join(filter(None, (word, getattr(event, "stage", ""))))
