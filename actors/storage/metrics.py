"""Metrics of a node without a jobs actor: who works there, and how much room there is.

Where a jobs actor runs it has the port, and all that can be read here with it. Which of the two it is follows
from where the jobs actor says to be; until one is heard of nothing is opened.
"""

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
import nats.errors

from schemas.heartbeats import ActorState, ActorView, ListActors
from ytarchive.domain import metrics
from ytarchive.domain.metrics import Reading
from ytarchive.domain.readings import actors
from ytarchive.errors import YtarchiveError
from ytarchive.runtime.endpoint import Endpoint
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_LOOK_SECONDS: Final = 5.0
_PATIENCE: Final = 2.0


async def serve_metrics(runtime: "Runtime") -> None:
    """Serve them while no jobs actor is on this node, until we are stopping; not without a port."""
    if not runtime.settings.metrics_port:
        return
    endpoint = Endpoint(runtime, lambda: _read(runtime))
    serving: asyncio.Task[None] | None = None
    try:
        while not runtime.stopping.is_set():
            places = {one.node for one in await _heard(runtime) if one.actor == "jobs" and _at_work(one)}
            if runtime.node in places and serving:
                serving.cancel()
                serving = None
            elif places and runtime.node not in places and not serving:
                serving = asyncio.create_task(endpoint.run())
            await runtime.pause(_LOOK_SECONDS)
    finally:
        if serving:
            serving.cancel()


async def _read(runtime: "Runtime") -> "list[Reading]":
    """Give how the actors of this node are; of ourselves alone while there is no jobs actor to ask."""
    heard = [one for one in await _heard(runtime) if one.node == runtime.node]
    own = ActorView(**msgspec.structs.asdict(runtime.pulse.beat()), here=True, silent=0.0)
    kept_free = Reading(metrics.MIN_FREE, (runtime.node,), runtime.settings.min_free_bytes)
    return [kept_free, *actors([own, *(one for one in heard if one.instance != own.instance)])]


async def _heard(runtime: "Runtime") -> tuple[ActorView, ...]:
    try:
        return (await ask(runtime.bus, ListActors(), patience=_PATIENCE)).actors
    except (YtarchiveError, nats.errors.Error):
        return ()


def _at_work(one: ActorView) -> bool:
    return one.here and one.state is not ActorState.STANDBY
