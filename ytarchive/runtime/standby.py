"""Two actors of one name: who comes second says so, and waits where only one may do the work.

That is the jobs actor, of which there is one for all nodes, and the logs actor, whose files have one writer.
Two of the others on one node do more at a time than was set, and no harm: tasks are given to one of them.
Two that start at the very same moment may miss each other; then the registry says it.
"""

from typing import TYPE_CHECKING, Final

import nats.errors

from schemas.heartbeats import ActorState
from ytarchive.runtime.discovery import Info, present
from ytarchive.runtime.notify import notify

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_EVERYWHERE: Final = frozenset({"jobs"})
_ALONE: Final = _EVERYWHERE | {"logs"}
_LOOK_SECONDS: Final = 2.0


async def others(runtime: "Runtime") -> list[Info]:
    """Give those who do this actor's work already: on its node, or of jobs anywhere."""
    try:
        found = await present(runtime.bus.client, runtime.name)
    except nats.errors.Error:
        return []
    return [info for info in found if _in_the_way(runtime, info)]


async def stand_by(runtime: "Runtime", before: list[Info]) -> None:
    """Say who was there before us, and wait until they are gone where only one may be, or we are stopped."""
    if not before:
        return
    runtime.log.warning(
        "another actor of our name is at work",
        there=before[0].metadata.get("node", ""),
        its_pid=before[0].metadata.get("pid", ""),
        then="standing by until it is gone" if runtime.name in _ALONE else "working beside it",
    )
    if runtime.name not in _ALONE:
        return
    runtime.pulse.state = ActorState.STANDBY
    notify("READY=1")  # nothing is wrong with us
    while not runtime.stopping.is_set() and not await _is_our_turn(runtime):
        await runtime.pause(_LOOK_SECONDS)
    if not runtime.stopping.is_set():
        runtime.pulse.state = ActorState.STARTING
        runtime.log.warning("the other actor of our name is gone: taking over")


async def _is_our_turn(runtime: "Runtime") -> bool:
    """Tell whether nobody is in the way. Who does not hear its own answer does not know."""
    try:
        found = await present(runtime.bus.client, runtime.name, listening=1)
    except nats.errors.Error:
        return False
    ours = [info for info in found if info.metadata.get("instance") == runtime.pulse.instance]
    return bool(ours) and not any(_in_the_way(runtime, info) for info in found if info not in ours)


def _in_the_way(runtime: "Runtime", info: Info) -> bool:
    if runtime.name not in _EVERYWHERE and info.metadata.get("node") != runtime.node:
        return False
    match info.metadata.get("state", ActorState.READY):
        case ActorState.STARTING | ActorState.READY:
            return True
        case ActorState.STANDBY:
            return info.metadata.get("instance", "") < runtime.pulse.instance
        case _:
            return False
