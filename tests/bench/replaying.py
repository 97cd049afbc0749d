"""Folding a log of 100,000 commits from nothing, beside bare ways to read the same stream."""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from nats.aio.msg import Msg

from cli.replaying import Replay
from schemas import subjects
from tests.bench.figures import Figure, compared
from tests.bench.journeys import Decision, decisions
from tests.nats import NatsServer
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.settings import Settings

TURNS = 5
COMMITS = 100_000

_LIMIT = 1.3
_WINDOW = 1000
_SECONDS = 60

Read = Callable[[Bus], Awaitable[int]]
"""Reads all of the log and says how many messages there were."""


def measure() -> Iterator[Figure]:
    """Read, check, decode and fold as `ytarchive replay` does; the bare readers throw away what they read."""
    readers: dict[str, Read] = {"ours": _replay, "direct get": _direct_get, "ordered": _ordered}
    taken = asyncio.run(_turns(readers))
    for name, limit in (("direct get", _LIMIT), ("ordered", None)):
        beside = {"direct get": "direct get in batches", "ordered": "ordered consumer, callback"}[name]
        for number, what in enumerate(("wall", "CPU")):
            ours, bare = ([one[number] for one in taken[key]] for key in ("ours", name))
            yield compared(f"replay, a commit, {what}", "µs", ours, beside, bare, limit)


async def _turns(readers: dict[str, Read]) -> dict[str, list[tuple[float, float]]]:
    """Give the microseconds a commit costs each reader in each turn: of the clock, and of this process."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    with NatsServer() as server, tempfile.TemporaryDirectory() as folder:
        async with connect(server.url, None, name="bench") as bus:
            await topology.ensure(bus.js, Settings(state_dir=Path(folder), library_dir=Path(folder)))
            await fill(bus, decisions(COMMITS))
            for turn in range(TURNS + 1):
                for name, read in readers.items():
                    wall, cpu = time.perf_counter(), time.process_time()
                    assert await read(bus) == COMMITS
                    cost = time.perf_counter() - wall, time.process_time() - cpu
                    if turn:
                        taken[name].append((1e6 * cost[0] / COMMITS, 1e6 * cost[1] / COMMITS))
    return taken


async def fill(bus: Bus, log: Iterable[Decision]) -> None:
    """Publish a log from its beginning, without waiting for each answer, but never far ahead of them."""
    inbox = bus.client.new_inbox()
    answers = await bus.client.subscribe(inbox, pending_msgs_limit=0, pending_bytes_limit=0)
    waiting = 0
    for number, decision in enumerate(log, 1):
        headers = {"Nats-Msg-Id": decision.identity, "Nats-Expected-Last-Sequence": str(number - 1)}
        await bus.client.publish(decision.subject, decision.payload, reply=inbox, headers=headers)
        waiting += 1
        while waiting >= _WINDOW:
            await answers.next_msg(_SECONDS)
            waiting -= 1
    for _ in range(waiting):
        await answers.next_msg(_SECONDS)
    await answers.unsubscribe()


async def _replay(bus: Bus) -> int:
    folded = await Replay.of(bus)
    assert not folded.breaks
    return folded.last


async def _direct_get(bus: Bus) -> int:
    number = 0
    while True:
        inbox = bus.client.new_inbox()
        replies = await bus.client.subscribe(inbox, pending_msgs_limit=0, pending_bytes_limit=0)
        wanted = {"batch": event_log.BATCH, "seq": number + 1, "next_by_subj": subjects.EVENTS}
        request = f"$JS.API.DIRECT.GET.{topology.EVENTS}"
        await bus.client.publish(request, json.dumps(wanted).encode(), reply=inbox)
        start = number
        while "Nats-Sequence" in ((await replies.next_msg(_SECONDS)).headers or {}):
            number += 1
        await replies.unsubscribe()
        if number == start:
            return number


async def _ordered(bus: Bus) -> int:
    number, done = 0, asyncio.Event()

    async def count(_message: Msg) -> None:
        nonlocal number
        number += 1
        if number == COMMITS:
            done.set()

    reading = await bus.js.subscribe(
        subjects.EVENTS, cb=count, ordered_consumer=True, pending_msgs_limit=0, pending_bytes_limit=0
    )
    await asyncio.wait_for(done.wait(), _SECONDS)
    await reading.unsubscribe()
    return number
