"""The log as a file: exported, verified and imported, beside bare loops over the same bytes, and its memory.

``python -m tests.bench.exporting 1000000`` looks at the memory alone, at so many events.
"""

import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from tests.bench.figures import Figure, compared, figure, table
from tests.bench.journeys import decisions, restless
from tests.bench.programs import Ground, ground, ytarchive
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Lines, Stored, usual_id
from ytarchive.domain.log_reader import LogReader
from ytarchive.runtime import event_log, log_blocks, topology
from ytarchive.runtime.bus import Bus, Outgoing
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.log_blocks import Blocks
from ytarchive.runtime.log_files import PUBLISHED_AT_ONCE, export_log, read_file
from ytarchive.runtime.rebuilding import put_log, rebuilt
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings

if TYPE_CHECKING:
    from schemas.log_file import LogEdge

TURNS: Final = 3
EVENTS: Final = 50_000
SIZES: Final = (10_000, 100_000)
_FEW: Final = 100
"""Jobs of a log that goes on about the same ones."""
_MOST: Final = 100
"""Megabytes, of logs of up to a million events."""
_AN_EVENT: Final = 32.0
"""Bytes that each event may add where there are no more jobs: less than anything kept of it would take."""
_A_JOB: Final = 512.0
"""Bytes that each job may add: the end of its chain, without which its next commit could not be checked."""
_PER_EVENT: Final = 4 / 7
"""Commits of an event, as jobs make them."""
_COMMITS: Final = 4
"""Of a job, nearly."""
_POLL: Final = 0.02


def measure() -> Iterator[Figure]:
    """Take turns; a bare loop reads, packs, unpacks or publishes the same bytes, and checks nothing."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as name:
        path = Path(name) / "log.jsonl.zst"
        events, edge = write(path, EVENTS)
        taken: dict[str, list[float]] = {
            key: [] for key in ("export", "bare export", "verify", "bare verify", "import", "bare import")
        }
        for turn in range(TURNS + 1):
            costs = asyncio.run(_turn(Path(name) / str(turn), path, edge))
            for key, seconds in costs.items():
                if turn:
                    taken[key].append(1e6 * seconds / events)
    beside = {
        "export": "direct get in batches, zstd",
        "verify": "zstd, `json.loads`",
        "import": "publish, a window at a time",
    }
    for key, what in beside.items():
        ours, bare = taken[key], taken[f"bare {key}"]
        yield compared(f"{key}, an event", "µs", ours, what, bare)
        yield figure(f"· {key}, events in a second", "1/s", [1e6 / one for one in ours])
    yield from memory(SIZES)


async def _turn(folder: Path, path: Path, edge: "LogEdge") -> dict[str, float]:
    """Give the seconds of each way, on a server that the import has filled."""
    costs: dict[str, float] = {}
    settings = Settings(state_dir=folder / "state", library_dir=folder)
    began = time.perf_counter()
    async with rebuilt(settings) as bus:
        await put_log(bus, settings, _messages(path), edge)
        costs["import"] = time.perf_counter() - began
    with open_state_dir(settings.state_dir) as state:
        async with (
            embedded_server(state, settings, sync=False) as server,
            connect(server.info.url, ensure_credentials(state.path)["admin"], name="bench") as bus,
        ):
            began = time.perf_counter()
            with (folder / "log").open("wb") as file:
                await export_log(bus, file)
            costs["export"] = time.perf_counter() - began
            began = time.perf_counter()
            await _bare_export(bus)
            costs["bare export"] = time.perf_counter() - began
            costs["bare import"] = await _bare_import(bus, path)
    began = time.perf_counter()
    assert sum(1 for _ in _messages(folder / "log")) == edge.count
    costs["verify"] = time.perf_counter() - began
    began = time.perf_counter()
    with (folder / "log").open("rb") as file:
        assert sum(bool(json.loads(line)) for line in log_blocks.lines(file)) == edge.count + 2
    costs["bare verify"] = time.perf_counter() - began
    return costs


async def _bare_export(bus: Bus) -> None:
    blocks = Blocks(io.BytesIO())
    async for entry in event_log.read(bus):
        blocks.write(entry.payload)
    blocks.flush()


async def _bare_import(bus: Bus, path: Path) -> float:
    """Publish what is read already."""
    like = next(one for one in topology.streams(Settings()) if one.name == topology.EVENTS)
    await bus.js.add_stream(like.evolve(name="BARE", subjects=["bare"]))
    messages = [Outgoing("bare", one.payload, one.id) for one in _messages(path)]
    began = time.perf_counter()
    for first in range(0, len(messages), PUBLISHED_AT_ONCE):
        await bus.publish_all(messages[first : first + PUBLISHED_AT_ONCE])
    return time.perf_counter() - began


def _messages(path: Path) -> Iterator[Stored]:
    reader = LogReader()
    with path.open("rb") as file:
        yield from read_file(reader, file)
    assert not reader.faults


def write(path: Path, events: int, *, few: bool = False) -> "tuple[int, LogEdge]":
    """Write a log of about so many events, of many jobs or a `few`; say how many there are, and its end."""
    lines, check = Lines(), LogCheck()
    with path.open("wb") as file:
        blocks = Blocks(file)
        blocks.write(lines.begin("bench", datetime.now(UTC), check.edge()))
        made = restless(_FEW, events) if few else decisions(int(events * _PER_EVENT))
        for number, one in enumerate(made, 1):
            stored = Stored(number, one.subject, one.payload, "2026-11-25T09:30:00.123456789Z", one.identity)
            assert stored.id == usual_id(stored.payload)
            check.follow(number, one.subject, one.payload)
            blocks.write(lines.message(stored))
        blocks.write(lines.end(check, check.last))
        blocks.flush()
    return check.events, check.edge()


def memory(sizes: tuple[int, ...]) -> Iterator[Figure]:
    """Look at the most memory each command takes at each size, and at what each event and each job adds."""
    for few, of in ((True, f"{_FEW} jobs"), (False, "many jobs")):
        peaks: dict[str, list[float]] = {}
        counts: list[int] = []
        for size in sizes:
            with ground() as here:
                path = here.folder / "log.jsonl.zst"
                events, edge = write(path, size, few=few)
                counts.append(events if few else edge.count // _COMMITS)
                for key, file in (("verify", path), ("import", path), ("export", here.folder / "again")):
                    peak = _peak(here, "events", key, str(file))
                    peaks.setdefault(key, []).append(peak)
                    named = f"{key} of {events:,} events of {of}, RSS at most"
                    yield figure(named, "MB", [peak], limit=_MOST)
        for key, (first, *_, last) in peaks.items():
            each = (last - first) * (1 << 20) / (counts[-1] - counts[0])
            what, limit = ("event", _AN_EVENT) if few else ("job", _A_JOB)
            yield figure(f"{key}, what each {what} adds", "bytes", [each], limit=limit)


def _peak(here: Ground, *words: str) -> float:
    """Run a command to its end, and give the most megabytes it had, without what it started."""
    peak = 0
    with subprocess.Popen(
        ytarchive(*words), cwd=here.folder, env=here.environment, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            with suppress(OSError, StopIteration):
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
                peak = max(peak, int(next(line for line in status if line.startswith("VmHWM")).split()[1]))
            time.sleep(_POLL)
    assert process.returncode == 0, words
    return peak / 1024


if __name__ == "__main__":
    Console().print(table("exporting", memory((SIZES[0], *map(int, sys.argv[1:])))))
