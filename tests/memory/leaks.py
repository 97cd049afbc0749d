"""What a piece of work leaves behind in this process and its children, and where that came from.

Memory is what Python's allocator gave out and did not get back (tracemalloc), to the line; and what the
system gave to a process (RSS), which shows what C code keeps. Needs Linux.
"""

import asyncio
import contextlib
import gc
import os
import socket
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any, Final, NamedTuple

import psutil

_FRAMES: Final = 5
_PLACES: Final = 6
_SERVER: Final = "nats-server"
_LOOKS: Final = 10
_LOOK_SECONDS: Final = 0.03
_SETTLE_SECONDS: Final = 10.0
_OWN: Final = tuple(tracemalloc.Filter(False, name) for name in (tracemalloc.__file__, __file__))


class Handles(NamedTuple):
    """Everything open and under way, by what it is."""

    descriptors: Counter[str]
    tasks: Counter[str]

    def beyond(self, before: "Handles") -> "Handles":
        """Give what was not there before."""
        return Handles(self.descriptors - before.descriptors, self.tasks - before.tasks)

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.descriptors or self.tasks)

    def __str__(self) -> str:
        found = (("descriptor", self.descriptors), ("task", self.tasks))
        return "\n".join(f"{count} {kind}: {what}" for kind, some in found for what, count in some.items())


class Left(NamedTuple):
    """What rounds of work left. `each` is in bytes of traced memory a round.

    `resident` is how much each process has grown, in bytes of RSS: all rounds together, had each left what a
    round usually does. `places` tells where memory that was not given back was allocated, the most first.
    """

    rounds: int
    each: float
    resident: dict[str, int]
    places: tuple[str, ...]
    handles: Handles

    def __str__(self) -> str:
        resident = ", ".join(f"{name} {size / 1024:+.0f} KiB" for name, size in self.resident.items())
        return f"{self.each / 1024:+.1f} KiB a round, of {self.rounds}; RSS: {resident}"

    def must_be_within(self, *, each: int, resident: int) -> None:
        """Assert that no more bytes were left a round, and by no process in all; and nothing open."""
        found = [
            f"more than {each / 1024:g} KiB a round" if self.each > each else "",
            *(
                f"{name}: more than {resident >> 10} KiB of RSS"
                for name, size in self.resident.items()
                if size > resident
            ),
            str(self.handles),
        ]
        told = "\n".join(filter(None, found))
        assert not told, "\n".join([f"left behind: {self}", told, "allocated at:", *self.places])


@contextlib.contextmanager
def tracing() -> Iterator[None]:
    """Have allocations traced while the block lasts; what there is already is no garbage."""
    gc.collect()
    gc.freeze()
    tracemalloc.start(_FRAMES)
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.unfreeze()


async def left_by(work: Callable[[], Awaitable[None]], *, rounds: int, warm_up: int = 2) -> Left:
    """Do rounds of work, after some to fill what is filled once, and give what they left."""
    with tracing():
        for _ in range(warm_up):
            await work()
        open_before = await _usual()
        before = tracemalloc.take_snapshot()
        sizes, resident = [_traced()], [_resident()]
        for _ in range(rounds):
            await work()
            handles_left = await _settled(open_before)
            sizes.append(_traced())
            resident.append(_resident())
        after = tracemalloc.take_snapshot()
    lasting = [name for name in resident[0] if all(name in one for one in resident)]
    return Left(
        rounds,
        _each(sizes),
        {
            name: round(rounds * _each([one[name] for one in resident]))
            for name in resident[0]
            if name in lasting
        },
        tuple(_places(before, after)),
        handles_left,
    )


@contextlib.asynccontextmanager
async def nothing_left_open() -> AsyncIterator[None]:
    """Assert that the block leaves no descriptor and no task."""
    before = await _usual()
    yield
    left = await _settled(before)
    assert not left, f"left behind:\n{left}"


def handles() -> Handles:
    """Give what is open and under way now."""
    return Handles(Counter(_descriptors()), Counter(map(_described, asyncio.all_tasks())))


async def _usual() -> Handles:
    """Give what there is at most in a short while: who waits for work now and then begins to wait anew."""
    found = handles()
    for _ in range(_LOOKS):
        await asyncio.sleep(_LOOK_SECONDS)
        now = handles()
        found = Handles(found.descriptors | now.descriptors, found.tasks | now.tasks)
    return found


async def _settled(before: Handles) -> Handles:
    """Give what there is beyond `before` once there is no more of it, or it stays."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLE_SECONDS):
            while handles().beyond(before):
                gc.collect()
                await asyncio.sleep(_LOOK_SECONDS)
    return handles().beyond(before)


def _each(sizes: list[int]) -> float:
    """Give what a round leaves, the mean or the median: chance moves one of them, a leak moves both."""
    steps = [after - before for before, after in pairwise(sizes)]
    return min(mean(steps), median(steps))


def _traced() -> int:
    gc.collect()
    sys._clear_type_cache()  # which keeps names of attributes, a few thousand at most
    return tracemalloc.get_traced_memory()[0]


def _resident() -> dict[str, int]:
    """Give the RSS of this process and of its children, in bytes; a server's is no matter of ours."""
    ours = psutil.Process()
    sizes = {"this process": ours.memory_info().rss}
    for child in ours.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if child.name() == _SERVER:
                continue
            sizes[f"{child.name()} {child.pid}"] = child.memory_info().rss
    return sizes


def _descriptors() -> Iterator[str]:
    """Say of each descriptor what it is of."""
    for link in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):  # the one by which they were listed is closed by now
            what = str(link.readlink()).partition(":[")[0]
            yield f"socket to {_peer(int(link.name))}" if what == "socket" else what


def _peer(descriptor: int) -> object:
    with socket.socket(fileno=os.dup(descriptor)) as same:
        try:
            return same.getpeername() or "one of ours"
        except OSError:
            return "nobody"


def _described(task: "asyncio.Task[Any]") -> str:
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    where = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{getattr(coroutine, '__qualname__', coroutine)}{where}"


def _places(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> Iterator[str]:
    """Tell of the lines whose memory grew most, each with the calls that led there, innermost first."""
    grown = after.filter_traces(_OWN).compare_to(before.filter_traces(_OWN), "traceback")
    for one in [one for one in grown if one.size_diff > 0][:_PLACES]:
        calls = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(one.traceback))
        yield f"{one.size_diff / 1024:+.1f} KiB in {one.count_diff:+d} blocks: {calls}"
