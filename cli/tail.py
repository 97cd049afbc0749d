"""Watching jobs: their events from the log, and how far their streams are, as one sequence."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Final

from schemas import codec, subjects
from schemas.events import JobSubmitted
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.job import Job
from ytarchive.domain.replay import Chains
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from schemas.envelope import Commit
    from schemas.events import Event
    from schemas.progress import Progress
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.event_log import Entry

TICK: Final = 0.25
_WAITING: Final = 10_000


class Watched:
    """The jobs somebody watches, folded from what was heard of them: those of `ids`, and those of a batch.

    Without `ids` it is every job.
    """

    def __init__(self, ids: Iterable[str] | None = None, batch_id: str = "") -> None:
        self.ids = None if ids is None else frozenset(ids)
        self.batch_id = batch_id
        self.jobs = Catalogue()
        self._chains = Chains()
        self._others: set[str] = set()

    def apply(self, entry: "Entry") -> "tuple[Job, Commit[Event]] | None":
        """Take a message of the log; None if it is about no job of ours, known already, or not believed."""
        if self.concerns(entry) is False:
            return None
        commit, _ = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        if not commit:
            return None
        job = self.jobs.apply(commit)
        return (job, commit) if isinstance(job, Job) else None

    def concerns(self, entry: "Entry") -> bool | None:
        """Tell whether a message is about what is watched; None where the beginning of its job would tell."""
        _, aggregate, (name,) = subjects.parse(entry.subject)
        if aggregate == "batch":
            return name == self.batch_id
        if self.ids is None or name in self.ids:
            return True
        if not self.batch_id or name in self._others:
            return False
        if self.jobs.job(name).version:
            return True
        with contextlib.suppress(codec.Undecodable):
            match codec.commits.decode(entry.payload).events:
                case (JobSubmitted(batch=batch_id), *_) if batch_id == self.batch_id:
                    return True
                case (JobSubmitted(), *_):
                    self._others.add(name)
                    return False
        return None

    def lacks(self, entry: "Entry") -> bool:
        """Tell whether a message may be about a job of ours of whose beginning nothing was heard."""
        _, aggregate, (name,) = subjects.parse(entry.subject)
        return aggregate == "job" and self.concerns(entry) is not False and not self.jobs.job(name).version

    def forget(self, job_id: str) -> None:
        """Know from now on that a job is not of ours."""
        if not self.jobs.job(job_id).version:
            self._others.add(job_id)


async def tail(bus: "Bus", *, after: int) -> AsyncGenerator["Entry | Progress | None", None]:
    """Give log messages after `after` and progress as they come, None after `TICK` seconds of silence.

    Goes on across restarts of the server; meanwhile there is silence.
    """
    items: asyncio.Queue[Entry | Progress] = asyncio.Queue(_WAITING)

    async def hear(message: "Msg") -> None:
        with contextlib.suppress(codec.Undecodable, asyncio.QueueFull):  # progress is for the eyes only
            items.put_nowait(codec.progress.decode(message.data))

    async def follow() -> None:
        async for entry in event_log.follow(bus, after=after, subject=subjects.EVENTS):
            await items.put(entry)

    subscription = await bus.client.subscribe(subjects.PROGRESS, cb=hear)
    following = asyncio.create_task(follow())
    try:
        while True:
            try:
                yield await asyncio.wait_for(items.get(), TICK)
            except TimeoutError:
                if following.done():
                    following.result()
                yield None
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()
