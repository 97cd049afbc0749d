"""Messages of a durable consumer, asked for as there is room for them.

One request is out at a time, for as many as there is room for, and stays with the server until they have
come: a message is delivered the moment it is there. Then the next one asks for what got free meanwhile, so
that under load many messages cost one request. (`fetch` of nats-py 2.16 stalls with more than one.)
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

import nats.errors
from nats.js.errors import APIError

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from ytarchive.runtime.process import Runtime

_FETCH_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 0.5
"""So long after its end a request is held to be lost, as when the server was restarted."""
_TOGETHER_SECONDS: Final = 0.002
"""What gets free within this time is asked for together."""
_DRAIN_SECONDS: Final = 1.0
_NOTHING_CAME: Final = ("404", "408")


class Hand(Protocol):
    """Who takes the messages, `slots` at a time. `changed` is set when more are `free`, and at the end."""

    changed: asyncio.Event

    @property
    def slots(self) -> int:
        """How many messages it takes at a time."""

    @property
    def free(self) -> int:
        """How many messages there is room for; none once the runtime is stopping."""

    async def take(self, message: "Msg") -> None:
        """Take a message, though there may be no room any longer."""


class _Request:
    """Some messages that were asked for, until all have come or no more will."""

    def __init__(self, number: int) -> None:
        self.due = number
        self.over = asyncio.Event()
        self.failure: APIError | None = None

    def came(self) -> None:
        """Count a message."""
        self.due -= 1
        if self.due <= 0:
            self.over.set()

    def ended(self, status: str, description: str) -> None:
        """Hear from the server that no more will come."""
        if status not in _NOTHING_CAME:
            self.failure = APIError(code=int(status), description=description)
        self.over.set()


async def pull(
    runtime: "Runtime", stream: str, consumer: str, hand: Hand, gate: Callable[[], Awaitable[None]]
) -> None:
    """Give messages to `hand` until the runtime is stopping. None is asked for before `gate` has returned.

    Raises a nats error where there is no such consumer, or no longer, and what `gate` raises.
    """
    client = runtime.bus.client
    inbox, request = client.new_inbox(), _Request(0)

    async def take(message: "Msg") -> None:
        if message.reply.startswith("$JS.ACK."):
            request.came()
            await hand.take(message)
        else:
            headers = message.headers or {}
            request.ended(headers.get("Status", "500"), headers.get("Description", ""))

    subscription = await client.subscribe(inbox, cb=take, pending_msgs_limit=0, pending_bytes_limit=0)
    try:
        while await _room(runtime, consumer, hand, gate):
            request = _Request(hand.free)
            wanted = {"batch": request.due, "expires": int(_FETCH_SECONDS * 1e9)}
            await client.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", json.dumps(wanted).encode(), reply=inbox
            )
            await _unless_stopped(runtime, request.over.wait(), _FETCH_SECONDS + _LATE_SECONDS)
            if request.failure:
                raise request.failure
    finally:
        # what is on its way to us still comes, and is given back
        with contextlib.suppress(nats.errors.Error, TimeoutError):
            await asyncio.wait_for(subscription.drain(), _DRAIN_SECONDS)  # type: ignore[no-untyped-call]  # nats-py's


async def _room(runtime: "Runtime", consumer: str, hand: Hand, gate: Callable[[], Awaitable[None]]) -> bool:
    """Wait until messages may be asked for; False when the runtime is stopping."""
    runtime.liveness.rests(consumer)
    while not hand.free and not runtime.stopping.is_set():
        hand.changed.clear()
        await hand.changed.wait()
        if hand.slots > 1:
            await asyncio.sleep(_TOGETHER_SECONDS)
    await _unless_stopped(runtime, gate())
    runtime.liveness.turns(consumer)
    return not runtime.stopping.is_set()


async def _unless_stopped(runtime: "Runtime", work: Awaitable[object], seconds: float | None = None) -> None:
    """Wait for the work, but not longer than so, nor once the runtime is stopping. Raises what it raises."""
    tasks = asyncio.ensure_future(work), asyncio.ensure_future(runtime.stopping.wait())
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if not tasks[0].cancelled():
        tasks[0].result()
