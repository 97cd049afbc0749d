"""Pages that lead elsewhere, as yt-dlp's generic extractor meets them."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from yt_dlp.networking.exceptions import HTTPError

from schemas.common import Category, Quality
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure, _chain
from ytarchive.ytdlp.options import base_params

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
        if self.path == "/media/empty.mp4":
            self.answer(200, "video/mp4")
            return
        feed = FEED.format("".join(ITEM.format(name, self.server.origin) for name in "abc"))
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


def test_a_redirect_to_a_video_is_followed(site: Site, anywhere: Settings) -> None:
    found = extract(f"{site.origin}/moved/media/a.mp4", base_params(anywhere))

    assert (found.video.video_id, found.info["url"]) == ("a", f"{site.origin}/media/a.mp4")


def test_a_redirect_to_several_videos_is_refused_without_visiting_them(
    site: Site, anywhere: Settings
) -> None:
    with pytest.raises(YtdlpFailure) as caught:
        extract(f"{site.origin}/moved/feed", base_params(anywhere))

    assert caught.value.failure.category is Category.REQUEST
    assert "several videos" in caught.value.failure.message
    assert [path for path in site.asked if path.startswith("/media/")] == []


@pytest.mark.parametrize(
    ("path", "category", "hint"),
    [
        ("/status/401", Category.NEEDS_AUTH, "wants a login"),
        ("/status/403", Category.RATE_LIMIT, "pause for a while"),
        ("/status/404", Category.GONE, "does not know this address"),
        ("/status/410", Category.GONE, "says that it is gone"),
        ("/status/429", Category.RATE_LIMIT, "pause for a while"),
        ("/status/451", Category.GEO, "legal reasons"),
        ("/status/500", Category.SERVER_ERROR, "trouble of its own"),
        ("/page", Category.REQUEST, "address of a single video"),
    ],
)
def test_what_a_site_answers_has_a_category_and_a_hint(
    site: Site, anywhere: Settings, path: str, category: Category, hint: str
) -> None:
    with pytest.raises(YtdlpFailure) as caught:
        extract(site.origin + path, base_params(anywhere))

    for error in _chain(caught.value):
        if isinstance(error, HTTPError):
            error.close()  # yt-dlp leaves that to the garbage collector
    failure = caught.value.failure
    assert (failure.category, hint in failure.hint) == (category, True), failure


def test_media_without_a_byte_is_fetched_again(site: Site, anywhere: Settings, tmp_path: Path) -> None:
    params = base_params(anywhere)
    info = extract(f"{site.origin}/media/empty.mp4", params).info
    staging = tmp_path / "staging"
    staging.mkdir()

    with pytest.raises(YtdlpFailure) as caught:
        download(info, staging, Quality.BEST, (), params, lambda _: None)

    assert caught.value.failure.category is Category.MEDIA


def test_a_proxy_that_wants_a_password_is_for_the_operator(anywhere: Settings) -> None:
    def refuse() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=refuse)
        thread.start()
        proxy = f"--proxy http://127.0.0.1:{listening.getsockname()[1]} --extractor-retries 0"
        with pytest.raises(YtdlpFailure) as caught:
            extract(
                "https://example.org/x", base_params(msgspec.structs.replace(anywhere, ytdlp_options=proxy))
            )
        thread.join()

    failure = caught.value.failure
    assert (failure.category, failure.hint) == (
        Category.ENVIRONMENT,
        "The proxy wants a user and password.",
    ), failure
