"""Asking again for all that is pending: at the start, and now and then, as queues may lose what they have.

And when the clock was set, since whoever waits does so by what it showed.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import nats.errors
from nats.js.errors import NotFoundError

from schemas import subjects
from ytarchive.runtime import topology

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from ytarchive.domain.job import Job
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 300.0


class Follow(Protocol):
    """Sees to what jobs need done; `again` makes it another message than the one before."""

    def __call__(self, jobs: "Sequence[Job]", *, again: str) -> Awaitable[None]:
        """Do so, in the desk's turn."""
        ...


class TakeUp:
    """Takes up again what the log says is pending, and knows what was asked for once more."""

    def __init__(
        self,
        runtime: "Runtime",
        desk: "Desk",
        follow: Follow,
        wake: "Callable[[Iterable[Job]], Awaitable[None]]",
    ) -> None:
        self._runtime, self._desk = runtime, desk
        self._follow, self._wake = follow, wake
        self._again: set[str] | None = None
        """Jobs whose task was put on its queue once more; None until all that was pending has been."""

    def asked_for(self, job_id: str) -> bool:
        """Tell whether a job's task may have been put on its queue once more."""
        return self._again is None or job_id in self._again

    def gone_on(self, jobs: "Iterable[Job]") -> None:
        """Take it that these jobs have gone on: their tasks are new ones."""
        if self._again:
            self._again.difference_update(job.job_id for job in jobs)

    async def run(self) -> None:
        """Ask again, now, every few minutes, and whenever the clock was set.

        Only once the results that wait have been heard, so that nothing is asked for that was done already.
        """
        number = 0
        while not self._runtime.stopping.is_set():
            number += 1
            self._runtime.clock_set.clear()
            await self._all_heard()
            asked_again = self._again or set()
            for job in list(self._desk.catalogue.unended()):
                if self._runtime.stopping.is_set():
                    return
                async with self._desk.turn:
                    now = self._desk.catalogue.job(job.job_id)
                    asked_again.add(now.job_id)
                    await self._follow([now], again=f":{os.getpid()}:{number}")
                    leader = self._desk.catalogue.job(now.of) if now.follows and now.of else None
                    if leader and not leader.active:
                        await self._wake([now])
            self._again = asked_again
            for egress in self._desk.catalogue.refusals:  # its rest may be over by a clock that was set
                await self._runtime.bus.signal(subjects.egress_signal(egress))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._runtime.clock_set.wait()

    async def _all_heard(self) -> None:
        """Wait until no result waits."""
        while not self._runtime.stopping.is_set():
            with contextlib.suppress(NotFoundError, nats.errors.Error):
                info = await self._runtime.bus.js.consumer_info(topology.RESULTS, "results")
                if not info.num_pending and not info.num_ack_pending:
                    return
            await self._runtime.pause(0.1)
