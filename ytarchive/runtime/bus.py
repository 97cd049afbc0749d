"""Connecting to NATS, and publishing so that nothing is asked twice.

Edges of nats-py 2.16 handled here (all reproduced): a connection to a closed port is retried for ever unless
it is bounded from outside, and so is one that is refused, of which only the callback hears; a request that is
not permitted shows only as a timeout; a publish that timed out is still sent after the reconnect, hence a
message id on each.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
import nats
import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, NoStreamResponseError

from ytarchive.errors import Refused, ServerUnavailable
from ytarchive.passwords import STARS, address_without_login
from ytarchive.runtime import waiting
from ytarchive.runtime.clock import Clock

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

    from ytarchive.runtime.credentials import Login

waiting.mend()  # whoever waits for NATS comes by here

MINIMUM_SERVER = (2, 12)
"""The first nats-server with scheduled messages, which carry the durable timers."""

_MOVED_ON = (10070, 10071, 10164)
_REFUSED = "authorization violation"


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

    def __init__(self, client: Client, clock: Clock | None = None) -> None:
        self.client = client
        self.clock = clock or Clock()
        """Stamps what is published here; who receives a message lets it hear the headers."""
        self._inbox = client.new_inbox()
        self._unanswered: dict[str, asyncio.Future[Msg]] = {}
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self.problems: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        """What the server complained of outside any request, such as a missing permission."""

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


@contextlib.asynccontextmanager
async def connect(
    url: str, login: "Login | None", *, name: str, patience: float = 2.0, clock: Clock | None = None
) -> AsyncIterator[Bus]:
    """Connect, and reconnect for ever once connected.

    Raises `ServerUnavailable` when there is no server within `patience` seconds, when it refuses us, when it
    is too old or without JetStream.
    """
    client = Client()
    bus: Bus | None = None

    async def noted(error: Exception) -> None:
        if not bus and _REFUSED in str(error).lower():
            raise error  # out of the attempts to connect, of which none would end otherwise
        if bus and not bus.problems.full():
            bus.problems.put_nowait(str(error) or type(error).__name__)

    try:
        await asyncio.wait_for(
            client.connect(
                url,
                name=name,
                user=login.user if login else None,
                password=login.password if login else None,
                inbox_prefix=f"_INBOX.{login.user}" if login else "_INBOX",
                error_cb=noted,
                connect_timeout=max(1, int(patience)),
                reconnect_time_wait=0.25,  # type: ignore[arg-type]  # seconds, and fractions work
                max_reconnect_attempts=-1,
                ping_interval=10,
                drain_timeout=5,
            ),
            patience,
        )
    except (TimeoutError, OSError, nats.errors.Error) as error:
        await _close(client)
        if _REFUSED in str(error).lower():
            user = login.user if login else urlsplit(url).username
            raise Refused(
                f"the NATS server at {_where(url)} refuses "
                + (f"the login {user!r}" if user else "whoever has no login"),
                hint="YTARCHIVE_NATS_CREDENTIALS names the file with the logins that this server knows; "
                "one that `ytarchive up` started knows those of its start.",
            ) from error
        raise ServerUnavailable(
            f"no NATS server at {_where(url)}: {str(error) or 'it does not answer'}",
            hint="`ytarchive up` starts one, `ytarchive run URL` needs none.",
        ) from error
    bus = Bus(client, clock)
    try:
        _check(client)
        await bus.listen()
        yield bus
    finally:
        await _close(client)


def _check(client: Client) -> None:
    found = client.connected_server_version
    if (found.major, found.minor) < MINIMUM_SERVER:
        raise ServerUnavailable(
            f"nats-server {found.major}.{found.minor}.{found.patch} is too old: "
            f"{'.'.join(map(str, MINIMUM_SERVER))} or newer is needed",
            hint="Upgrade the server, or leave YTARCHIVE_NATS_URL empty to run the one that comes with us.",
        )
    if not client._server_info.get("jetstream"):  # noqa: SLF001 - asking JetStream itself needs a permission
        raise ServerUnavailable(
            "the NATS server runs without JetStream",
            hint="Start it with `-js`, or enable it in its configuration.",
        )


async def _close(client: Client) -> None:
    # close() can raise after the server's death, and hang in a half-open connection
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.close(), 3)


def _where(url: str) -> str:
    return address_without_login(url).replace(f"{STARS}@", "")
