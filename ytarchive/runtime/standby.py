"""Two actors of one name: who comes second says so, and waits where only one may do the work.

That is the jobs actor, of which there is one for all nodes, and the logs actor, whose files have one writer.
Two of the others on one node do more at a time than was set, and no harm: tasks are given to one of them.

Who stands by takes over once the other did not answer several times. That may only have been suspended, or
cut off, and be back: so who is at work looks around too, and ends where another began its work later. Started
again, it stands by. Of any two exactly one began later, whatever their clocks: by its id where by the moment
neither did.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import nats.errors

from schemas.heartbeats import ActorState
from ytarchive.domain.about import about_peer
from ytarchive.domain.registry import AT_WORK, ONE_FOR_ALL_NODES
from ytarchive.errors import YtarchiveError
from ytarchive.runtime.discovery import Info, present
from ytarchive.runtime.notify import notify

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_ALONE: Final = ONE_FOR_ALL_NODES | {"logs"}
_LOOK_SECONDS: Final = 1.5
_AT_ONCE: Final = 0.3
_LISTENING: Final = 1.0
"""Seconds in which somebody answers who is there, and who may be busy."""
_LOOKS: Final = 3
"""In a row, in which nobody else answers: who was silent for less than five seconds is not replaced, and who
is gone is within nine."""


async def others(runtime: "Runtime") -> list[Info]:
    """Give those who do this actor's work already: on its node, or of jobs anywhere."""
    return [info for info in await _heard(runtime, _AT_ONCE) if _at_work(runtime, info)]


async def stand_by(runtime: "Runtime", before: list[Info]) -> None:
    """Say who was there before us, and wait until they are gone where only one may be, or we are stopped."""
    if not before:
        return
    peer = about_peer(before[0].actor, before[0].node, before[0].pid)
    if runtime.name not in _ALONE:
        runtime.log.warning("another actor of our name is at work: working beside it", **peer)
        return
    runtime.log.warning("another actor of our name is at work: standing by until it is gone", **peer)
    runtime.pulse.state = ActorState.STANDBY
    notify("READY=1")  # nothing is wrong with us
    looks = 0
    while not runtime.stopping.is_set():
        looks = looks + 1 if await _nobody_is_before_us(runtime) else 0
        if looks == _LOOKS:
            break
        await runtime.pause(_LOOK_SECONDS)
    if not runtime.stopping.is_set():
        runtime.pulse.begin()
        runtime.log.warning("the other actor of our name is gone: taking over")


async def give_way(runtime: "Runtime") -> YtarchiveError | None:
    """Look around until we stop. Where only one may be, and another began later, stop and give why."""
    while runtime.name in _ALONE and not runtime.stopping.is_set():
        standing_by = runtime.pulse.state is ActorState.STANDBY
        for info in () if standing_by else await _heard(runtime, _AT_ONCE):
            if _at_work(runtime, info) and _began(info.metadata) > _began(runtime.pulse.card):
                peer = about_peer(info.actor, info.node, info.pid)
                runtime.log.warning("another took over meanwhile: giving way", **peer)
                runtime.stopping.set()
                where = f"process {info.pid} on node {info.node}"
                return YtarchiveError(
                    f"another {runtime.name} actor took over meanwhile: {where}",
                    hint="Only one may be at work: started again, this one stands by.",
                )
        await runtime.pause(_LOOK_SECONDS)
    return None


async def _nobody_is_before_us(runtime: "Runtime") -> bool:
    """Tell whether nobody is in the way. Who does not hear its own answer does not know."""
    found = await _heard(runtime, _LISTENING)
    return any(_is_us(runtime, info) for info in found) and not any(
        _at_work(runtime, info) or _stands_before_us(runtime, info) for info in found
    )


async def _heard(runtime: "Runtime", listening: float) -> list[Info]:
    try:
        return await present(runtime.bus.client, runtime.name, listening=listening)
    except nats.errors.Error:
        return []


def _at_work(runtime: "Runtime", info: Info) -> bool:
    """Tell whether this is another that does our work. One of a version that does not say so does."""
    return _in_our_place(runtime, info) and info.metadata.get("state", ActorState.READY) in AT_WORK


def _stands_before_us(runtime: "Runtime", info: Info) -> bool:
    return (
        _in_our_place(runtime, info)
        and info.metadata.get("state") == ActorState.STANDBY
        and info.metadata.get("instance", "") < runtime.pulse.instance
    )


def _in_our_place(runtime: "Runtime", info: Info) -> bool:
    here = runtime.name in ONE_FOR_ALL_NODES or info.metadata.get("node") == runtime.node
    return here and not _is_us(runtime, info)


def _is_us(runtime: "Runtime", info: Info) -> bool:
    return info.metadata.get("instance") == runtime.pulse.instance


def _began(card: Mapping[str, str]) -> tuple[str, str]:
    """Give by what the later of two is known; who does not say when it began was first."""
    return card.get("since", ""), card.get("instance", "")
