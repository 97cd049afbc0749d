"""The clerk: takes messages as they come, and has those that wait decided on together.

A disk syncs one message after the other, but need not be waited for between them: under load a turn at the
desk records many decisions, when little goes on one.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from actors.jobs.desk import Desk
from ytarchive.domain.independence import independent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from schemas.envelope import Envelope

    Waiting = tuple[Envelope[Any], asyncio.Future[None]]

_MOST: Final = 64
"""Messages of one turn: what is asked meanwhile has to wait for all of them."""


class Clerk:
    """Brings messages to the desk. `turn` decides on messages that are independent, and does what follows."""

    def __init__(self, desk: Desk, turn: "Callable[[list[Envelope[Any]]], Awaitable[None]]") -> None:
        self._desk, self._turn = desk, turn
        self._waiting: list[Waiting] = []
        self._news = asyncio.Event()

    async def hear(self, message: "Envelope[Any]") -> None:
        """Wait until a message was decided on, and what follows was asked for. Raises what hindered that."""
        decided = asyncio.get_running_loop().create_future()
        self._waiting.append((message, decided))
        self._news.set()
        await decided

    async def run(self) -> None:
        """Serve those who wait, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._serve()

    async def _serve(self) -> None:
        self._waiting = [one for one in self._waiting if not one[1].done()]  # who was stopped waits no more
        chosen = independent(self._desk.catalogue, (message for message, _ in self._waiting[:_MOST]))
        now = [one for one in self._waiting if any(one[0] is message for message in chosen)]
        self._waiting = [one for one in self._waiting if one not in now]
        if now:
            await self._decide(now)

    async def _decide(self, waiting: "Sequence[Waiting]") -> None:
        """Have some decided on together; each by itself, where one of them cannot be."""
        try:
            await self._turn([message for message, _ in waiting])
        except Exception as error:  # noqa: BLE001 - who waits is told, and gives the message back
            if len(waiting) > 1 and not isinstance(error, TimeoutError):
                for one in waiting:
                    await self._decide([one])
                return
            for _, decided in waiting:
                if not decided.done():
                    decided.set_exception(error)
        else:
            for _, decided in waiting:
                if not decided.done():
                    decided.set_result(None)
