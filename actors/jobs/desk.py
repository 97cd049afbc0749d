"""The desk every message passes: decide → append → apply, one at a time, always on the newest log."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.common import Category
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.job import Context, Job, decide
from ytarchive.domain.replay import Chains
from ytarchive.recovery import table
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from schemas.commands import JobCommand
    from schemas.envelope import Envelope
    from schemas.results import Result
    from ytarchive.runtime.process import Runtime


class Desk:
    """The read model and the one place from which the log is written."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self.turn = asyncio.Lock()
        """Held by whoever decides, until what follows is asked for: else an older wish could undo a newer."""
        self._chains = Chains()
        self.catalogue = Catalogue()
        self.last = 0
        """The sequence of the newest log message taken into account."""
        self._sound = True

    @property
    def whole(self) -> bool:
        """Whether all there is of the log holds together, and nothing of it is missing."""
        return self._sound and not self._chains.holes

    async def catch_up(self) -> None:
        """Read what is new in the log. A message that does not fit is said, and not believed."""
        end = await event_log.last_sequence(self._runtime.bus)
        async for entry in event_log.read(self._runtime.bus, after=self.last):
            self._apply(entry)
        if self.last < end:  # lost by the server: an append would wait for them for ever
            self._runtime.log.error("the log has lost its end", after=self.last, end=end)
            self.last = end
            self._sound = False

    async def is_current(self) -> bool:
        """Tell whether all of the log was taken into account; now it is. Hold the `turn` meanwhile."""
        if self.last == await event_log.last_sequence(self._runtime.bus):
            return True
        await self.catch_up()
        return False

    async def decide(self, message: "Envelope[JobCommand] | Envelope[Result]") -> Job:
        """Record what follows from a message, and give the job as it then is. Hold the `turn` meanwhile."""
        while True:
            job = self.catalogue.job(message.body.job_id)
            at = datetime.now(UTC)
            context = self._context(at)
            events = decide(job, message.body, context)
            if not events:
                if await self.is_current():
                    return job
                continue  # another jobs actor has written, and this may well be news to what it wrote
            try:
                entry = await event_log.append(
                    self._runtime.bus,
                    job_id=job.job_id,
                    head=self._chains.head(job.job_id),
                    last=self.last,
                    events=events,
                    at=at,
                    correlation_id=job.correlation_id or message.correlation_id,
                    causation_id=message.id,
                )
            except event_log.LogMoved:
                await self.catch_up()
            except TimeoutError:
                # stored or not? what is in the log tells; if it is there, deciding again gives nothing
                self._runtime.log.warning("append unanswered", job_id=job.job_id)
                await self.catch_up()
            else:
                self._apply(entry)

    def _context(self, at: datetime) -> Context:
        pace = self._runtime.settings.retry_pace

        def block(egress: str, category: Category) -> datetime:
            return self.catalogue.breaker(egress).failed(at, table.pause(category, pace)).open_until or at

        return Context(
            at=at,
            retry=table.policy(at, pace),
            archived=self.catalogue.archived,
            recheck=lambda category: table.recheck(category, pace),
            block=block,
        )

    def _apply(self, entry: event_log.Entry) -> None:
        commit, fault = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        if fault:
            self._sound = False
            self._runtime.log.error(
                "the log does not hold together",
                job_id=fault.job_id,
                sequence=fault.sequence,
                detail=fault.detail,
            )
        if commit:
            self.catalogue.apply(commit)
        self.last = entry.sequence
