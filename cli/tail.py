"""Watching jobs: their events from the log, and how far their streams are, as one sequence."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Final

from schemas import codec, subjects
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
    """The jobs somebody watches, folded from what was heard of them. Without `ids` it is every job."""

    def __init__(self, ids: Iterable[str] | None = None) -> None:
        self.ids = None if ids is None else frozenset(ids)
        self.jobs = Catalogue()
        self._chains = Chains()

    def apply(self, entry: "Entry") -> "tuple[Job, Commit[Event]] | None":
        """Take a message of the log; None if it is about no job of ours, known already, or not believed."""
        if self.ids is not None and entry.subject.rpartition(".")[2] not in self.ids:
            return None
        commit, _ = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        if not commit:
            return None
        job = self.jobs.apply(commit)
        return (job, commit) if isinstance(job, Job) else None

    def lacks(self, entry: "Entry") -> bool:
        """Tell whether a message is about a job of whose beginning nothing was heard."""
        job_id = entry.subject.rpartition(".")[2]
        return (self.ids is None or job_id in self.ids) and not self.jobs.job(job_id).version


async def tail(bus: "Bus", *, after: int) -> AsyncGenerator["Entry | Progress | None", None]:
    """Give log messages after `after` and progress as they come, None after `TICK` seconds of silence.

    Goes on across restarts of the server; meanwhile there is silence.
    """
    items: asyncio.Queue[Entry | Progress] = asyncio.Queue(_WAITING)

    async def hear(message: "Msg") -> None:
        with contextlib.suppress(codec.Undecodable, asyncio.QueueFull):  # progress is for the eyes only
            items.put_nowait(codec.progress.decode(message.data))

    async def follow() -> None:
        async for entry in event_log.follow(bus, after=after, subject=subjects.JOB_EVENTS):
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
