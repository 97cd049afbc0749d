"""Connecting to NATS, in a given time or not at all, and leaving whatever has become of the server.

Edges of nats-py 2.16 handled here (all reproduced): a connection to a closed port is retried for ever unless
it is bounded from outside, and so is one that is refused, of which only the callback hears.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client

from ytarchive.errors import Refused, ServerUnavailable
from ytarchive.passwords import STARS, address_without_login
from ytarchive.runtime.bus import Bus

if TYPE_CHECKING:
    from ytarchive.runtime.clock import Clock
    from ytarchive.runtime.credentials import Login

MINIMUM_SERVER = (2, 12)
"""The first nats-server with scheduled messages, which carry the durable timers."""

_REFUSED = "authorization violation"
_LISTENS_SECONDS = 1.0


@contextlib.asynccontextmanager
async def connect(
    url: str, login: "Login | None", *, name: str, patience: float = 2.0, clock: "Clock | None" = None
) -> AsyncIterator[Bus]:
    """Connect, and reconnect for ever once connected.

    Raises `ServerUnavailable` when there is no server within `patience` seconds, when it refuses us, when it
    is too old or without JetStream.
    """
    client = Client()
    bus: Bus | None = None
    heard: Exception | None = None

    async def noted(error: Exception) -> None:
        nonlocal heard
        heard = error
        if refused := _REFUSED in str(error).lower():
            if not bus:
                raise error  # out of the attempts to connect, of which none would end otherwise
            bus.refused = True
        if bus and not refused and not bus.problems.full():
            bus.problems.put_nowait(in_words(error))

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
        if await _is_there(url):
            raise ServerUnavailable(
                f"the NATS server at {_where(url)} is there, and does not answer",
                hint="It hangs, or has too much to do. `ytarchive up` starts its own again where that hangs; "
                "of another, whoever runs it has the log.",
            ) from error
        raise ServerUnavailable(
            f"no NATS server at {_where(url)}: {in_words(heard or error)}",
            hint="Start it, if YTARCHIVE_NATS_URL names it, or name another there; "
            "`ytarchive up` starts ours.",
        ) from error
    bus = Bus(client, clock)
    try:
        _check(client)
        await bus.listen()
        yield bus
    finally:
        await _close(client)


def in_words(error: Exception) -> str:
    """Say why a server could not be talked to."""
    match error:
        case TimeoutError():
            return "it does not answer in time"
        case ConnectionRefusedError():
            return "nobody listens there"
        case ConnectionError() | nats.errors.UnexpectedEOF():
            return "it broke the connection"
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case _:
            return str(error).removeprefix("nats: ") or type(error).__name__


async def _is_there(url: str) -> bool:
    """Tell whether somebody listens, which the system answers for a server that hangs."""
    with contextlib.suppress(OSError, ValueError):
        async with asyncio.timeout(_LISTENS_SECONDS):
            address = urlsplit(url)
            _, writer = await asyncio.open_connection(address.hostname, address.port or 4222)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()  # or the socket outlives the loop
            return True
    return False


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
