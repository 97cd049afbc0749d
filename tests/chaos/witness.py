"""Who reads the event log while the system is under faults: which events there were, and when."""

import asyncio
import contextlib
import threading
from collections import Counter
from datetime import datetime
from typing import NamedTuple, Self

import nats.errors

from schemas import codec, subjects
from tests.e2e.bus import connected
from tests.e2e.home import Home
from ytarchive.errors import YtarchiveError
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.state_dir import running


class Event(NamedTuple):
    """An event of a job, by its tag, and when it was recorded."""

    job: str
    type: str
    at: datetime


class Witness:
    """Follows the log of a home across every restart of its server, while the block lasts."""

    def __init__(self, home: Home) -> None:
        self.events: list[Event] = []
        self._home = home
        self._last = 0
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="witness", daemon=True)

    def __enter__(self) -> Self:
        self._task = self._loop.create_task(self._witness())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._loop.close()

    def wait(self, type_: str, count: int, seconds: float) -> bool:
        """Wait for the `count`-th event of a type, and tell whether it came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.count(type_) >= count, seconds)

    def count(self, *types: str) -> int:
        """Give how many events of these types there were."""
        return sum(event.type in types for event in self.events)

    def ends(self, *types: str) -> Counter[str]:
        """Give how often each job had one of these events."""
        return Counter(event.job for event in self.events if event.type in types)

    def _main(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _witness(self) -> None:
        while True:
            with contextlib.suppress(AssertionError, YtarchiveError, nats.errors.Error, OSError):
                url = self._home.server.url
                async with connected(self._home, "admin") as bus:
                    following = asyncio.create_task(self._follow(bus))
                    try:
                        while not following.done() and self._is_at(url):
                            await asyncio.wait({following}, timeout=0.5)
                    finally:
                        following.cancel()
            await asyncio.sleep(0.05)

    def _is_at(self, url: str) -> bool:
        """Tell whether the server, if it is there, still listens where it did."""
        found = running(self._home.state)
        return found is None or found.url == url

    async def _follow(self, bus: Bus) -> None:
        async for entry in event_log.follow(bus, after=self._last, subject=subjects.EVENTS, interval=0.2):
            commit = codec.commits.decode(entry.payload)
            self._last = entry.sequence
            with self._changed:
                for event in commit.events:
                    tag = str(event.__struct_config__.tag)
                    self.events.append(Event(commit.aggregate_id, tag, commit.at))
                self._changed.notify_all()
