"""Appending one commit at a time, as the jobs actor does, beside a bare publish of the same bytes."""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from statistics import median
from typing import NamedTuple

from tests.bench.figures import Figure, compared
from tests.bench.journeys import Decision, decisions
from tests.bench.server import BARE_SUBJECT, served
from ytarchive.domain.replay import Head
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus

TURNS = 20
COMMITS = 100
"""Of each turn, appended by either side in turns."""

_LIMIT = 1.15


class _Cost(NamedTuple):
    """Microseconds of one append: of the clock, and of this process."""

    wall: float
    cpu: float


def measure() -> Iterator[Figure]:
    """Append the same commits to the log and to a stream like it, every write synced to the disk."""
    turns = asyncio.run(_turns())[1:]
    for number, what in enumerate(("wall", "CPU")):
        ours, bare = ([median(cost[number] for cost in turn[side]) for turn in turns] for side in (0, 1))
        yield compared(f"append one commit, {what}", "µs", ours, "`js.publish`", bare, _LIMIT)


async def _turns() -> list[tuple[list[_Cost], list[_Cost]]]:
    """Give what each append of each turn cost, ours and bare."""
    waiting = decisions((TURNS + 1) * COMMITS)
    turns: list[tuple[list[_Cost], list[_Cost]]] = []
    async with served() as bus:
        for last, decision in enumerate(waiting):
            if last % COMMITS == 0:
                turns.append(([], []))
            ours, bare = turns[-1]
            for side in (0, 1) if last % 2 else (1, 0):
                if side:
                    bare.append(await _timed(_bare(bus, decision, last)))
                else:
                    ours.append(await _timed(_append(bus, decision, last)))
    return turns


async def _timed(work: Awaitable[object]) -> _Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return _Cost(1e6 * (time.perf_counter() - wall), 1e6 * (time.process_time() - cpu))


async def _append(bus: Bus, decision: Decision, last: int) -> None:
    commit = decision.commit
    ours = event_log.Decision(
        "job",
        commit.aggregate_id,
        Head(commit.version - 1, commit.previous, last if commit.version > 1 else 0),
        commit.events,
        commit.correlation_id,
        commit.causation_id,
    )
    await event_log.append(bus, [ours], last=last, at=commit.at)


async def _bare(bus: Bus, decision: Decision, last: int) -> None:
    headers = {"Nats-Msg-Id": decision.identity, "Nats-Expected-Last-Sequence": str(last)}
    await bus.js.publish(f"{BARE_SUBJECT}.{decision.commit.aggregate_id}", decision.payload, headers=headers)
