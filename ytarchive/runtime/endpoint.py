"""Where Prometheus reads metrics: ``GET /metrics`` on a port of its own, beside the work, never in its way.

The page is made on the event loop, from what the actor knows at that moment, and no more often than once a
second. Whoever is slow, asks for too much or comes too often is let go: the number of connections, what they
may send and how long they may take have limits.
"""

import asyncio
import errno
import ipaddress
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from ytarchive.domain.metrics import Reading

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_CONNECTIONS: Final = 16
_REQUEST_BYTES: Final = 8 << 10
_LAST_READS: Final = 8
_SECONDS: Final = 5.0
"""For which a connection may last."""
_FRESH_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0
"""After which a port that could not be had is tried again."""
_REQUEST: Final = re.compile(rb"([A-Z]+) (/[^ ?]*)(?:\?[^ ]*)? HTTP/1\.[01]\r\n")

Read = Callable[[], Awaitable[Iterable[Reading]]]


class Answer(NamedTuple):
    """What is sent back, as a page or in a word."""

    status: str
    body: bytes
    content_type: str = "text/plain; charset=utf-8"

    @property
    def message(self) -> bytes:
        """The whole of it in HTTP/1.1."""
        size = len(self.body)
        head = f"Content-Type: {self.content_type}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        return f"HTTP/1.1 {self.status}\r\n{head}".encode() + self.body


_UNREADABLE: Final = Answer("400 Bad Request", b"this is no request\n")
_ELSEWHERE: Final = Answer("404 Not Found", b"the metrics are at /metrics\n")
_NO_OTHER: Final = Answer("405 Method Not Allowed", b"there is nothing here but to be read\n")
_TOO_LARGE: Final = Answer("431 Request Header Fields Too Large", b"the request is too large\n")
_FAILED: Final = Answer("500 Internal Server Error", b"the log of this actor tells why\n")
_BUSY: Final = Answer("503 Service Unavailable", b"too many ask at the same time\n")


class Endpoint:
    """Serves what `read` gives, where the settings say."""

    def __init__(self, runtime: "Runtime", read: Read) -> None:
        self._runtime, self._read = runtime, read
        self._host, self._port = runtime.settings.metrics_host, runtime.settings.metrics_port
        self._connections = 0
        self._making = asyncio.Lock()
        self._page, self._at = b"", float("-inf")

    async def run(self) -> None:
        """Serve until cancelled. Where the port cannot be had that is said, and it is tried again."""
        try:
            await self._serve()
        finally:
            self._runtime.pulse.troubles.pop("metrics", None)  # nobody wants the port any longer

    async def _serve(self) -> None:
        said = ""
        while True:
            try:
                server = await asyncio.start_server(
                    self._connected, self._host, self._port, limit=_REQUEST_BYTES
                )
            except (OSError, UnicodeError) as error:
                if (why := _reason(error)) != said:
                    self._runtime.log.error(  # noqa: TRY400 - a traceback tells nothing more
                        "metrics are not served, the work goes on without",
                        error=f"{self._host}:{self._port}: {why}",
                        hint=_hint(error),
                    )
                said = why
                self._runtime.pulse.troubles["metrics"] = (
                    f"metrics are not served at port {self._port}: {why}"
                )
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._runtime.pulse.troubles.pop("metrics", None)
            try:
                self._say()
                await asyncio.get_running_loop().create_future()  # for ever
            finally:
                server.close()

    def _say(self) -> None:
        url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}/metrics"
        if _is_loopback(self._host):
            self._runtime.log.info("metrics are served", url=url)
        else:
            self._runtime.log.warning("metrics are served to everybody who can reach this address", url=url)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= _CONNECTIONS:
            writer.write(_BUSY.message)
            writer.close()
            return
        self._connections += 1
        try:
            async with asyncio.timeout(_SECONDS):
                writer.write((await self._answer(reader)).message)
                writer.write_eof()
                await writer.drain()
                for _ in range(_LAST_READS):  # what is left unread would take the answer back
                    if not await reader.read(_REQUEST_BYTES):
                        break
        except (TimeoutError, OSError, asyncio.CancelledError):
            pass  # asyncio would complain of one that was cancelled, which happens only at the actor's end
        finally:
            self._connections -= 1
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        try:
            request = _REQUEST.match(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError:
            return _UNREADABLE
        except asyncio.LimitOverrunError:
            return _TOO_LARGE
        match request and request.groups():
            case (b"GET", b"/metrics"):
                return await self._metrics()
            case (b"GET", _):
                return _ELSEWHERE
            case (_, _):
                return _NO_OTHER
            case _:
                return _UNREADABLE

    async def _metrics(self) -> Answer:
        """Give the page, as it is or was a moment ago."""
        from ytarchive.runtime import exposition  # noqa: PLC0415 - 37 ms, 1.7 MB: most have no port, and spare it

        async with self._making:
            if time.monotonic() - self._at >= _FRESH_SECONDS:
                try:
                    self._page = exposition.page(await self._read())
                except Exception:
                    self._runtime.log.exception("no metrics this time")
                    return _FAILED
                self._at = time.monotonic()
            return Answer("200 OK", self._page, exposition.CONTENT_TYPE)


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    if error.errno and error.errno > 0:  # asyncio tells of the address too, as Python writes it
        return os.strerror(error.errno).lower()
    return error.strerror or str(error)


def _hint(error: Exception) -> str:
    of_port = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES)
    setting = "YTARCHIVE_METRICS_PORT" if of_port else "YTARCHIVE_METRICS_HOST"
    return f"{setting} can name another; this one is tried again every {_AGAIN_SECONDS:g} s."


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
