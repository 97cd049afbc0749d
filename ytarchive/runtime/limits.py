"""Limits that were changed by command, applied to an actor that runs.

The jobs actor decides, records, and leaves its last word on a stream, where whoever starts finds it without
asking anybody. Who runs hears of it at once, and looks now and then: it may have been cut off.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import msgspec
import nats.errors
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from schemas import codec, subjects
from ytarchive.domain.limits import in_force
from ytarchive.runtime import topology

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from ytarchive.runtime.process import Runtime

_LOOK_AGAIN: Final = 5.0


@contextlib.asynccontextmanager
async def followed(runtime: "Runtime") -> AsyncIterator[None]:
    """Have the settings of an actor be what is in force, from now on and as long as the block lasts."""
    heard = 0

    async def hear(message: "Msg") -> None:
        nonlocal heard
        heard += 1
        _apply(runtime, message.data)

    async def look() -> None:
        before = heard
        with contextlib.suppress(NotFoundError, nats.errors.Error, JetStreamError, TimeoutError):
            found = await runtime.bus.js.get_last_msg(topology.LIMITS, subjects.LIMITS, direct=True)
            if heard == before:  # else it is older than what was heard meanwhile
                _apply(runtime, found.data or b"")

    async def keep_looking() -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            await look()

    subscription = await runtime.bus.client.subscribe(subjects.LIMITS, cb=hear)
    await runtime.bus.client.flush()
    await look()
    looking = asyncio.create_task(keep_looking())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(Exception):  # the connection may be gone
            await subscription.unsubscribe()


def _apply(runtime: "Runtime", payload: bytes) -> None:
    try:
        found = codec.limits.decode(payload)
    except codec.Undecodable as error:
        runtime.log.warning("limits not understood", error=str(error))
        return
    before, now = runtime.settings, in_force(runtime.configured, found.changed)
    news = {
        name: value for name, value in msgspec.structs.asdict(now).items() if value != getattr(before, name)
    }
    if news:
        runtime.limit(now)
        runtime.log.info("limits changed", version=found.version, **news)
