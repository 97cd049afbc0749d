"""The port at which metrics are read: who comes, how they ask, and what is said where it cannot be had."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from tests.prometheus import free_port
from ytarchive.domain.metrics import JOBS, Reading
from ytarchive.runtime import endpoint
from ytarchive.runtime.endpoint import Endpoint
from ytarchive.runtime.logging import configure
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

GET = b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n"


@pytest.fixture
def port() -> int:
    return free_port()


class Archive:
    """What is read at an endpoint, and how often it was."""

    def __init__(self, settings: Settings, port: int, host: str = "127.0.0.1") -> None:
        settings = msgspec.structs.replace(settings, metrics_port=port, metrics_host=host)
        self.host, self.port = host, port
        self.reads, self.broken = 0, False
        self.endpoint = Endpoint(Runtime("tester", settings, configure(None, "info")), self.read)

    async def read(self) -> list[Reading]:
        self.reads += 1
        if self.broken:
            raise RuntimeError("broken")
        return [Reading(JOBS, ("video", "archived"), self.reads)]

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        serving = asyncio.create_task(self.endpoint.run())
        try:
            async with asyncio.timeout(30):
                while not serving.done():
                    with contextlib.suppress(OSError):
                        _, writer = await asyncio.open_connection(self.host, self.port)
                        writer.close()
                        await writer.wait_closed()
                        break
                    await asyncio.sleep(0.01)
            yield
        finally:
            serving.cancel()
            await asyncio.wait({serving})

    async def ask(self, request: bytes = GET, *, ends: bool = False) -> tuple[str, str]:
        """Send a request, which ends there if it `ends`, and give status and body of the answer."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            async with asyncio.timeout(30):
                writer.write(request)
                if ends:
                    writer.write_eof()
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return head.decode().partition("\r\n")[0].partition(" ")[2], body.decode()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
def archive(settings: Settings, port: int) -> Archive:
    return Archive(settings, port)


@pytest.fixture
def lines(archive: Archive) -> Iterator[list[Any]]:
    """What is logged, by loggers that were set up before."""
    with capture_logs() as lines:
        yield lines


