"""What the server says of a stream: what nats-py reads of that leaves out all moments."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from nats.js.errors import NotFoundError

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

_ANSWER_SECONDS: Final = 5.0


class State(msgspec.Struct, frozen=True):
    """What is in it. The moments mean nothing where it is empty."""

    messages: int = 0
    bytes: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first_ts: datetime | None = None
    last_ts: datetime | None = None


class Config(msgspec.Struct, frozen=True):
    """Its limits: -1 bytes, and 0 nanoseconds, are none."""

    max_bytes: int = -1
    max_age: int = 0
    storage: str = "file"


class StreamInfo(msgspec.Struct, frozen=True):
    """A stream as it was at the moment `ts` of the server's clock."""

    ts: datetime
    state: State
    config: Config


async def stream_info(bus: "Bus", name: str) -> StreamInfo:
    """Ask for a stream. Raises nats errors, `NotFoundError` where there is none."""
    reply = await bus.client.request(f"$JS.API.STREAM.INFO.{name}", b"", timeout=_ANSWER_SECONDS)
    try:
        return msgspec.json.decode(reply.data, type=StreamInfo)
    except msgspec.ValidationError as error:
        raise NotFoundError from error
