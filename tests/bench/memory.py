"""How much memory the whole system takes that has nothing to do, before and after its first job."""

import time
from collections.abc import Iterator

import psutil

from tests.bench.figures import Figure, figure
from tests.bench.programs import ground, run, up, ytarchive
from tests.ytsim.server import YtSim

_SETTLED = 5.0
_MANY = 20
_MEGABYTE = 1 << 20
_LIMIT = 300


def measure() -> Iterator[Figure]:
    """Look at all processes of ``ytarchive up`` once they are idle.

    PSS counts a page that several processes share once, by shares; RSS counts it in each of them.
    """
    with YtSim.spawn(videos=1 + _MANY) as sim, ground(sim) as here, up(here) as pid:
        time.sleep(_SETTLED)
        yield from _looked_at(pid, "fresh")
        for when, videos in (("after a job", sim.ids[:1]), (f"after {_MANY} more", sim.ids[1:])):
            run(ytarchive("submit", "--wait", "--json", *map(sim.watch_url, videos)), here)
            time.sleep(_SETTLED)
            yield from _looked_at(pid, when)


def _looked_at(pid: int, when: str) -> Iterator[Figure]:
    above = psutil.Process(pid)
    found = [(one, one.memory_full_info()) for one in (above, *above.children(recursive=True))]
    total = sum(memory.pss for _, memory in found)
    resident = sum(memory.rss for _, memory in found)
    yield figure(f"idle, {when}: {len(found)} processes, PSS", "MB", [total / _MEGABYTE], limit=_LIMIT)
    yield figure(f"idle, {when}: {len(found)} processes, RSS", "MB", [resident / _MEGABYTE])
    for process, memory in found:
        shares = [memory.pss / _MEGABYTE]
        yield figure(f"· {_name(process)}, PSS (RSS {memory.rss / _MEGABYTE:.0f})", "MB", shares)


def _name(process: psutil.Process) -> str:
    """Give what a process is: the last word of its command that says so."""
    words = process.cmdline()
    known = ("nats-server", "forkserver", "resource_tracker", "up", "jobs", "metadata", "download", "storage")
    told = " ".join(words[-4:])
    return next((name for name in (*known, "logs") if name in told), told)[:60]
