"""Saying and asking who is there by `nats.micro`: every actor answers at once, whoever else is down."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import msgspec
import nats.errors
from nats.micro import add_service
from nats.micro.service import Service, ServiceConfig

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_PREFIX: Final = "ytarchive-"
_NOBODY: Final = "503"


class Info(msgspec.Struct, frozen=True):
    """The part of an actor's answer that is of interest. `metadata` is its `Pulse.card`."""

    name: str = ""
    version: str = ""
    metadata: dict[str, str] = {}

    @property
    def actor(self) -> str:
        """Give the name of the actor."""
        return self.name.removeprefix(_PREFIX)

    @property
    def node(self) -> str:
        """Give where it runs."""
        return self.metadata.get("node", "-")

    @property
    def pid(self) -> int:
        """Give its process; 0 where it does not say."""
        pid = self.metadata.get("pid", "")
        return int(pid) if pid.isdecimal() else 0


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
            if info.name.startswith(_PREFIX):
                found.append(info)

    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, cb=hear)
    try:
        await client.publish(f"$SRV.INFO.{_PREFIX}{actor}" if actor else "$SRV.INFO", b"", reply=inbox)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(listening):
                await nobody.wait()
    finally:
        await answers.unsubscribe()
    return found


@contextlib.asynccontextmanager
async def announced(client: "Client", actor: str, card: dict[str, str]) -> AsyncIterator[Service]:
    """Be found as an actor, with what is on its `card`, as long as the block lasts."""
    service = await add_service(
        client,
        ServiceConfig(
            name=f"{_PREFIX}{actor}",
            version=semantic(version("ytarchive")),
            description=f"the {actor} actor of ytarchive",
            metadata=card,
        ),
    )
    try:
        yield service
    finally:
        with contextlib.suppress(nats.errors.Error):  # without a connection there is nothing to withdraw
            await service.stop()


def semantic(version: str) -> str:
    """Give a version of a Python package as services of NATS want it: ``0.2.0.dev0`` is ``0.2.0-dev0``."""
    return re.sub(r"^([0-9]+\.[0-9]+\.[0-9]+)\.?(?=.)", r"\1-", version)
