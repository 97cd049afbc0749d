"""The event log on a JetStream stream: append one commit, read from anywhere.

An append states the sequence of the stream's last message it knows. So whoever decides has seen everything
there is: a second jobs actor, or a forged message, cannot slip in between, and facts about many jobs at once
("this video is archived already") are as safe as facts about one. After a conflict, or when no answer came,
reading on from the last known sequence tells what happened: no guess is made.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import nats.errors
from nats.js.errors import APIError

from schemas import codec, subjects
from schemas.envelope import Commit
from ytarchive.domain.log_file import Stored
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Outgoing, SequenceConflict

if TYPE_CHECKING:
    from datetime import datetime

    from nats.aio.msg import Msg

    from schemas.events import Event
    from ytarchive.domain.replay import Head
    from ytarchive.runtime.bus import Bus

BATCH = 2048
BATCH_BYTES = 8 << 20
_END_OF_BATCH, _NOT_FOUND = "204", "404"
_SILENCE_SECONDS = 5.0


class Entry(NamedTuple):
    """One message of the log as it is stored."""

    sequence: int
    subject: str
    payload: bytes


class LogMoved(Exception):
    """Somebody else appended since we read: read on, and decide again."""


async def read(
    bus: "Bus", *, after: int = 0, subject: str = subjects.EVENTS, stream: str = topology.EVENTS
) -> AsyncGenerator[Entry, None]:
    """Give the messages stored after sequence `after`, oldest first, to the end there is now.

    Batches of direct gets: no consumer to create, nothing to resume after a restart of the server.
    Raises TimeoutError when the server does not answer.
    """
    async for messages in _batches(bus, after, subject, stream):
        for message in messages:
            yield _entry(message)


async def read_stored(
    bus: "Bus", *, after: int = 0, subject: str = subjects.EVENTS, stream: str = topology.EVENTS
) -> AsyncGenerator[Stored, None]:
    """Give the messages likewise, with all that makes a copy of the log. Raises TimeoutError."""
    async for messages in _batches(bus, after, subject, stream):
        for message in messages:
            headers = message.headers or {}
            yield Stored(*_entry(message), headers["Nats-Time-Stamp"], headers.get("Nats-Msg-Id", ""))


async def _batches(bus: "Bus", after: int, subject: str, stream: str) -> "AsyncGenerator[list[Msg], None]":
    while batch := await _batch(bus, after + 1, subject, stream):
        yield batch
        after = _entry(batch[-1]).sequence  # a batch that is not full may have ended for its bytes


async def _batch(bus: "Bus", start: int, subject: str, stream: str) -> "list[Msg]":
    """Give the next messages from `start` on, or none at the end of the stream.

    A callback takes them: to await each in turn would cost more than to read it.
    """
    client = bus.client
    inbox = client.new_inbox()
    received: list[Msg] = []
    ended = asyncio.Event()

    async def take(message: "Msg") -> None:
        received.append(message)
        if "Status" in (message.headers or {}):
            ended.set()

    replies = await client.subscribe(inbox, cb=take, pending_msgs_limit=0, pending_bytes_limit=0)
    try:
        wanted = {"batch": BATCH, "max_bytes": BATCH_BYTES, "seq": start, "next_by_subj": subject}
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(wanted).encode(), reply=inbox)
        await _steadily(received, ended)
    finally:
        with contextlib.suppress(nats.errors.Error):  # the connection may be gone before us
            await replies.unsubscribe()
    *messages, last = received
    headers = last.headers or {}
    if (status := headers["Status"]) not in (_END_OF_BATCH, _NOT_FOUND):
        raise APIError(code=int(status), description=headers.get("Description"))
    if messages:
        bus.clock.hear(messages[-1].headers)
    return messages


async def _steadily(received: "list[Msg]", ended: asyncio.Event) -> None:
    """Wait for the end. Raises TimeoutError when nothing more comes."""
    while not ended.is_set():
        number = len(received)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _SILENCE_SECONDS)
        if len(received) == number:
            raise TimeoutError("the server does not go on with what it was asked to read")


def _entry(message: "Msg") -> Entry:
    headers = message.headers or {}
    return Entry(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data)


async def last_sequence(bus: "Bus", stream: str = topology.EVENTS) -> int:
    """Give the sequence of the newest message."""
    return (await bus.js.stream_info(stream)).state.last_seq


class Decision(NamedTuple):
    """What one decision recorded about one aggregate, which stands at `head`."""

    aggregate: str
    aggregate_id: str
    head: "Head"
    events: "tuple[Event, ...]"
    correlation_id: str
    causation_id: str


async def append(bus: "Bus", decisions: "Sequence[Decision]", *, last: int, at: "datetime") -> list[Entry]:
    """Append one commit each for decisions about different aggregates, if `last` is still the end of the log.

    Raises `LogMoved` when it is not, and TimeoutError when no answer came: which of them were stored is then
    told by reading on. The message id is the hash of the content, so the same commit is never stored twice.

    They are sent one behind the other, and each names the one it has to be stored behind. Its sequence is
    reached where somebody else appends meanwhile, too.
    """
    first, *others = (_outgoing(decision, at) for decision in decisions)
    messages = [first._replace(last_sequence=last)]
    for message in others:
        messages.append(message._replace(behind=messages[-1].msg_id))
    try:
        sequences = await bus.publish_all(messages)
    except nats.errors.TimeoutError as error:
        raise TimeoutError(f"no answer to the append to {messages[0].subject}") from error
    entries: list[Entry] = []
    for message, sequence in zip(messages, sequences, strict=True):
        if isinstance(sequence, SequenceConflict):
            raise LogMoved(message.subject) from sequence
        entries.append(Entry(sequence, message.subject, message.payload))
    return entries


def _outgoing(decision: Decision, at: "datetime") -> Outgoing:
    payload = codec.encode(
        Commit(
            aggregate=decision.aggregate,
            aggregate_id=decision.aggregate_id,
            version=decision.head.version + 1,
            previous=decision.head.digest,
            at=at,
            correlation_id=decision.correlation_id,
            causation_id=decision.causation_id,
            events=decision.events,
        )
    )
    return Outgoing(
        subjects.event(decision.aggregate, decision.aggregate_id),
        payload,
        hashlib.sha256(payload).hexdigest()[:32],
    )


async def follow(
    bus: "Bus", *, after: int, subject: str, stream: str = topology.EVENTS, interval: float = 1.0
) -> AsyncGenerator[Entry, None]:
    """Give messages after `after`, and then new ones for ever, across restarts of the server."""
    messages = follow_stored(bus, after=after, subject=subject, stream=stream, interval=interval)
    async with contextlib.aclosing(messages):
        async for stored in messages:
            yield Entry(*stored[:3])


async def follow_stored(
    bus: "Bus", *, after: int, subject: str, stream: str = topology.EVENTS, interval: float = 1.0
) -> AsyncGenerator[Stored, None]:
    """Give the messages likewise, with all that makes a copy of the log.

    What is published is only a hint to read on: it is also seen when the append was refused.
    """
    hint = asyncio.Event()

    async def wake(_message: object) -> None:
        hint.set()

    subscription = await bus.client.subscribe(subject, cb=wake)
    try:
        while True:
            hint.clear()
            try:
                async for stored in read_stored(bus, after=after, subject=subject, stream=stream):
                    after = stored.sequence
                    yield stored
            except (TimeoutError, nats.errors.Error):
                await asyncio.sleep(interval)
                continue
            try:
                await asyncio.wait_for(hint.wait(), interval)
                await asyncio.sleep(0.005)  # the hint is sent before the message is stored
            except TimeoutError:
                pass
    finally:
        with contextlib.suppress(nats.errors.Error):  # the connection may be gone before us
            await subscription.unsubscribe()
