"""Watching jobs: their events from the log, and how far their streams are, as one sequence."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from schemas import codec, subjects
from schemas.events import JobSubmitted
from ytarchive.domain.evolve import fold
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

    Without `ids` it is every job. Of a batch, which may have any number, those are forgotten that have
    `settled`: nothing more will happen to them.
    """

    def __init__(
        self,
        ids: Iterable[str] | None = None,
        batch_id: str = "",
        settled: Callable[[Job], bool] = lambda _job: False,
    ) -> None:
        self.ids = None if ids is None else frozenset(ids)
        self.batch_id = batch_id
        self._settled = settled
        self._jobs: dict[str, Job] = {}
        self._chains = Chains()
        self._others: set[str] = set()

    @property
    def jobs(self) -> list[Job]:
        """Give those that were heard of, and not forgotten, oldest first."""
        return list(self._jobs.values())

    def job(self, job_id: str) -> Job:
        """Give a job as it stands; one of which nothing was heard has version 0."""
        return self._jobs.get(job_id) or Job(job_id=job_id)

    def apply(self, entry: "Entry") -> "tuple[Job, Commit[Any]] | None":
        """Take a message of the log; None if it is about no job of ours, known already, or not believed."""
        if self.concerns(entry) is False:
            return None
        commit, _ = self._chains.follow(entry.subject, entry.sequence, entry.payload)
        del self._chains.holes[:-1]  # what is about other jobs was not shown to it
        if not commit or commit.aggregate != "job":
            return None
        about_jobs: Commit[Any] = commit
        job = self._jobs[commit.aggregate_id] = fold(self.job(commit.aggregate_id), about_jobs)
        if self.batch_id and self._settled(job):
            self.forget(job.job_id)
        return job, about_jobs

    def concerns(self, entry: "Entry") -> bool | None:
        """Tell whether a message is about what is watched; None where the beginning of its job would tell."""
        _, aggregate, (name,) = subjects.parse(entry.subject)
        if aggregate == "batch":
            return name == self.batch_id
        if aggregate != "job":
            return False
        if self.ids is None or name in self.ids:
            return True
        if not self.batch_id or name in self._others:
            return False
        if name in self._jobs:
            return True
        match _first(entry):
            case JobSubmitted(batch=batch_id) if batch_id == self.batch_id:
                return True
            case JobSubmitted():
                self.forget(name)
                return False
            case _:
                return None

    def lacks(self, entry: "Entry") -> bool:
        """Tell whether a message may be about a job of ours of whose beginning nothing was heard."""
        _, aggregate, (name,) = subjects.parse(entry.subject)
        if aggregate != "job" or name in self._jobs:
            return False
        ours = self.concerns(entry)
        return ours is None or (ours and not isinstance(_first(entry), JobSubmitted))

    def forget(self, job_id: str) -> None:
        """Take a job for none of ours from now on."""
        self._jobs.pop(job_id, None)
        self._chains.forget(job_id)
        self._others.add(job_id)


def _first(entry: "Entry") -> "Event | None":
    """Give the first event of a message; None where it cannot be read."""
    try:
        return codec.commits.decode(entry.payload).events[0]
    except codec.Undecodable:
        return None


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
