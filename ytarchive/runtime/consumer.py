"""The one cycle by which anything is taken from a work queue: fetch → decode → handle → acknowledge.

handled          acknowledged
undecodable      kept among the dead letters with the reason, then removed
handler raised   given back with a delay; after `DELIVERIES` tries a dead letter
not now          given back for as long as `NotNow` says
stopping         fetching ends; what runs has `grace` seconds, then is given back at once
the worker dies  nothing is acknowledged: after `ack_wait` it is delivered again
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import nats.errors
from nats.js.errors import Error as JetStreamError

from schemas import codec, subjects
from schemas.dead_letters import DeadLetter

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerConfig

    from ytarchive.runtime.process import Runtime

DELIVERIES: Final = 5
_FETCH_SECONDS: Final = 2.0
_KEPT_BYTES: Final = 256 << 10

T = TypeVar("T")
R = TypeVar("R")


class Delivery(NamedTuple, Generic[T]):
    """One message in hand. `number` counts how often it was delivered, from 1."""

    body: T
    number: int


class NotNow(Exception):
    """The message in hand cannot be handled yet: try again in `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"not now, in {delay:g} s")
        self.delay = delay


async def _at_once() -> None:
    """Fetch whenever a slot is free."""


class Queue(NamedTuple, Generic[T]):
    """A durable consumer and how its messages are read and handled, `slots` at a time.

    Nothing is fetched before `gate` has returned.
    """

    stream: str
    consumer: "ConsumerConfig"
    codec: codec.Codec[T]
    handle: Callable[[Delivery[T]], Coroutine[Any, Any, None]]
    slots: int = 1
    grace: float = 5.0
    gate: Callable[[], Coroutine[Any, Any, None]] = _at_once


async def serve(runtime: "Runtime", queue: Queue[T]) -> None:
    """Work on a queue until the runtime is stopping. Survives restarts of the server."""
    async with asyncio.TaskGroup() as group:
        for _ in range(queue.slots):
            group.create_task(_slot(runtime, queue))


async def _slot(runtime: "Runtime", queue: Queue[T]) -> None:
    js, name = runtime.bus.js, str(queue.consumer.durable_name)
    while not runtime.stopping.is_set():
        try:
            await js.add_consumer(queue.stream, queue.consumer)
            subscription = await js.pull_subscribe_bind(name, queue.stream)
            try:
                while not runtime.stopping.is_set():
                    await _next(runtime, queue, subscription)
            finally:
                with contextlib.suppress(nats.errors.Error):
                    await subscription.unsubscribe()
        except nats.errors.Error as error:
            runtime.log.warning("queue unavailable", queue=name, error=str(error))
            await runtime.pause(0.5)


async def _next(
    runtime: "Runtime", queue: Queue[T], subscription: "JetStreamContext.PullSubscription"
) -> None:
    if (await _until_stopped(runtime, queue.gate(), 0)).cancelled():
        return
    fetched = await _until_stopped(runtime, subscription.fetch(1, timeout=_FETCH_SECONDS), 0)
    if fetched.cancelled():
        return
    try:
        (message,) = fetched.result()
    except nats.errors.TimeoutError:
        return
    if runtime.stopping.is_set():
        await _settle(message.nak())
    else:
        await _one(runtime, queue, message)


async def _one(runtime: "Runtime", queue: Queue[T], message: "Msg") -> None:
    try:
        body = queue.codec.decode(message.data)
    except codec.Undecodable as error:
        await _bury(runtime, message, str(error))
        return
    job_id = getattr(getattr(body, "body", None), "job_id", None)
    if job_id and job_id not in message.subject.split("."):
        await _bury(runtime, message, f"it is about job {job_id}, and was sent under another's subject")
        return
    delivery = Delivery(body, message.metadata.num_delivered)
    alive = asyncio.create_task(_keep(message, (queue.consumer.ack_wait or 30) / 3))
    try:
        work = await _until_stopped(runtime, queue.handle(delivery), queue.grace)
        if work.cancelled():
            await _settle(message.nak())
        elif isinstance(raised := work.exception(), NotNow):
            await _settle(message.nak(delay=raised.delay))
        elif raised:
            await _failed(runtime, message, delivery.number, raised)
        else:
            await _settle(message.ack())
    finally:
        alive.cancel()


async def _failed(runtime: "Runtime", message: "Msg", number: int, error: BaseException) -> None:
    runtime.log.error("message not handled", subject=message.subject, delivery=number, exc_info=error)
    if number >= DELIVERIES:
        await _bury(runtime, message, f"not handled in {number} tries: {error}")
    else:
        await _settle(message.nak(delay=min(2.0**number, 30)))


async def _until_stopped(
    runtime: "Runtime", work: "Coroutine[Any, Any, R]", grace: float
) -> "asyncio.Task[R]":
    """Give `work` done; once the runtime is stopping, it is cancelled after `grace` seconds more."""
    task = asyncio.create_task(work)
    stopping = asyncio.create_task(runtime.stopping.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait({task}, timeout=grace)
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.wait({task})
    return task


async def _keep(message: "Msg", interval: float) -> None:
    """Tell the server that the work goes on, so that nobody else is given it."""
    while True:
        await asyncio.sleep(interval)
        await _settle(message.in_progress())


async def _settle(answer: Awaitable[object]) -> None:
    # without a connection the answer is lost: the message comes again, which handlers allow for
    with contextlib.suppress(nats.errors.Error, OSError):
        await answer


async def _bury(runtime: "Runtime", message: "Msg", reason: str) -> None:
    """Keep a message among the dead letters, and only then remove it from its queue."""
    runtime.log.error("dead letter", subject=message.subject, reason=reason)
    letter = DeadLetter(
        at=datetime.now(UTC),
        actor=runtime.name,
        subject=message.subject[:1024],
        reason=reason[:4096],
        payload=message.data[:_KEPT_BYTES],
        truncated=len(message.data) > _KEPT_BYTES,
        headers={key[:128]: value[:1024] for key, value in (message.headers or {}).items()},
    )
    # one letter however often it is delivered, and another if it is sent again
    number = message.metadata.sequence.stream
    identity = hashlib.sha256(f"{number} {message.subject}\0".encode() + message.data).hexdigest()[:32]
    try:
        await runtime.bus.publish(
            subjects.dead_letter(runtime.name), codec.encode(letter), msg_id=f"dead:{identity}"
        )
    except (nats.errors.Error, JetStreamError, TimeoutError):
        runtime.log.exception("dead letter not kept", subject=message.subject)
        await _settle(message.nak(delay=5))
        return
    await _settle(message.term())
