"""How long a command takes that does next to nothing, beside a bare Python."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.programs import BARE, Ground, Usage, ground, run, up, ytarchive
from tests.ytsim.server import YtSim

ROUNDS = 21
_BARE = 11
_HELP, _STATUS = 120 / _BARE, 350 / _BARE
"""The targets: 120 and 350 ms where a bare start takes 11 ms."""


def measure() -> Iterator[Figure]:
    """Time the commands with nothing running, where some start a server to read the log, and under `up`."""
    with YtSim.spawn(videos=1) as sim, ground(sim) as here:
        job = _archived(sim, here)
        for name in ("--help", "--version"):
            yield from _timed(
                f"`ytarchive {name}`", ytarchive(name), here, _HELP if name == "--help" else None
            )
        for running in (False, True):
            questions = {"jobs": ytarchive("jobs"), "status JOB": ytarchive("status", job)}
            for name, command in questions.items():
                if running:
                    with up(here):
                        limit = _STATUS if name == "status JOB" else None
                        yield from _timed(f"`ytarchive {name}`, `up` running", command, here, limit)
                else:
                    yield from _timed(f"`ytarchive {name}`, nothing running", command, here)


def _archived(sim: YtSim, here: Ground) -> str:
    """Archive one video and give its job."""
    command = ytarchive("run", "--json", sim.watch_url(sim.ids[0]))
    done = subprocess.run(command, cwd=here.folder, env=here.environment, stdout=subprocess.PIPE, check=True)
    return str(json.loads(done.stdout.splitlines()[-1])["jobs"][0]["job_id"])


def _timed(
    name: str, command: list[str | Path], here: Ground, limit: float | None = None
) -> Iterator[Figure]:
    taken: list[tuple[Usage, Usage]] = [(run(command, here), run(BARE, here)) for _ in range(ROUNDS + 1)][1:]
    for number, what in enumerate(("wall", "CPU")):
        ours = [1000 * one[number] for one, _ in taken]
        bare = [1000 * one[number] for _, one in taken]
        yield compared(f"{name}: {what}", "ms", ours, "`python -c pass`", bare, limit)
