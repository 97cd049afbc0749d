"""Counting the workers there are, on all nodes: each actor says at its discovery how many it has."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from schemas.common import Stage
from ytarchive.runtime.discovery import present
from ytarchive.settings import LISTS

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 5.0
_LISTENING: Final = 1.0
_ACTORS: Final = {"metadata": Stage.METADATA, "download": Stage.DOWNLOAD}


async def census(
    runtime: "Runtime",
    slots: dict[Stage, int],
    soon: asyncio.Event,
    changed: Callable[[], Awaitable[None]],
) -> None:
    """Keep `slots` as the actors state them, and call `changed`. What nobody states stays as it was.

    They are asked every few seconds, and where it is known that they say something else `soon`.
    """
    while not runtime.stopping.is_set():
        soon.clear()
        before = dict(slots)
        answers = await asyncio.gather(*(_stated(runtime, actor) for actor in _ACTORS))
        for stage, stated in zip(_ACTORS.values(), answers, strict=True):
            if number := sum(stated):
                slots[stage] = number
                if stage is Stage.METADATA:
                    slots[Stage.LISTING] = LISTS * len(stated)
        if slots != before:
            await changed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await soon.wait()


async def _stated(runtime: "Runtime", actor: str) -> list[int]:
    found = list[int]()
    for info in await present(runtime.bus.client, actor, listening=_LISTENING):
        with contextlib.suppress(ValueError):
            found.append(max(0, min(int(info.metadata.get("slots", "0")), 1024)))
    return found
