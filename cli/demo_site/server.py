"""The site itself: a server on loopback that sends everything at a steady, limited rate."""

import contextlib
import re
import socket
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any, Final, Self

from cli.demo_site.clips import CLIPS, make
from cli.demo_site.pages import Resource, page_path, resources

BYTES_PER_SECOND: Final = 1_200_000
"""So that a video takes between two and three seconds."""

SETTINGS: Final = {
    "sites": "generic",
    "ytdlp_options": "--proxy '' --no-resize-buffer --buffer-size 32K",
}
"""The settings under which it is archived: asked directly, whatever proxy there is, and read in small pieces,
so that progress is smooth."""

_TICK: Final = 0.02
"""Seconds between two portions of an answer."""


class DemoSite:
    """A running site: ``with DemoSite.start(folder) as site``. `urls` are the pages of its videos."""

    def __init__(self, server: "_Server") -> None:
        self.urls = tuple(f"{server.origin}{page_path(clip)}" for clip in CLIPS)
        self._server = server
        self._thread = Thread(target=server.serve_forever, args=(_TICK,), name="demo site")
        self._thread.start()

    @classmethod
    def start(cls, folder: Path, *, bytes_per_second: int = BYTES_PER_SECOND) -> Self:
        """Make the videos in `folder`, about 2 s, and serve them on a free port.

        `bytes_per_second` limits each connection by itself. Raises `YtarchiveError` where ffmpeg cannot.
        """
        reels = make(CLIPS, folder)
        server = _Server(bytes_per_second)
        for clip, reel in zip(CLIPS, reels, strict=True):
            server.resources |= resources(clip, reel, server.origin)
        return cls(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and all its connections. No thread is left."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them

    def __init__(self, bytes_per_second: int) -> None:
        self.bytes_per_second = bytes_per_second
        self.resources: dict[str, Resource] = {}
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # the one in between asks the network for this machine's name

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        for connection in self.connections.copy():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client is gone, or the site closes
            super().handle()

    def do_GET(self) -> None:
        resource = self.server.resources.get(self.path)
        if resource is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        size, start, end = len(resource.body), 0, len(resource.body)
        status = HTTPStatus.OK
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted:
            start, end = int(wanted[1]), min(int(wanted[2] or size) + 1, size)
            status = HTTPStatus.PARTIAL_CONTENT if start < end else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        self.send_response(status)
        self.send_header("Content-Type", resource.type)
        self.send_header("Accept-Ranges", "bytes")
        if wanted:
            self.send_header("Content-Range", f"bytes {f'{start}-{end - 1}' if start < end else '*'}/{size}")
        self.send_header("Content-Length", str(max(0, end - start)))
        self.end_headers()
        self._send(resource.body[start:end])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing: the terminal is the demo's."""

    def _send(self, body: bytes) -> None:
        rate, began = self.server.bytes_per_second, time.monotonic()
        portion = max(1, int(rate * _TICK))
        for at in range(0, len(body), portion):
            time.sleep(max(0, began + at / rate - time.monotonic()))
            self.wfile.write(body[at : at + portion])
