"""Metrics of the archive, served where a port is set: what the log, the server and the actors say."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import nats.errors

from ytarchive.domain import metrics
from ytarchive.domain.metrics import Reading
from ytarchive.domain.readings import absences, actors, archive
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.endpoint import Endpoint
from ytarchive.runtime.queues import depths

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from actors.jobs.dispatch import Dispatch
    from actors.jobs.roll import Roll
    from ytarchive.runtime.process import Runtime

_PATIENCE: Final = 2.0
"""Seconds for which the server may take: who reads the metrics does not wait for long."""


class Metrics:
    """What there is to be read of the desk, the dispatch, the server and the actors that are heard of."""

    def __init__(self, runtime: "Runtime", desk: "Desk", dispatch: "Dispatch", roll: "Roll") -> None:
        self._runtime, self._desk, self._dispatch, self._roll = runtime, desk, dispatch, roll

    async def run(self) -> None:
        """Serve them until cancelled; return where no port is set."""
        if not self._runtime.settings.metrics_port:
            return
        await Endpoint(self._runtime, self.read).run()

    async def read(self) -> list[Reading]:
        """Give all numbers as they are now; those of a server that does not answer are left out."""
        served, there = await self._served(), self._roll.actors()
        return [
            *self._folded(),
            Reading(metrics.SERVER, (), bool(served) and "log" not in self._runtime.pulse.troubles),
            *served,
            Reading(metrics.MIN_FREE, (self._runtime.node,), self._runtime.settings.min_free_bytes),
            *actors(there),
            *absences(there),
        ]

    def _folded(self) -> Iterator[Reading]:
        desk = self._desk
        if desk.meters:
            yield from archive(desk.catalogue, desk.meters, datetime.now(UTC))
        yield Reading(metrics.LOG_FOLDED, (), desk.last)
        yield Reading(metrics.LOG_WHOLE, (), desk.whole)
        for stage, number in self._dispatch.held().items():
            yield Reading(metrics.HELD_TASKS, (stage,), number)

    async def _served(self) -> list[Reading]:
        bus = self._runtime.bus
        try:
            async with asyncio.timeout(_PATIENCE):
                end = await event_log.last_sequence(bus)
                queues = await depths(bus)
                letters = (await bus.js.stream_info(topology.DEAD_LETTERS)).state.messages
        except (nats.errors.Error, TimeoutError):
            return []
        now = datetime.now(UTC)
        readings = [
            Reading(metrics.LOG_END, (), end),
            Reading(metrics.LOG_LAG, (), max(end - self._desk.last, 0)),
            Reading(metrics.DEAD_LETTERS, (), letters),
        ]
        for queue in queues:
            age = (now - queue.since).total_seconds() if queue.since else 0.0
            readings += [
                Reading(metrics.QUEUE, (queue.name,), queue.waiting + queue.in_hand),
                Reading(metrics.QUEUE_AGE, (queue.name,), max(age, 0.0)),
            ]
        return readings
