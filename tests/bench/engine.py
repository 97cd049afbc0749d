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
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from schemas import codec, subjects
from schemas.commands import SubmitVideo
from schemas.common import State
from schemas.envelope import Envelope
from schemas.queries import ListJobs
from tests.bench import journeys
from tests.bench.figures import Figure, compared, figure
from tests.jobs import job_list
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus, connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.runtime.supervisor import actor_command, actor_environment, supervise
from ytarchive.settings import Settings

JOBS = 1_000
TURNS = 3
_SLOTS = 16
"""Null workers at each stage."""

_LIMIT = 1 / 3
"""Of the time that DBOS takes as it comes."""

_WINDOW = 200
_READY_SECONDS = 30
_LOOK_SECONDS = 0.1
_QUIET_LOOKS = 3
_MEGABYTE = 1 << 20

_DBOS = ("uv", "run", "--no-project", "--python", sys.executable, "--with", "dbos~=3.4", "python", "-m")
"""An environment of its own: nothing of ours needs it."""

_COMMANDS = {
    "jobs": actor_command("jobs"),
    "null": [sys.executable, "-m", "tests.bench.null_workers"],
}


class Cost(NamedTuple):
    """What so many jobs took: seconds of the clock, bytes of log; of each process CPU seconds and PSS."""

    wall: float
    log: int
    cpu: dict[str, float]
    memory: dict[str, int]


class Workflows(msgspec.Struct, frozen=True):
    """What so many workflows took: seconds of the clock and of the processor."""

    wall: float
    cpu: float


def measure() -> Iterator[Figure]:
    """Do the jobs, and the workflows, in turns. Raises OSError where there is no uv, which brings DBOS."""
    ours: list[Cost] = []
    theirs: dict[str, list[Workflows]] = {"": [], "wal": []}
    for _ in range(TURNS):
        ours.append(asyncio.run(jobs(JOBS)))
        for how, taken in theirs.items():
            taken.append(_workflows(JOBS, how))
    for how, taken in theirs.items():
        name = f"{JOBS:,} jobs, each"
        beside = "DBOS workflow, write-ahead log" if how else "DBOS workflow"
        wall, cpu = [one.wall for one in ours], [sum(one.cpu.values()) for one in ours]
        limit = None if how else _LIMIT
        yield compared(f"{name}: wall", "ms", _each(wall), beside, _each(one.wall for one in taken), limit)
        yield compared(f"{name}: CPU", "ms", _each(cpu), beside, _each(one.cpu for one in taken))
    for process in ours[0].cpu:
        yield figure(f"· {process}, CPU", "ms", _each(one.cpu[process] for one in ours))
    yield figure("the log, a job", "bytes", [one.log / JOBS for one in ours])
    for process in ours[0].memory:
        yield figure(f"· {process}, PSS after all", "MB", [one.memory[process] / _MEGABYTE for one in ours])


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
        memory = {name: int(process.memory_full_info().pss) for name, process in processes.items()}
        log = (await bus.js.stream_info(topology.EVENTS)).state.bytes
        return Cost(wall, log, cpu, memory)


@asynccontextmanager
async def system() -> AsyncIterator[tuple[Bus, dict[str, psutil.Process]]]:
    """Give an administrator's connection to a system that is ready, and its processes by name."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as name:
        settings = Settings(
            state_dir=Path(name) / "state",
            library_dir=Path(name) / "library",
            metadata_workers=_SLOTS,
            download_workers=_SLOTS,
            videos_per_hour=0,
        )
        with open_state_dir(settings.state_dir) as state:
            async with (
                embedded_server(state, settings) as server,
                connect(server.info.url, ensure_credentials(state.path)["admin"], name="bench") as bus,
                supervise(
                    list(_COMMANDS),
                    actor_environment(settings, server.info.url, state.credentials),
                    state_dir=settings.state_dir,
                    command=_COMMANDS.__getitem__,
                ) as actors,
            ):
                await actors.wait_ready(_READY_SECONDS)
                pids = {"nats-server": server.info.pid, **actors.pids}
                yield bus, {name: psutil.Process(pid) for name, pid in pids.items()}


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
    answer = await bus.client.request(subjects.query("jobs"), question, timeout=_READY_SECONDS)
    return job_list(answer.data).total


def spent(process: psutil.Process) -> float:
    """Give the CPU seconds of a process until now."""
    times = process.cpu_times()
    return float(times.user + times.system)
