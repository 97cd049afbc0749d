"""How this actor is, and saying so: a heartbeat every two seconds, and at once when the state changes."""

import asyncio
import contextlib
import itertools
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas import codec, subjects
from schemas.heartbeats import ActorState, Heartbeat, InFlight
from ytarchive.domain.registry import INTERVAL
from ytarchive.runtime import mount
from ytarchive.runtime.disk import barred, room

if TYPE_CHECKING:
    from ytarchive.runtime.shipper import Shipper
    from ytarchive.settings import Settings

_NAMED: Final = 16
"""Tasks in hand that are named; the others are counted."""
_MEASURE_SECONDS: Final = 10.0

Send = Callable[[str, bytes], Awaitable[object]]


class Pulse:
    """What one actor says of itself. Tasks enter it by `working`; `log` is what its log lines go through."""

    def __init__(self, name: str, settings: "Settings", log: "Shipper | None" = None) -> None:
        self.name, self.node = name, settings.node
        self.instance = secrets.token_hex(8)
        self.pid, self.version, self.started = os.getpid(), version("ytarchive"), datetime.now(UTC)
        self._slots: list[Callable[[], int]] = []
        self.card = {
            "node": self.node,
            "pid": str(self.pid),
            "slots": _workers(name, settings),
            "instance": self.instance,
            "state": str(ActorState.STARTING),
            "since": _stamp(self.started),
        }
        """What `nats.micro` tells whoever asks who is there; `since` when we began to do the actor's work."""
        self._folder = settings.state_dir if name in ("jobs", "logs") else settings.library_dir
        self._settings = settings
        self._log = log
        self._state = ActorState.STARTING
        self._changed = asyncio.Event()
        self._in_hand: dict[int, tuple[str, str, float]] = {}
        self._numbers = itertools.count()
        self.troubles: dict[str, str] = {}
        """What the actor has to do without now, by what that is, and why; heard with the next beat."""
        self._writes = name in ("download", "storage")
        self._barred = ""
        self._free: int | None = None
        self._memory: int | None = None
        self._rests = ""

    @property
    def trouble(self) -> str:
        """All of that in a line; empty where there is none."""
        return "; ".join(self.troubles.values())

    @property
    def rests(self) -> str:
        """Why no task is taken; empty while some are. Whoever hears heartbeats hears of it at once."""
        return self._rests

    @rests.setter
    def rests(self, why: str) -> None:
        if bool(why) != bool(self._rests):
            self._changed.set()
        self._rests = why

    @property
    def state(self) -> ActorState:
        """What the actor is doing; whoever hears heartbeats hears at once that it has changed."""
        return self._state

    @state.setter
    def state(self, state: ActorState) -> None:
        self._state = state
        self.card["state"] = str(state)
        self._changed.set()

    def begin(self) -> None:
        """Begin to do the actor's work, having stood by."""
        self.card["since"] = _stamp(datetime.now(UTC))
        self.state = ActorState.STARTING

    def count(self, settings: "Settings") -> None:
        """Tell from now on how many workers there are by these settings."""
        self.card["slots"] = _workers(self.name, settings)
        self._changed.set()

    def serves(self, slots: int | Callable[[], int]) -> None:
        """Count so many tasks more that may be in hand, which may change."""
        self._slots.append((lambda: slots) if isinstance(slots, int) else slots)

    @property
    def slots(self) -> int:
        """How many tasks the actor may have in hand."""
        return sum(slots() for slots in self._slots)

    @contextlib.contextmanager
    def working(self, what: str, about: str) -> Iterator[None]:
        """Have work in hand as long as the block lasts."""
        number = next(self._numbers)
        self._in_hand[number] = what, about, time.monotonic()
        try:
            yield
        finally:
            del self._in_hand[number]

    def beat(self) -> Heartbeat:
        """Give how the actor is now."""
        now = time.monotonic()
        named = (
            InFlight(what=what, about=about, seconds=round(now - begun, 1))
            for what, about, begun in itertools.islice(self._in_hand.values(), _NAMED)
        )
        return Heartbeat(
            actor=self.name,
            node=self.node,
            instance=self.instance,
            pid=self.pid,
            version=self.version,
            started=self.started,
            state=self.state,
            slots=self.slots,
            busy=len(self._in_hand),
            in_flight=tuple(named),
            error=self._log.last_error if self._log else None,
            free=self._free,
            dropped=self._log.lost if self._log else 0,
            memory=self._memory,
            trouble=self.trouble,
            rests=self.rests,
            barred=self._barred,
        )

    async def send(self, send: Send) -> None:
        """Say once how the actor is."""
        await send(subjects.heartbeat(self.name, self.node, self.instance), codec.encode(self.beat()))

    async def run(self, send: Send) -> None:
        """Say how the actor is, for ever."""
        measuring = asyncio.create_task(self._measure())
        try:
            while True:
                self._changed.clear()
                with contextlib.suppress(Exception):  # the connection says itself that it is gone
                    await self.send(send)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL):
                        await self._changed.wait()
        finally:
            measuring.cancel()

    async def _measure(self) -> None:
        """Know how much room is left, and is taken. A disk that does not answer holds nothing else up."""
        while True:
            self._memory = resident()
            try:
                self._free = await asyncio.to_thread(room, self._folder)
                self._barred = await asyncio.to_thread(self._unwritable) if self._writes else ""
            except OSError as error:
                self._free, self._barred = None, str(error) if self._writes else ""
            await asyncio.sleep(_MEASURE_SECONDS)

    def _unwritable(self) -> str:
        return barred(self._folder) or mount.away(self._settings)


def _workers(name: str, settings: "Settings") -> str:
    return str({"metadata": settings.look_ups, "download": settings.download_workers}.get(name, 1))


def _stamp(at: datetime) -> str:
    """Give a moment as a text, of which the greater is the later."""
    return at.isoformat(timespec="microseconds")


def resident() -> int | None:
    """Give the bytes of memory this process has; None where the system does not tell as Linux does."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
