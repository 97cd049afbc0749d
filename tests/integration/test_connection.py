"""Connecting, and leaving, on a real server, and where there is none."""

import asyncio
import time

import nats.errors
import pytest

from schemas import subjects
from tests.nats import NatsServer
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import connection
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import Login

SUBJECT = subjects.event("job", "0123456789abcdef")
NOBODY = "nats://somebody:secret@127.0.0.1:1"


async def test_no_server_is_said_within_the_patience_and_without_the_password() -> None:
    started = time.monotonic()
    with pytest.raises(ServerUnavailable, match=r"nats://127\.0\.0\.1:1: nobody listens there$") as refused:
        async with connect(NOBODY, None, name="test", patience=0.5):
            pass
    assert time.monotonic() - started < 1.5
    assert "secret" not in str(refused.value)
    assert "YTARCHIVE_NATS_URL" in refused.value.hint  # `up` starts none where another is named


async def test_a_server_that_hangs_is_told_from_one_that_is_not_there() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    with pytest.raises(ServerUnavailable, match="is there, and does not answer") as refused:
        async with connect(f"nats://127.0.0.1:{port}", None, name="test", patience=0.5):
            pass
    assert "starts one" not in refused.value.hint
    await asyncio.sleep(0.1)
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize(
    ("login", "user", "who"),
    [
        (Login("cli", "wrong"), "", "the login 'cli'"),
        (None, "cli:wrong@", "the login 'cli'"),
        (None, "", "whoever has no login"),
    ],
    ids=["by file", "by address", "without"],
)
async def test_a_login_that_the_server_refuses_is_named_at_once_and_what_to_do(
    login: Login | None, user: str, who: str
) -> None:
    with NatsServer(authorization={"user": "cli", "password": "right"}) as server:
        url = server.url.replace("://", f"://{user}")
        started = time.monotonic()
        with pytest.raises(ServerUnavailable) as refused:
            async with connect(url, login, name="test", patience=60):
                pass
        assert time.monotonic() - started < 30
        assert str(refused.value) == f"the NATS server at {server.url} refuses {who}"
        assert "YTARCHIVE_NATS_CREDENTIALS" in refused.value.hint
        async with connect(server.url, Login("cli", "right"), name="test"):
            pass


async def test_a_server_older_than_the_durable_timers_is_refused(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MINIMUM_SERVER", (99, 1))
    with pytest.raises(ServerUnavailable, match=r"nats-server 2\.\d+\.\d+ is too old: 99\.1 or newer"):
        async with connect(nats_url, None, name="test"):
            pass


async def test_a_server_without_jetstream_is_refused() -> None:
    with NatsServer(jetstream=False) as server, pytest.raises(ServerUnavailable, match="without JetStream"):
        async with connect(server.url, None, name="test"):
            pass


async def test_a_connection_outlives_a_crash_of_the_server(nats_server: NatsServer, own_bus: Bus) -> None:
    await own_bus.publish(SUBJECT, b"before", msg_id="before")
    nats_server.restart()
    async with asyncio.timeout(20):  # what the client sends before it notices is lost without a word
        while not own_bus.client.stats["reconnects"]:
            await asyncio.sleep(0.01)
    assert await own_bus.publish(SUBJECT, b"after", msg_id="after") == 2


async def test_leaving_a_connection_whose_server_died_takes_no_more_than_a_moment(
    nats_server: NatsServer,
) -> None:
    async with connect(nats_server.url, None, name="test"):
        nats_server.kill()
        started = time.monotonic()
    assert time.monotonic() - started < 3.5


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TimeoutError(), "it does not answer in time"),
        (nats.errors.TimeoutError(), "it does not answer in time"),
        (ConnectionResetError(104, "Connection reset by peer"), "it broke the connection"),
        (ConnectionRefusedError(111, "Connect call failed"), "nobody listens there"),
        (nats.errors.UnexpectedEOF(), "it broke the connection"),
        (nats.errors.StaleConnectionError(), "stale connection"),
        (OSError(113, "No route to host"), "No route to host"),
        (ValueError(), "ValueError"),
    ],
)
def test_what_a_connection_suffers_is_said_in_words(error: Exception, said: str) -> None:
    assert connection.in_words(error) == said
