"""The feeder: begins the jobs of running batches, some at a time, and tells jobs what became of the batch."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from actors.jobs.feed import Feed
from schemas.batch_events import BatchEvent, BatchFinished, BatchResumed
from schemas.common import BatchState, Entry, State
from schemas.envelope import Envelope
from schemas.events import JobSubmitted
from ytarchive.domain.batch import Batch, Passed, obeys, steers, video_job
from ytarchive.domain.decider import begun
from ytarchive.runtime.event_log import Decision

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from ytarchive.domain.job import Job

_AT_ONCE: Final = 32
"""Jobs of one batch that are begun, or told something, together."""
_UNENDED: Final = 50
"""So many times more jobs of a batch may wait for something than are in flight."""
_LOOK_AGAIN: Final = 60.0
_TOLD: Final = (*(state for state in State if not state.final), State.FAILED, State.CANCELLED)


class Feeder:
    """Serves all batches in turn. `hear` takes a message to the desk, `follow` sees to what jobs need done.

    `window` says how many jobs of one batch may be in flight.
    """

    def __init__(
        self,
        desk: "Desk",
        hear: "Callable[[Envelope[Any]], Awaitable[None]]",
        follow: "Callable[[Sequence[Job]], Awaitable[None]]",
        window: Callable[[], int],
    ) -> None:
        self._desk, self._hear, self._follow = desk, hear, follow
        self._window = window
        self._feeds: dict[str, Feed] = {}
        self._told: dict[str, int] = {}
        self._news = asyncio.Event()
        desk.passed = self.passed

    def news(self) -> None:
        """Look again: something has ended, or was asked for."""
        self._news.set()

    def feed(self, batch_id: str) -> Feed | None:
        """Give how far a batch is, if it is being fed."""
        return self._feeds.get(batch_id)

    def passed(self, batch_id: str) -> Passed:
        """Give how many videos of a batch need no job, as far as is known."""
        batch, feed = self._desk.catalogue.batch(batch_id), self._feeds.get(batch_id)
        if feed is None:
            return Passed(batch.known, batch.skipped)
        return Passed(max(feed.known, batch.known), max(feed.skipped, batch.skipped))  # it may walk once more

    async def run(self) -> None:
        """Serve until cancelled. Raises a nats error, or TimeoutError, when the server fails."""
        self._feeds.clear()  # one that was interrupted has lost its place
        async with self._desk.turn:
            await self._follow([])  # and jobs it began may still wait to be dispatched
        while True:
            self._news.clear()
            busy = False
            for batch in self._desk.catalogue.batches():
                busy |= await self._serve(batch.batch_id)
            if not busy:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN):
                        await self._news.wait()

    async def _serve(self, batch_id: str) -> bool:
        """Do a portion for one batch. Gives whether there may be more to do at once."""
        batch = self._desk.catalogue.batch(batch_id)
        if steers(batch) and self._told.get(batch_id) != batch.version:
            await self._tell(batch)
            self._told[batch_id] = batch.version
            self._feeds.pop(batch_id, None)  # what has changed since it was read?
        if batch.state is BatchState.FINISHED and self._desk.catalogue.tally(batch_id).reads:
            await self._take_up(batch)
            return True
        if batch.state is not BatchState.RUNNING:
            self._feeds.pop(batch_id, None)
            return False
        return await self._begin_some(batch)

    async def _tell(self, batch: Batch) -> None:
        """Pass on to the jobs of a batch what was asked of it, which each may have heard already."""
        catalogue = self._desk.catalogue
        concerned = catalogue.newest(_TOLD, batch.batch_id)[::-1]
        for start in range(0, len(concerned), _AT_ONCE):
            jobs = [catalogue.job(job_id) for job_id in concerned[start : start + _AT_ONCE]]
            messages = [
                Envelope(
                    id=f"{job.job_id}:{job.version}:batch",
                    at=datetime.now(UTC),
                    correlation_id=job.correlation_id,
                    causation_id=batch.batch_id,
                    body=command,
                )
                for job in jobs
                if (command := obeys(batch, job))
            ]
            await asyncio.gather(*map(self._hear, messages))
            await asyncio.sleep(0)

    async def _begin_some(self, batch: Batch) -> bool:
        catalogue, window = self._desk.catalogue, self._window()
        feed = self._feeds.get(batch.batch_id)
        if feed is None or (feed.exhausted and feed.stale):
            feed = self._feeds[batch.batch_id] = Feed(
                self._desk,
                batch.batch_id,
                lambda job_id, submitted: self._begin(batch, {job_id: submitted}),
            )
        tally = catalogue.tally(batch.batch_id)
        room = min(window - tally.in_flight, window * _UNENDED - tally.unended, _AT_ONCE)
        found: list[Entry] = []
        while len(found) < room and (entry := await feed.next()):
            found.append(entry)
        if found:
            await self._begin(batch, dict(video_job(batch, entry) for entry in found))
        elif feed.exhausted and not feed.stale and not catalogue.tally(batch.batch_id).unended:
            await self._finish(batch, feed)
        return len(found) == room > 0

    async def _begin(self, batch: Batch, jobs: dict[str, JobSubmitted]) -> None:
        desk = self._desk

        def decisions(_at: datetime) -> list[Decision]:
            return [
                desk.decision("job", job_id, begun(submitted), batch.correlation_id, batch.batch_id)
                for job_id, submitted in jobs.items()
                if not desk.catalogue.job(job_id).version
                and desk.catalogue.batch(batch.batch_id).state is BatchState.RUNNING
            ]

        async with desk.turn:
            await desk.record(decisions)
            await self._follow([desk.catalogue.job(job_id) for job_id in jobs])

    async def _take_up(self, batch: Batch) -> None:
        """Have a batch go on that had finished: a list of it is looked at again."""
        await self._record(batch, lambda now: BatchResumed() if now.version == batch.version else None)

    async def _finish(self, batch: Batch, feed: Feed) -> None:
        def finished(now: Batch) -> BatchFinished | None:
            tally = self._desk.catalogue.tally(batch.batch_id)
            if tally.unended or now.version != batch.version or now.more:
                return None
            counts = {state: number for state, number in tally.videos.items() if number}
            return BatchFinished(counts=counts, known=feed.known, skipped=feed.skipped)

        await self._record(batch, finished)

    async def _record(self, batch: Batch, decide: "Callable[[Batch], BatchEvent | None]") -> None:
        """Record what follows from a batch as it then is."""
        desk = self._desk

        def decisions(_at: datetime) -> list[Decision]:
            event = decide(desk.catalogue.batch(batch.batch_id))
            if not event:
                return []
            return [desk.decision("batch", batch.batch_id, (event,), batch.correlation_id, batch.batch_id)]

        async with desk.turn:
            await desk.record(decisions)
