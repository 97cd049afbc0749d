"""Connecting to NATS, and publishing so that nothing is asked twice.

Edges of nats-py 2.16 handled here (all reproduced): a connection to a closed port is retried for ever unless
it is bounded from outside, and so is one that is refused, of which only the callback hears; a request that is
not permitted shows only as a timeout; a publish that timed out is still sent after the reconnect, hence a
message id on each.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nats
import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError

from ytarchive.errors import ServerUnavailable

if TYPE_CHECKING:
    from nats.js import JetStreamContext

    from ytarchive.runtime.credentials import Login

MINIMUM_SERVER = (2, 12)
"""The first nats-server with scheduled messages, which carry the durable timers."""

_WRONG_SEQUENCE = (10071, 10164)
_REFUSED = "authorization violation"


class SequenceConflict(Exception):
    """The stream, or the subject, had moved on when we published."""


class Bus:
    """One connection and its JetStream context."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self.problems: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        """What the server complained of outside any request, such as a missing permission."""

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
        headers = {"Nats-Msg-Id": msg_id, **(headers or {})}
        if last_sequence is not None:
            headers["Nats-Expected-Last-Sequence"] = str(last_sequence)
        if last_subject_sequence is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(last_subject_sequence)
        try:
            ack = await self.js.publish(subject, payload, headers=headers)
        except APIError as error:
            if error.err_code in _WRONG_SEQUENCE:
                raise SequenceConflict(subject) from error
            raise
        return ack.seq


@contextlib.asynccontextmanager
async def connect(url: str, login: "Login | None", *, name: str, patience: float = 2.0) -> AsyncIterator[Bus]:
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
            raise ServerUnavailable(
                f"the NATS server at {_without_password(url)} refuses "
                + (f"the login {user!r}" if user else "whoever has no login"),
                hint="YTARCHIVE_NATS_CREDENTIALS names the file with the logins that this server knows; "
                "one that `ytarchive up` started knows those of its start.",
            ) from error
        raise ServerUnavailable(
            f"no NATS server at {_without_password(url)}: {str(error) or 'it does not answer'}",
            hint="`ytarchive up` starts one, `ytarchive run URL` needs none.",
        ) from error
    bus = Bus(client)
    try:
        _check(client)
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


def _without_password(url: str) -> str:
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if scheme else rest.rpartition("@")[2]
