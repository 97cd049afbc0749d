"""Whether a worker may begin: not while the site refuses us, nor faster than it likes to be asked.

The jobs actor, who alone knows what all workers of an egress identity met, gives leave: `actors.jobs.leave`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import nats.errors

from schemas import codec, subjects
from schemas.queries import AskLeave, Leave
from ytarchive.runtime.consumer import NotNow

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from ytarchive.runtime.process import Runtime

_LONGEST_WAIT: Final = 30.0
_LOOK_AGAIN: Final = 5.0
_ANSWER_SECONDS: Final = 5.0


class Gate:
    """The leave of one egress identity, asked for by one actor."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._egress = runtime.settings.egress
        self.sign_of_life = min(_LOOK_AGAIN, runtime.settings.task_timeout / 3)
        """Seconds between two times that it is said that a task goes on."""
        self._news = asyncio.Event()
        self._said = ""

    async def opened(self) -> None:
        """Wait until a task may be taken from the queue."""
        while (leave := await self._ask(take=False)).wait:
            self._tell(leave)
            await self._wait(leave.wait)
        self._said = ""

    async def take(self, task: str, *, first: bool = False) -> Leave | None:
        """Wait for the leave to begin the task in hand; None where its job no longer waits for it.

        `first` says that nobody had it in hand before. Raises `NotNow` when that may take long.
        """
        while (leave := await self._ask(take=True, task=task, first=first)).wait:
            if leave.blocked or leave.wait > _LONGEST_WAIT:
                raise NotNow(min(leave.wait, _LONGEST_WAIT))
            await self._wait(leave.wait)
        return None if leave.overtaken else leave

    async def overtaken(self, task: str) -> bool:
        """Say that a task goes on, and hear whether its job has gone on without it; False where nobody knows.

        If it went first, the others wait for as long as that is said.
        """
        return (await self._answer(AskLeave(egress=self._egress, task=task))).overtaken

    async def _ask(self, *, take: bool, task: str = "", first: bool = False) -> Leave:
        """Ask for leave, and hear what is new about it from then on."""
        self._news.clear()
        return await self._answer(AskLeave(egress=self._egress, take=take, task=task, first=first))

    async def _answer(self, asked: AskLeave) -> Leave:
        """Give the jobs actor's answer. While it is away, nothing is begun."""
        bus = self._runtime.bus
        request = bus.client.request(
            subjects.query("leave"),
            codec.encode(asked),
            timeout=_ANSWER_SECONDS,
            headers=bus.clock.headers(),
        )
        try:
            # shielded: under Python 3.11 it loses a cancellation that comes together with the answer
            answer = await asyncio.shield(request)
            bus.clock.hear(answer.headers)
            return codec.leaves.decode(answer.data)
        except (nats.errors.Error, codec.Undecodable):
            return Leave(wait=1.0)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _LONGEST_WAIT)):
                await self._news.wait()

    def _tell(self, leave: Leave) -> None:
        if leave.blocked and (said := f"{leave.blocked.until}") != self._said:
            self._said = said
            self._runtime.log.warning(
                "resting: the site refuses us",
                egress=self._egress,
                until=leave.blocked.until.isoformat(),
                error=leave.blocked.failure.message,
            )


@contextlib.asynccontextmanager
async def gate(runtime: "Runtime") -> AsyncIterator[Gate]:
    """Give the gate, which hears of changes as long as the block lasts."""
    found = Gate(runtime)

    async def hear(message: "Msg") -> None:
        runtime.bus.clock.hear(message.headers)
        found._news.set()  # noqa: SLF001 - the two are one thing

    subscription = await runtime.bus.client.subscribe(
        subjects.egress_signal(runtime.settings.egress), cb=hear
    )
    try:
        yield found
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()
