"""Asking who is there by `nats.micro`: every actor answers at once, whoever else is down."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_NOBODY: Final = "503"


class Info(msgspec.Struct, frozen=True):
    """The part of an actor's answer that is of interest. `metadata` is its `Pulse.card`."""

    name: str = ""
    version: str = ""
    metadata: dict[str, str] = {}

    @property
    def actor(self) -> str:
        """Give the name of the actor."""
        return self.name.removeprefix("ytarchive-")


async def present(client: "Client", actor: str = "", *, listening: float = 0.3) -> list[Info]:
    """Give the actors, of a name or all there are, that answer within so many seconds.

    Where nobody could, that is known at once. Raises a nats error where there is no connection.
    """
    found: list[Info] = []
    nobody = asyncio.Event()

    async def hear(message: "Msg") -> None:
        if (message.headers or {}).get("Status") == _NOBODY:
            nobody.set()
        with contextlib.suppress(msgspec.DecodeError):
            info = msgspec.json.decode(message.data, type=Info)
            if info.name.startswith("ytarchive-"):
                found.append(info)

    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, cb=hear)
    try:
        await client.publish(f"$SRV.INFO.ytarchive-{actor}" if actor else "$SRV.INFO", b"", reply=inbox)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(listening):
                await nobody.wait()
    finally:
        await answers.unsubscribe()
    return found
