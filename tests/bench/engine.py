"""Jobs without media, beside a durable workflow engine: what the engine alone costs.

A job is four commits; what is between them is done by null workers, at once. The server, the jobs actor and
the workers are processes as they are in use, and the server syncs every message before it acknowledges it.
DBOS does as many workflows of four steps, each a recorded no-op, on SQLite with ``synchronous=FULL``: as it
comes, and with a write-ahead log, with which it is faster.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from schemas import codec, subjects
from schemas.commands import SubmitVideo
from schemas.common import State
from schemas.envelope import Envelope
from schemas.queries import ListJobs
from tests.bench import journeys
from tests.bench.batches import batch
from tests.bench.figures import Figure, compared, figure
from tests.bench.null_system import READY_SECONDS, spent, system
from tests.jobs import job_list
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus

JOBS: Final = 2_000
TURNS: Final = 3

_LIMIT: Final = 1 / 3
"""Of the time that DBOS takes as it comes."""
_WINDOW: Final = 200
_LOOK_SECONDS: Final = 0.1
_QUIET_LOOKS: Final = 3

_DBOS: Final = (
    "uv",
    "run",
    "--no-project",
    "--python",
    sys.executable,
    "--with",
    "dbos~=3.4",
    "python",
    "-m",
)
"""An environment of its own: nothing of ours needs it."""


class Cost(NamedTuple):
    """What so many jobs took, in seconds: of the clock, and of the processor in each process."""

    wall: float
    cpu: dict[str, float]


class Workflows(msgspec.Struct, frozen=True):
    """What so many workflows took: seconds of the clock and of the processor."""

    wall: float
    cpu: float


def measure() -> Iterator[Figure]:
    """Do the jobs, and the workflows, in turns. Raises OSError where there is no uv, which brings DBOS."""
    ours: dict[str, list[Cost]] = {"of one batch": [], "asked for one by one": []}
    theirs: dict[str, list[Workflows]] = {"DBOS workflow": [], "DBOS workflow, write-ahead log": []}
    for _ in range(TURNS):
        together = asyncio.run(batch(JOBS))
        ours["of one batch"].append(Cost(together.wall, together.cpu))
        ours["asked for one by one"].append(asyncio.run(jobs(JOBS)))
        for beside, how in zip(theirs, ("", "wal"), strict=True):
            theirs[beside].append(_workflows(JOBS, how))
    for how, costs in ours.items():
        name = f"{JOBS:,} jobs {how}, each"
        for limit, (beside, taken) in zip((_LIMIT, None), theirs.items(), strict=True):
            wall, cpu = [one.wall for one in costs], [sum(one.cpu.values()) for one in costs]
            yield compared(
                f"{name}: wall", "ms", _each(wall), beside, _each(one.wall for one in taken), limit
            )
            yield compared(f"{name}: CPU", "ms", _each(cpu), beside, _each(one.cpu for one in taken))
        for process in costs[0].cpu:
            yield figure(f"· {process}, CPU", "ms", _each(one.cpu[process] for one in costs))


def _each(seconds: Iterable[float]) -> list[float]:
    """Give the milliseconds of one."""
    return [1000 * one / JOBS for one in seconds]


def _workflows(number: int, how: str) -> Workflows:
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as folder:
        command = [*_DBOS, "tests.bench.dbos_workflows", str(number), folder, how]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        return msgspec.json.decode(said.splitlines()[-1], type=Workflows)


async def jobs(number: int) -> Cost:
    """Archive so many videos without media. Raises AssertionError unless all are archived."""
    async with system() as (bus, processes):
        before = {name: spent(process) for name, process in processes.items()}
        began = time.perf_counter()
        await _submit(bus, number)
        await _done(bus)
        wall = time.perf_counter() - began - _QUIET_LOOKS * _LOOK_SECONDS
        cpu = {name: spent(process) - before[name] for name, process in processes.items()}
        archived = await _archived(bus)
        assert archived == number, f"{archived} of {number} jobs are archived"
        return Cost(wall, cpu)


async def _submit(bus: Bus, number: int) -> None:
    """Submit videos, so many at a time as the window holds."""
    for start in range(0, number, _WINDOW):
        await asyncio.gather(*(_submit_one(bus, one) for one in range(start, min(start + _WINDOW, number))))


async def _submit_one(bus: Bus, number: int) -> None:
    job_id = f"{number:016x}"
    command = SubmitVideo(job_id=job_id, url=journeys.url(number))
    envelope = Envelope(id=f"{job_id}:submit", at=datetime.now(UTC), correlation_id=job_id, body=command)
    await bus.publish(subjects.job_command(job_id), codec.encode(envelope), msg_id=envelope.id)


async def _done(bus: Bus) -> None:
    """Wait until the queues are empty. One look does not see both at the same moment, but several do."""
    quiet = 0
    while quiet < _QUIET_LOOKS:
        await asyncio.sleep(_LOOK_SECONDS)
        queues = [await bus.js.stream_info(stream) for stream in (topology.RESULTS, topology.COMMANDS)]
        quiet = 0 if any(queue.state.messages for queue in queues) else quiet + 1


async def _archived(bus: Bus) -> int:
    question = codec.encode(ListJobs(states=(State.ARCHIVED,), limit=1))
    answer = await bus.client.request(subjects.query("jobs"), question, timeout=READY_SECONDS)
    return job_list(answer.data).total
