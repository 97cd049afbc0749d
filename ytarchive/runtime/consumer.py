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
from structlog.contextvars import bind_contextvars

from schemas import codec, subjects
from schemas.dead_letters import DeadLetter
from ytarchive.domain.about import about
from ytarchive.runtime.intake import pull
from ytarchive.runtime.outage import is_outage

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig

    from ytarchive.runtime.process import Runtime

DELIVERIES: Final = 5
_KEPT_BYTES: Final = 256 << 10

T = TypeVar("T")


class Delivery(NamedTuple, Generic[T]):
    """One message in hand. `number` counts how often it was delivered, from 1.

    It is message `sequence` of its stream, which the server took `stored_at`.
    """

    body: T
    number: int
    sequence: int
    stored_at: datetime


class NotNow(Exception):
    """The message in hand cannot be handled yet: try again in `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"not now, in {delay:g} s")
        self.delay = delay


async def _at_once() -> None:
    """Fetch whenever a slot is free."""


class Queue(NamedTuple, Generic[T]):
    """A durable consumer and how its messages are read and handled, so many at a time as `slots` says.

    Nothing is fetched before `gate` has returned.
    """

    stream: str
    consumer: "ConsumerConfig"
    codec: codec.Codec[T]
    handle: Callable[[Delivery[T]], Coroutine[Any, Any, None]]
    slots: int | Callable[[], int] = 1
    grace: float = 5.0
    gate: Callable[[], Coroutine[Any, Any, None]] = _at_once


async def serve(runtime: "Runtime", queue: Queue[T]) -> None:
    """Work on a queue until the runtime is stopping. Survives restarts of the server."""
    name = str(queue.consumer.durable_name)
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        hand = _Hand(runtime, queue, group)
        stack.enter_context(runtime.limited(hand.changed.set))
        keeping, stopping = group.create_task(hand.keep()), group.create_task(hand.stop())
        while not runtime.stopping.is_set():
            runtime.liveness.turns(name)
            try:
                await runtime.bus.js.add_consumer(queue.stream, queue.consumer)
                await pull(runtime, queue.stream, name, hand, queue.gate)
            except (nats.errors.Error, OSError) as error:
                runtime.log.warning("queue unavailable", queue=name, error=str(error))
                await runtime.pause(0.5)
        runtime.liveness.rests(name)
        await stopping
        keeping.cancel()


class _Hand(Generic[T]):
    """The messages of a queue that are being handled, each by a task of its own."""

    def __init__(self, runtime: "Runtime", queue: Queue[T], group: asyncio.TaskGroup) -> None:
        self._runtime = runtime
        self._queue = queue
        self._group = group
        self._works: dict[asyncio.Task[None], Msg] = {}
        self.changed = asyncio.Event()

    @property
    def slots(self) -> int:
        """How many there may be now."""
        slots = self._queue.slots
        return slots if isinstance(slots, int) else slots()

    @property
    def free(self) -> int:
        """How many more there may be."""
        return 0 if self._runtime.stopping.is_set() else max(0, self.slots - len(self._works))

    async def take(self, message: "Msg") -> None:
        """Begin to handle a message; or give it back, where it was waited for no longer."""
        if not self.free:
            await _settle(message.nak())
            return
        work = self._group.create_task(_one(self._runtime, self._queue, message))
        self._works[work] = message
        work.add_done_callback(self._done)

    def _done(self, work: "asyncio.Task[None]") -> None:
        del self._works[work]
        self.changed.set()

    async def keep(self) -> None:
        """Tell the server, for ever, that the work goes on, so that nobody else is given it."""
        while True:
            await asyncio.sleep((self._queue.consumer.ack_wait or 30) / 3)
            for message in tuple(self._works.values()):
                await _settle(message.in_progress())

    async def stop(self) -> None:
        """Once the runtime is stopping, give what is being done its grace, and then end it."""
        await self._runtime.stopping.wait()
        self.changed.set()
        if works := set(self._works):
            _, late = await asyncio.wait(works, timeout=self._queue.grace)
            for work in late:
                work.cancel()
            await asyncio.wait(works)


async def _one(runtime: "Runtime", queue: Queue[T], message: "Msg") -> None:
    try:
        await _handled(runtime, queue, message)
    except asyncio.CancelledError:
        this = asyncio.current_task()
        if this and this.cancelling() and not runtime.stopping.is_set():
            raise
        await _settle(message.nak())


async def _handled(runtime: "Runtime", queue: Queue[T], message: "Msg") -> None:
    runtime.bus.clock.hear(message.headers)
    try:
        body = queue.codec.decode(message.data)
    except codec.Undecodable as error:
        await _bury(runtime, message, str(error))
        return
    bind_contextvars(**about(body))  # for every line until it is handled: each message has a task of its own
    job_id = getattr(getattr(body, "body", None), "job_id", None)
    if job_id and job_id not in message.subject.split("."):
        await _bury(runtime, message, f"it is about job {job_id}, and was sent under another's subject")
        return
    known = message.metadata
    delivery = Delivery(body, known.num_delivered, known.sequence.stream, known.timestamp)
    try:
        await queue.handle(delivery)
    except NotNow as later:
        await _settle(message.nak(delay=later.delay))
    except Exception as error:  # noqa: BLE001 - whatever it is, the message is not lost
        await _failed(runtime, message, delivery.number, error)
    else:
        await _settle(message.ack())


async def _failed(runtime: "Runtime", message: "Msg", number: int, error: Exception) -> None:
    if not is_outage(error) or number >= DELIVERIES:
        runtime.log.error("message not handled", subject=message.subject, delivery=number, exc_info=error)
    elif runtime.is_news("away"):
        runtime.log.warning("the server does not answer: what waits for it is tried again", error=str(error))
    if number >= DELIVERIES:
        await _bury(runtime, message, f"not handled in {number} tries: {error}")
    else:
        await _settle(message.nak(delay=min(2.0**number, 30)))


async def _settle(answer: Awaitable[object]) -> None:
    # without a connection the answer is lost: the message comes again, which handlers allow for
    with contextlib.suppress(nats.errors.Error, OSError):
        await answer


async def _bury(runtime: "Runtime", message: "Msg", reason: str) -> None:
    """Keep a message among the dead letters, and only then remove it from its queue."""
    runtime.log.error("dead letter", subject=message.subject, error=reason)
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
