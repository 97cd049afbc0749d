"""Keeping what comes over the log stream: each line once, in the order of the stream.

The number of a line in the stream is kept with it. So the archive itself says how far it goes, whatever the
server remembers of what it has delivered.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from nats.js.errors import NotFoundError

from schemas.logs import KeptLine
from ytarchive.runtime import topology
from ytarchive.runtime.log_stream import line_of, numbered, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actors.logs.archive import Archive
    from schemas.logs import LogRecord
    from ytarchive.runtime.consumer import Delivery
    from ytarchive.runtime.process import Runtime

    Waiting = tuple[KeptLine, asyncio.Future[None]]

_TOGETHER: Final = 500
_ROOM_SECONDS: Final = 1.0


class Keeper:
    """Brings lines into the archive. `last` is the message up to which all are there."""

    def __init__(self, runtime: "Runtime", archive: "Archive") -> None:
        self._runtime, self._archive = runtime, archive
        self._waiting: list[Waiting] = []
        self._news = asyncio.Event()
        self.turn = asyncio.Lock()
        """Held by who writes the archive, or reads in it: then exactly the lines up to `last` are there."""
        self.last = 0

    async def resume(self, newest: KeptLine | None) -> None:
        """Go on behind the `newest` line with what the stream has; then the queue brings the rest."""
        self.last = await self._reached(newest)
        lines = list[KeptLine]()
        async for line in read_lines(self._runtime.bus, after=self.last):
            lines.append(line)
            if len(lines) == _TOGETHER:
                await self._keep(lines)
                lines = []
        await self._keep(lines)

    async def keep(self, delivery: "Delivery[LogRecord]") -> None:
        """Wait until a line that was delivered is kept."""
        line = numbered(delivery.body, delivery.sequence, delivery.stored_at)
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        self._news.set()
        await written

    async def run(self) -> None:
        """Keep the lines that wait, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            waiting, self._waiting = self._waiting, []
            await self._keep([line for line, written in waiting if not written.done()])
            for _, written in waiting:
                if not written.done():
                    written.set_result(None)

    async def _keep(self, lines: "Sequence[KeptLine]") -> None:
        """Append the lines that are not there yet, however long it takes until there is room."""
        new = [line for line in sorted(lines, key=lambda one: one.seq) if line.seq > self.last]
        if not new:
            return
        said = False
        while True:
            try:
                async with self.turn:
                    untidy = await asyncio.to_thread(self._archive.add, new)
                    self._count_lost(new)
                    self.last = new[-1].seq
            except OSError as error:
                if not said:
                    self._runtime.log.warning("log lines cannot be kept for now", error=str(error))
                said = True
                await asyncio.sleep(_ROOM_SECONDS)
            else:
                if untidy:
                    self._runtime.log.warning(
                        "older log lines cannot be compressed for now", error=str(untidy)
                    )
                return

    def _count_lost(self, new: "Sequence[KeptLine]") -> None:
        """Say how many lines the stream has lost, for age or room, before they could be kept."""
        lost = new[-1].seq - self.last - len(new)
        if lost and self.last:
            self._runtime.log.warning("log lines were gone before they could be kept", count=lost)

    async def _reached(self, newest: KeptLine | None) -> int:
        """Give the message of the stream that is the newest line; 0 where the stream is another one."""
        js = self._runtime.bus.js
        if newest is None:
            return 0
        if not newest.seq:  # as version 0.1 kept it
            with contextlib.suppress(NotFoundError):
                known = await js.consumer_info(topology.LOGS, f"logs-{self._runtime.node}")
                return known.ack_floor.stream_seq if known.ack_floor else 0
            return 0
        try:
            there = await js.get_msg(topology.LOGS, newest.seq, direct=True)
        except NotFoundError:
            state = (await js.stream_info(topology.LOGS)).state
            return newest.seq if newest.seq < state.first_seq else 0
        return newest.seq if line_of(there.data or b"", newest.seq, newest.stored_at) == newest else 0
