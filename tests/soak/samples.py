"""Looking at a running system every few seconds: memory by process, queues, jobs by state."""

import asyncio
import contextlib
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Self

import msgspec
import nats.errors
import psutil
from nats.js.errors import Error as JetStreamError

from schemas import codec, subjects
from schemas.common import State
from schemas.queries import ListJobs
from tests.chaos.plan import ACTORS
from tests.e2e.bus import connected
from tests.e2e.home import Home
from tests.jobs import job_list
from ytarchive.errors import YtarchiveError
from ytarchive.runtime import topology

_EVERY: Final = 3.0
_MEGABYTE: Final = 1 << 20
_QUEUES: Final = (topology.COMMANDS, topology.RESULTS, topology.TIMERS, topology.LOGS)


class Sample(NamedTuple):
    """What was seen at a moment. Memory is in MB by kind of process, queues in messages that wait."""

    at: float
    pss: dict[str, float]
    rss: dict[str, float]
    queues: dict[str, int]
    jobs: dict[str, int]


class Sampling:
    """Looks at a home while the block lasts. What cannot be had, as a server is away, is left out."""

    def __init__(self, home: Home) -> None:
        self.samples: list[Sample] = []
        self._home = home
        self._over = threading.Event()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        self._going = self._thread.submit(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._going.result()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            pss, rss = _memory(self._home)
            queues: dict[str, int] = {}
            jobs: dict[str, int] = {}
            with contextlib.suppress(
                AssertionError, YtarchiveError, nats.errors.Error, JetStreamError, OSError, TimeoutError
            ):
                queues, jobs = asyncio.run(_backlog(self._home))
            self.samples.append(Sample(time.monotonic(), pss, rss, queues, jobs))


async def _backlog(home: Home) -> tuple[dict[str, int], dict[str, int]]:
    async with connected(home, "admin") as bus:
        waiting = {
            each.name: (each.num_pending or 0) + (each.num_ack_pending or 0)
            for stream in _QUEUES
            for each in await bus.js.consumers_info(stream)
        }
        states: Counter[str] = Counter()
        for state in State:
            question = codec.encode(ListJobs(states=(state,), limit=1))
            reply = await bus.client.request(subjects.query("jobs"), question, timeout=2)
            states[state] = job_list(reply.data).total
        return waiting, dict(states)


def _memory(home: Home) -> tuple[dict[str, float], dict[str, float]]:
    """Give PSS and RSS by kind of process."""
    pss: defaultdict[str, float] = defaultdict(float)
    rss: defaultdict[str, float] = defaultdict(float)
    for process in home.processes():
        with contextlib.suppress(psutil.Error):
            name, found = _kind(process), process.memory_full_info()
            pss[name] += found.pss / _MEGABYTE
            rss[name] += found.rss / _MEGABYTE
    return dict(pss), dict(rss)


def _kind(process: psutil.Process) -> str:
    words = process.cmdline() or [""]  # of one that is just ending
    if words[-2:-1] == ["actors"] and words[-1] in ACTORS:
        return words[-1]
    told = " ".join(words)
    if "multiprocessing" in told:
        return "workers"
    return next((name for name in ("nats-server", "ffmpeg", "deno") if name in words[0]), _command(words))


def _command(words: list[str]) -> str:
    return "up" if words[-1:] == ["up"] else "commands"


def growth(samples: list[Sample]) -> dict[str, tuple[float, float]]:
    """Give the median MB of PSS, by kind of process, in the second quarter of the time and in the last."""
    quarter = max(len(samples) // 4, 1)
    early, late = samples[quarter : 2 * quarter] or samples, samples[-quarter:]
    return {name: (_median(early, name), _median(late, name)) for name in late[-1].pss}


def _median(samples: list[Sample], name: str) -> float:
    found = sorted(sample.pss[name] for sample in samples if name in sample.pss)
    return found[len(found) // 2] if found else 0.0


def as_json(samples: list[Sample]) -> bytes:
    """Give every sample as one line."""
    return b"".join(msgspec.json.encode(sample._asdict()) + b"\n" for sample in samples)