async def test_the_metrics_are_a_page_made_at_most_once_a_second(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a second that lasts a minute, so that it matters nothing how long the eight take."""
    fresh = endpoint._FRESH_SECONDS
    assert fresh == 1
    async with archive.served():
        monkeypatch.setattr(endpoint, "_FRESH_SECONDS", 60.0)
        answers = await asyncio.gather(*(archive.ask() for _ in range(8)))
        assert {status for status, _ in answers} == {"200 OK"}
        assert {body.splitlines()[-1] for _, body in answers} == {
            'ytarchive_jobs{kind="video",state="archived"} 1.0'
        }
        monkeypatch.setattr(endpoint, "_FRESH_SECONDS", fresh)
        archive.endpoint._at -= fresh
        assert 'state="archived"} 2.0' in (await archive.ask())[1]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /metrics?a=b HTTP/1.0\r\n\r\n", "200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"GET /../metrics HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        (b"\x16\x03\x01 hello\r\n\r\n", "400 Bad Request"),
        (b"GET /metrics", "400 Bad Request"),
        (b"", "400 Bad Request"),
        (
            b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 30_000 + b"\r\n\r\n",
            "431 Request Header Fields Too Large",
        ),
        (b"x" * 60_000, "431 Request Header Fields Too Large"),
    ],
)
async def test_whatever_else_is_asked_is_refused_in_a_word(
    archive: Archive, request_: bytes, status: str
) -> None:
    async with archive.served():
        assert (await archive.ask(request_, ends=True))[0] == status


async def test_numbers_that_cannot_be_had_are_an_error_told_in_the_log(
    archive: Archive, lines: list[Any]
) -> None:
    archive.broken = True
    async with archive.served():
        assert (await archive.ask())[0] == "500 Internal Server Error"
        archive.broken = False
        assert (await archive.ask())[0] == "200 OK"
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["no metrics this time"]


async def test_who_is_slow_is_let_go_and_nobody_waits_for_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a hundred who send their requests byte by byte, when somebody asks, then it is told to come
    again; once they are let go it is answered. The actor's loop turns all the while."""
    monkeypatch.setattr(endpoint, "_SECONDS", 3.0)
    turns, late = 0, 0.0

    async def turn() -> None:
        nonlocal turns, late
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            turns, late = turns + 1, max(late, loop.time() - before)

    async with archive.served():
        turning = asyncio.create_task(turn())
        with contextlib.ExitStack() as slow:
            for _ in range(100):
                connection = socket.create_connection((archive.host, archive.port))
                slow.enter_context(connection).sendall(GET[:10])
            async with asyncio.timeout(30):
                while archive.endpoint._connections < endpoint._CONNECTIONS:
                    await asyncio.sleep(0.01)
            with contextlib.suppress(ConnectionError):  # what it asks is not even read
                assert (await archive.ask())[0] == "503 Service Unavailable"
            async with asyncio.timeout(30):
                while archive.endpoint._connections:
                    await asyncio.sleep(0.02)
            assert (await archive.ask())[0] == "200 OK"
        turning.cancel()
    assert turns > 20
    assert late < 1


async def test_who_does_not_read_the_answer_is_let_go(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_SECONDS", 1.0)
    async with archive.served():
        with socket.create_connection((archive.host, archive.port)) as connection:
            connection.sendall(GET)
            async with asyncio.timeout(30):
                while archive.endpoint._connections or not archive.reads:
                    await asyncio.sleep(0.02)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")


async def test_a_port_in_use_is_said_once_and_taken_when_it_is_free(
    archive: Archive, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_AGAIN_SECONDS", 0.05)
    with socket.create_server((archive.host, archive.port)):
        serving = asyncio.create_task(archive.endpoint.run())
        async with asyncio.timeout(30):
            while not lines:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # for some more tries
        trouble = archive.endpoint._runtime.pulse.beat().trouble
        assert trouble == f"metrics are not served at port {archive.port}: address already in use"
    try:
        async with asyncio.timeout(30):
            while not any(line["event"] == "metrics are served" for line in lines):
                await asyncio.sleep(0.02)
        assert (await archive.ask())[0] == "200 OK"
        assert archive.endpoint._runtime.pulse.beat().trouble == ""
    finally:
        serving.cancel()
        await asyncio.wait({serving})
    failed, served = lines
    assert (failed["log_level"], failed["event"]) == (
        "error",
        "metrics are not served, the work goes on without",
    )
    assert failed["error"] == f"127.0.0.1:{archive.port}: address already in use"
    assert "YTARCHIVE_METRICS_PORT" in failed["hint"]
    assert served["url"] == f"http://127.0.0.1:{archive.port}/metrics"


async def test_who_gives_the_endpoint_up_is_not_without_it(archive: Archive) -> None:
    pulse = archive.endpoint._runtime.pulse
    with socket.create_server((archive.host, archive.port)):
        serving = asyncio.create_task(archive.endpoint.run())
        async with asyncio.timeout(30):
            while not pulse.trouble:
                await asyncio.sleep(0.01)
        serving.cancel()
        await asyncio.wait({serving})
    assert pulse.trouble == ""


@pytest.mark.parametrize(("number", "setting"), [(errno.EACCES, "PORT"), (errno.EADDRNOTAVAIL, "HOST")])
def test_what_can_be_changed_about_it_is_named(number: int, setting: str) -> None:
    assert f"YTARCHIVE_METRICS_{setting} can name another" in endpoint._hint(OSError(number, "not so"))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "198.51.100.7", "x" * 70 + ".invalid"])
async def test_a_host_that_is_not_ours_is_said(settings: Settings, port: int, host: str) -> None:
    archive = Archive(settings, port, host)
    with capture_logs() as lines:
        serving = asyncio.create_task(archive.endpoint.run())
        async with asyncio.timeout(30):
            while not lines:
                await asyncio.sleep(0.02)
        serving.cancel()
        await asyncio.wait({serving})
    assert lines[0]["error"]
    assert "YTARCHIVE_METRICS_HOST" in lines[0]["hint"]


@pytest.mark.parametrize("host", ["::1", "localhost"])
async def test_loopback_has_other_names_too(settings: Settings, port: int, host: str) -> None:
    archive = Archive(settings, port, host)
    with capture_logs() as lines:
        async with archive.served():
            assert (await archive.ask())[0] == "200 OK"
    shown = "[::1]" if host == "::1" else host
    assert [(line["log_level"], line["url"]) for line in lines] == [
        ("info", f"http://{shown}:{port}/metrics")
    ]


def test_that_others_can_read_them_is_warned_of(settings: Settings) -> None:
    archive = Archive(settings, 9464, "192.0.2.1")
    with capture_logs() as lines:
        archive.endpoint._say()
    assert [(line["log_level"], line["url"]) for line in lines] == [
        ("warning", "http://192.0.2.1:9464/metrics")
    ]
