"""Who uses the system for a long time, and what befalls it meanwhile."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Final, Self

from schemas.common import State
from tests.chaos.faults import commit
from tests.chaos.machine import Machine
from tests.chaos.plan import ACTORS, Kill

_ASK_SECONDS: Final = 5.0
_FAULT_SECONDS: Final = 60.0
_BURST: Final = 5
_VICTIMS: Final = (*ACTORS, "worker", "forkserver", "nats-server")
_LAME: Final = ("private", "deleted", "members", "short_media")
_MANY: Final = 4


class Load:
    """Asks for videos new and old, cancels, retries and interferes, until the block ends.

    `marks` tells what befell the system, and when, in seconds of `time.monotonic`.
    """

    def __init__(self, machine: Machine, random: Random) -> None:
        self.marks: list[tuple[float, str]] = []
        self.asked: list[str] = []
        self._machine, self._random = machine, random
        self._over = threading.Event()
        self._threads = ThreadPoolExecutor(2)
        self._going: list[Future[None]] = []

    def __enter__(self) -> Self:
        for seconds, act in ((_ASK_SECONDS, self._use), (_FAULT_SECONDS, self._fault)):
            self._going.append(self._threads.submit(self._every, seconds, act))
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for going in self._going:
            going.result()

    def _every(self, seconds: float, act: Callable[[], None]) -> None:
        """Act again and again, about every so many seconds."""
        while not self._over.wait(self._random.uniform(0.5, 1.5) * seconds):
            act()

    def _use(self) -> None:
        home, site, random = self._machine.home, self._machine.sim, self._random
        match random.choices(("new", "old", "lame", "cancel", "retry"), (10, 2, 2, 3, 2))[0]:
            case "retry":
                home.run("recovery", "retry", "--state", State.CANCELLED, "--json", code=None)
            case "cancel":
                for job in self._ask(*random.sample(site.ids, _MANY))[-2:]:
                    home.run("cancel", job, "--json", code=None)
            case "lame":
                self._ask(site.named[random.choice(_LAME)])
            case "old":
                self._ask(random.choice(site.ids[:_MANY]))
            case _:
                self._ask(*random.sample(site.ids, _MANY))

    def _ask(self, *videos: str) -> list[str]:
        """Submit videos and give the ids of their jobs; of none, where the server is away for too long."""
        urls = map(self._machine.sim.watch_url, videos)
        answer = self._machine.home.run("submit", *urls, "--json", code=None)
        jobs = [job["job_id"] for job in answer.document["jobs"]] if not answer.code else []
        self.asked += jobs
        return jobs

    def _fault(self) -> None:
        if self._random.random() < 0.3:
            self._machine.sim.set(api_429=_BURST)
            self.marks.append((time.monotonic(), "429"))
        else:
            victim = self._random.choice(_VICTIMS)
            self.marks.append((time.monotonic(), victim))
            commit(self._machine, Kill(victim), self._random)
