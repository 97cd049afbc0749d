"""``logs``: what all actors said, in causal order. Gives an exit code."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from cli import render
from cli.away import Away
from cli.grep import Grep
from cli.logs_asked import ask_pages
from cli.logs_wanted import Wanted, check, only, questions
from cli.output import complain, console, show, write_json, write_line
from cli.runner import run_async
from cli.session import System, reading
from schemas.logs import KeptLine
from ytarchive.domain.causality import CausalOrder, stamp_of
from ytarchive.domain.log_search import fits
from ytarchive.errors import ServerUnavailable, TimedOut
from ytarchive.runtime.log_stream import follow_lines, read_lines
from ytarchive.runtime.rendezvous import find_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from schemas.logs import AskLogs, LogPage
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

__all__ = ["Wanted", "logs", "only"]

_OUT_OF_ORDER: Final = 10_000
"""Lines by which one may come late, where all are wanted: as many as are in memory."""
_WAITING: Final = 10_000
_TOGETHER_SECONDS: Final = 0.25
"""Lines that came within this time are brought into order before they are shown."""


def logs(settings: "Settings", wanted: Wanted, *, follow: bool, as_json: bool) -> int:
    """Show the newest lines that fit, or all, and then what comes. Raises `UsageError`."""
    wanted = check(wanted, follow=follow)
    grep = Grep(wanted.grep)
    quiet = msgspec.structs.replace(settings, log_level="warning")  # a reader has nothing to tell in the log

    def tell(line: KeptLine, *, single: bool) -> None:
        if as_json:
            write_json(line)
        elif (out := console()).is_terminal:
            show(render.styled_log_line(line, node=settings.node, width=out.width, single=single))
        else:  # where there may be millions, which need no styles
            write_line(render.log_line(line, node=settings.node, single=single))

    async def main() -> None:
        if follow:  # a server that is there for us alone would have nothing to tell
            find_server(settings, to_stay=True)
        async with reading(quiet, actors=("logs",)) as bus:
            asked = await questions(bus, wanted, settings.library_dir)
            reader, none = _Reader(bus, asked, grep), True
            single = any(len(one.jobs) == 1 for one in asked)
            async for line in reader.newest(wanted.limit) if wanted.limit else reader.all():
                tell(line, single=single)
                none = False
            if follow:
                away, system = Away(settings, _once()), System(bus)
                async for line in reader.follow(lambda: away.check(system)):
                    tell(line, single=single)
            elif none:
                complain("no line fits")

    run_async(main())
    return 0


class _Reader:
    """Reads lines that fit all questions: from the archive, then from the log stream what is not yet there.

    `last` is the message of the stream up to which lines were read.
    """

    def __init__(self, bus: "Bus", asked: "Sequence[AskLogs]", grep: Grep) -> None:
        self._bus, self._asked, self._grep = bus, asked, grep
        self.last = 0

    async def newest(self, limit: int) -> "AsyncIterator[KeptLine]":
        """Give the newest lines, in causal order."""
        older = deque[KeptLine]()
        first = True
        async for page in self._pages(newest=True):
            if first:
                self.last, first = page.last, False
            older.extendleft(line for line in reversed(page.lines) if self._left(line))
            if len(older) >= limit:
                break
        lines = deque(older, maxlen=limit)
        async for line in self._fresh():
            lines.append(line)
        for line in sorted(lines, key=lambda one: (stamp_of(one), one.seq)):
            yield line

    async def all(self) -> "AsyncIterator[KeptLine]":
        """Give all lines, in causal order as far as none is very late."""
        order = CausalOrder(_OUT_OF_ORDER)
        async for page in self._pages():
            self.last = page.last
            for line in filter(self._left, page.lines):
                for ready in order.push(line):
                    yield ready
        async for line in self._fresh():
            for ready in order.push(line):
                yield ready
        for line in order.rest():
            yield line

    async def follow(self, check: "Callable[[], None]") -> "AsyncGenerator[KeptLine, None]":
        """Give the lines that come, for ever: those that come together in causal order.

        Meanwhile `check` is called several times a second; what it raises ends that.
        """
        waiting: asyncio.Queue[KeptLine] = asyncio.Queue(_WAITING)

        async def listen() -> None:
            async for line in follow_lines(self._bus, after=self.last):
                await waiting.put(line)

        listening = asyncio.create_task(listen())
        try:
            while True:
                await asyncio.wait({listening}, timeout=_TOGETHER_SECONDS)
                if waiting.qsize():
                    await asyncio.sleep(_TOGETHER_SECONDS)
                lines = [waiting.get_nowait() for _ in range(waiting.qsize())]
                for line in sorted(lines, key=lambda one: (stamp_of(one), one.seq)):
                    if self._wanted(line):
                        yield line
                if listening.done():
                    listening.result()
                check()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def _wanted(self, line: KeptLine) -> bool:
        return fits(self._asked[0], line) and self._left(line)

    def _left(self, line: KeptLine) -> bool:
        """Tell whether a line is wanted that fits the first question, which the logs actor is asked."""
        return all(fits(asked, line) for asked in self._asked[1:]) and self._grep(line)

    async def _pages(self, *, newest: bool = False) -> "AsyncIterator[LogPage]":
        asked = msgspec.structs.replace(self._asked[0], newest=newest)
        damaged, left = set[str](), "these are the lines of the log stream alone"
        try:
            async for page in ask_pages(self._bus, asked):
                damaged.update(page.damaged)
                yield page
                left = "what else it keeps is not here"
        except (ServerUnavailable, TimedOut) as mute:
            complain(f"{mute}: {left}")
        if damaged:
            complain(f"damaged, and not read to the end: {', '.join(sorted(damaged))}")

    async def _fresh(self) -> "AsyncIterator[KeptLine]":
        """Give what fits of the lines that are not in the archive yet."""
        async for line in read_lines(self._bus, after=self.last):
            self.last = line.seq
            if self._wanted(line):
                yield line


def _once() -> "Callable[[str], None]":
    """Give what says something once, until it is told nothing."""
    said = False

    def tell(text: str) -> None:
        nonlocal said
        if text and not said:
            complain(text)
        said = bool(text)

    return tell
