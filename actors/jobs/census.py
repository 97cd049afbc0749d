"""Counting the workers there are, on all nodes: each actor says at its discovery how many it has."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.common import Stage
from ytarchive.settings import LISTS

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from ytarchive.runtime.process import Runtime

_EVERY: Final = 5.0
_LISTENING: Final = 1.0
_ACTORS: Final = {"metadata": Stage.METADATA, "download": Stage.DOWNLOAD}


class _Info(msgspec.Struct):
    """The part of nats.micro's answer that is of interest."""

    metadata: dict[str, str] = {}


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
    client, found = runtime.bus.client, list[int]()

    async def hear(message: "Msg") -> None:
        with contextlib.suppress(msgspec.DecodeError, ValueError):
            info = msgspec.json.decode(message.data, type=_Info)
            found.append(max(0, min(int(info.metadata.get("slots", "0")), 1024)))

    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, cb=hear)
    try:
        await client.publish(f"$SRV.INFO.ytarchive-{actor}", b"", reply=inbox)
        await asyncio.sleep(_LISTENING)
    finally:
        await answers.unsubscribe()
    return found
