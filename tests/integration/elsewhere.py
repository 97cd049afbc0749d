"""A site that yt-dlp knows nothing of, as a fixture: pages, feeds, redirects, files, and every status."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec
import pytest

from ytarchive.settings import Settings

ITEM = "<item><title>{0}</title><link>{1}/media/{0}.mp4</link></item>"
FEED = "<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>{}</channel></rss>"


class Site(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
            return
        if self.path.startswith("/status/"):
            self.answer(int(self.path.removeprefix("/status/")))
            return
        if self.path == "/page":
            self.answer(200, "text/html", b"<html><title>A page</title><body>and no video</body></html>")
            return
        if self.path == "/two":
            videos = "".join(f'<video src="{self.server.origin}/media/{name}.mp4"></video>' for name in "ab")
            self.answer(200, "text/html", f"<html><title>Two</title><body>{videos}</body></html>".encode())
            return
        if self.path == "/media/empty.mp4":
            self.answer(200, "video/mp4")
            return
        names = range(int(self.path.removeprefix("/long/"))) if self.path.startswith("/long/") else "abc"
        feed = FEED.format("".join(ITEM.format(name, self.server.origin) for name in names))
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4" if self.path.startswith("/media/") else "text/xml")
        self.end_headers()
        self.wfile.write(feed.encode())

    def answer(self, status: int, kind: str = "text/plain", body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        thread = Thread(target=site.serve_forever, args=(0.02,))
        thread.start()
        yield site
        site.shutdown()
        thread.join()


@pytest.fixture
def anywhere(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, sites="generic", ytdlp_options="--proxy ''")


@contextmanager
def refusing_proxy() -> Iterator[str]:
    """Give the address of a proxy that wants a password of the one who asks."""

    def refuse() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=refuse)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()
