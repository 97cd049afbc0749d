"""How long ``jobs`` and ``status`` take, and a start of the jobs actor, where 100,000 jobs are archived.

``python -m tests.bench.asking 10000`` takes as many. The log is written as it would be, but at once.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator

from rich.console import Console

from tests.bench.figures import Figure, compared, figure, table
from tests.bench.journeys import archived
from tests.bench.programs import BARE, Ground, ground, run, up, ytarchive
from tests.bench.replaying import fill
from ytarchive.runtime import topology
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings

JOBS = 100_000
ROUNDS = 21
_LIMIT = 300 / 11
"""The target: 300 ms where a bare start of Python takes 11 ms."""


def measure() -> Iterator[Figure]:
    """Ask where there are as many jobs as a large archive has."""
    yield from figures(JOBS)


def figures(jobs: int) -> Iterator[Figure]:
    """Write the log of so many jobs, and ask."""
    with ground() as here:
        asyncio.run(_written(here, jobs))
        began = time.perf_counter()
        with up(here):
            newest = _newest(here)
            yield figure(f"`up` with {jobs:,} jobs, until it answers", "s", [time.perf_counter() - began])
            for command in (("jobs",), ("status", newest), ("jobs", "--state", "failed")):
                taken = [(run(ytarchive(*command), here), run(BARE, here)) for _ in range(ROUNDS + 1)][1:]
                ours = [1000 * one.wall for one, _ in taken]
                bare = [1000 * one.wall for _, one in taken]
                name = f"`ytarchive {command[0]}{' JOB' if command[0] == 'status' else ''}`"
                name += " --state failed" if len(command) > 2 else ""
                yield compared(name, "ms", ours, "`python -c pass`", bare, _LIMIT)


async def _written(here: Ground, jobs: int) -> None:
    settings = Settings(state_dir=here.folder / "state", library_dir=here.library)
    with open_state_dir(settings.state_dir) as state:
        async with (
            embedded_server(state, settings) as server,
            connect(server.info.url, ensure_credentials(state.path)["admin"], name="bench") as bus,
        ):
            await topology.ensure(bus.js, settings)
            await fill(bus, archived(jobs))


def _newest(here: Ground) -> str:
    """Ask until there is an answer, and give the newest job."""
    command = ytarchive("jobs", "--json", "--limit", "1")
    done = subprocess.run(command, cwd=here.folder, env=here.environment, stdout=subprocess.PIPE, check=True)
    return str(json.loads(done.stdout)["jobs"][0]["job_id"])


if __name__ == "__main__":
    Console().print(table("asking", list(figures(int(sys.argv[1]))), markdown=False))
