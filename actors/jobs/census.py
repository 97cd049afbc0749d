"""Counting the workers there are, on all nodes: each actor says at its discovery how many it has."""

import contextlib
from typing import TYPE_CHECKING, Final

from schemas.common import Stage
from ytarchive.runtime.discovery import present
from ytarchive.settings import LISTS

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 5.0
_LISTENING: Final = 1.0
_ACTORS: Final = {"metadata": Stage.METADATA, "download": Stage.DOWNLOAD}


async def census(runtime: "Runtime", slots: dict[Stage, int]) -> None:
    """Keep `slots` as the actors state them. What nobody states stays as it was."""
    while not runtime.stopping.is_set():
        for actor, stage in _ACTORS.items():
            stated = await _stated(runtime, actor)
            if number := sum(stated):
                slots[stage] = number
                if stage is Stage.METADATA:
                    slots[Stage.LISTING] = LISTS * len(stated)
        await runtime.pause(_EVERY)


async def _stated(runtime: "Runtime", actor: str) -> list[int]:
    found = list[int]()
    for info in await present(runtime.bus.client, actor, listening=_LISTENING):
        with contextlib.suppress(ValueError):
            found.append(max(0, min(int(info.metadata.get("slots", "0")), 1024)))
    return found
