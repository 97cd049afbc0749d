"""Publishing over NATS so that nothing is asked twice.

Edges of nats-py 2.16 handled here (both reproduced): a request that is not permitted shows only as a timeout;
a publish that timed out is still sent after the reconnect, hence a message id on each.
"""

import asyncio
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import nats.errors
from nats.js.errors import APIError, NoStreamResponseError

from ytarchive.runtime import waiting
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.server_clock import ServerClock

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

waiting.mend()  # whoever waits for NATS comes by here

_MOVED_ON = (10070, 10071, 10164)


class SequenceConflict(Exception):
    """The stream, or the subject, had moved on when we published."""


class Outgoing(NamedTuple):
    """A message on its way to a stream, and where that must stand for it to be taken."""

    subject: str
    payload: bytes
    msg_id: str
    last_sequence: int | None = None
    last_subject_sequence: int | None = None
    headers: dict[str, str] = {}
    behind: str = ""
    """The id of the message that has to be the stream's last; any, where this is empty."""

    def all_headers(self) -> dict[str, str]:
        """Give its headers as they are sent."""
        headers = {"Nats-Msg-Id": self.msg_id, **self.headers}
        if self.last_sequence is not None:
            headers["Nats-Expected-Last-Sequence"] = str(self.last_sequence)
        if self.last_subject_sequence is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(self.last_subject_sequence)
        if self.behind:
            headers["Nats-Expected-Last-Msg-Id"] = self.behind
        return headers


class _Refusal(msgspec.Struct):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Ack(msgspec.Struct):
    """What the server answers to a message for a stream."""

    seq: int = 0
    error: _Refusal | None = None


_acks: Final = msgspec.json.Decoder(_Ack)
_ANSWER_SECONDS: Final = 5.0


class Bus:
    """One connection and its JetStream context."""

    def __init__(self, client: "Client", clock: Clock | None = None) -> None:
        self.client = client
        self.clock = clock or Clock()
        """Stamps what is published here; who receives a message lets it hear the headers."""
        self.server_clock = ServerClock(self)
        self._inbox = client.new_inbox()
        self._unanswered: dict[str, asyncio.Future[Msg]] = {}
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self.problems: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        """What the server complained of outside any request, such as a missing permission."""
        self.refused = False
        """Whether the server did not let us in again when we last tried."""

    async def listen(self) -> None:
        """Hear what streams answer. Once, before anything is published."""
        await self.client.subscribe(f"{self._inbox}.*", cb=self._answered)

    async def publish(
        self,
        subject: str,
        payload: bytes,
        *,
        msg_id: str,
        last_sequence: int | None = None,
        last_subject_sequence: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> int:
        """Publish to a stream and give the sequence. Raises `SequenceConflict`, or a nats error."""
        message = Outgoing(subject, payload, msg_id, last_sequence, last_subject_sequence, headers or {})
        (answer,) = await self.publish_all([message])
        if isinstance(answer, SequenceConflict):
            raise answer
        return answer

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[int | SequenceConflict]:
        """Publish to streams in this order, without waiting for each: the server answers as fast as it syncs.

        Gives the sequence of each, or that the stream was not where it had to be. Raises a nats error where
        another answer, or none, came to any: what became of the others is then not known.
        """
        loop = asyncio.get_running_loop()
        answers = {f"{self._inbox}.{next(_numbers)}": loop.create_future() for _ in messages}
        self._unanswered |= answers
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                for message, inbox in zip(messages, answers, strict=True):
                    await self.client.publish(
                        message.subject,
                        message.payload,
                        reply=inbox,
                        headers=message.all_headers() | self.clock.headers(),
                    )
                return [
                    _outcome(await answer, message.subject)
                    for message, answer in zip(messages, answers.values(), strict=True)
                ]
        except TimeoutError as error:
            raise nats.errors.TimeoutError from error
        finally:
            for inbox in answers:
                del self._unanswered[inbox]

    async def signal(self, subject: str, payload: bytes = b"") -> None:
        """Say something to whoever listens at the moment. It is kept nowhere."""
        await self.client.publish(subject, payload, headers=self.clock.headers())

    async def _answered(self, message: "Msg") -> None:
        waiting = self._unanswered.get(message.subject)
        if waiting and not waiting.done():
            waiting.set_result(message)


_numbers: Final = itertools.count()


def _outcome(answer: "Msg", subject: str) -> int | SequenceConflict:
    if (answer.headers or {}).get("Status") == "503":
        raise NoStreamResponseError
    ack = _acks.decode(answer.data)
    if not ack.error:
        return ack.seq
    if ack.error.err_code in _MOVED_ON:
        return SequenceConflict(subject)
    raise APIError(code=ack.error.code, err_code=ack.error.err_code, description=ack.error.description)
