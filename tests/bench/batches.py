"""A collection without media: what a job costs in a batch of many, and what is left of it in memory.

``python -m tests.bench.batches 100000`` measures one of that size. One list is given out in pages of 100 by a
null lister, and every video of it archived by null workers; all else is as it is in use.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

from schemas import codec, subjects
from schemas.commands import SubmitBatch
from schemas.common import BatchState, State
from schemas.envelope import Envelope
from schemas.queries import BatchList, GetJobs, ListBatches, ListJobs
from tests.bench.figures import Figure, figure, table
from tests.bench.null_system import spent, system
from tests.bench.null_workers import collection
from ytarchive.runtime import topology
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

SIZES = (1_000, 10_000)
_BATCH = "b" * 16
_LOOK_SECONDS = 0.5
_ASKED = 20
_MEGABYTE = 1 << 20


class Cost(NamedTuple):
    """What a batch took: seconds of the clock, CPU seconds and PSS of each process, bytes of log; and the
    milliseconds in which the read model answers afterwards.
    """

    wall: float
    cpu: dict[str, float]
    memory: dict[str, int]
    log: int
    listed: list[float]
    found: list[float]


def measure() -> Iterator[Figure]:
    """Archive a batch of each size, once."""
    for size in SIZES:
        yield from figures(size)


def figures(size: int) -> Iterator[Figure]:
    """Archive one batch. Raises AssertionError unless every video of it is archived."""
    cost = asyncio.run(batch(size))
    yield figure(f"a batch of {size:,}: jobs", "1/s", [size / cost.wall])
    yield figure("· CPU, a job", "ms", [1000 * sum(cost.cpu.values()) / size])
    for process, seconds in cost.cpu.items():
        yield figure(f"· {process}, CPU", "ms", [1000 * seconds / size])
    yield figure("· the log, a job", "bytes", [cost.log / size])
    for process, pss in cost.memory.items():
        yield figure(f"· {process}, PSS after all", "MB", [pss / _MEGABYTE])
    yield figure("· the newest 100 jobs are listed in", "ms", cost.listed)
    yield figure("· one job is found in", "ms", cost.found)


async def batch(size: int) -> Cost:
    """Archive so many videos of one list."""
    async with system() as (bus, processes):
        before = {name: spent(process) for name, process in processes.items()}
        began = time.perf_counter()
        command = SubmitBatch(batch_id=_BATCH, title="a list", sources=(collection(size),))
        envelope = Envelope(id="bench:submit", at=datetime.now(UTC), correlation_id="bench", body=command)
        await bus.publish(subjects.job_command(_BATCH), codec.encode(envelope), msg_id=envelope.id)
        while not (found := await ask(bus, ListBatches(prefix=_BATCH))).batches or _goes_on(found):
            await asyncio.sleep(_LOOK_SECONDS)
        wall = time.perf_counter() - began
        assert found.batches[0].counts == {State.ARCHIVED: size}, found.batches[0]
        cpu = {name: spent(process) - before[name] for name, process in processes.items()}
        memory = {name: int(process.memory_full_info().pss) for name, process in processes.items()}
        log = (await bus.js.stream_info(topology.EVENTS)).state.bytes
        listed = [await _timed(bus, ListJobs(limit=100)) for _ in range(_ASKED)]
        job_id = (await ask(bus, ListJobs(limit=1))).jobs[0].job_id
        answers = [await _timed(bus, GetJobs(prefix=job_id)) for _ in range(_ASKED)]
        return Cost(wall, cpu, memory, log, listed, answers)


def _goes_on(found: BatchList) -> bool:
    return found.batches[0].state is not BatchState.FINISHED


async def _timed(bus: "Bus", query: ListJobs | GetJobs) -> float:
    began = time.perf_counter()
    await ask(bus, query)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    Console().print(table("batch", list(figures(int(sys.argv[1]))), markdown=False))
