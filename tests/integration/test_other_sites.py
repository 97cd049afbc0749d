"""Pages that lead elsewhere, as yt-dlp's generic extractor meets them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec
import pytest

from schemas.common import Category
from ytarchive.settings import Settings
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure
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
        feed = FEED.format("".join(ITEM.format(name, self.server.origin) for name in "abc"))
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4" if self.path.startswith("/media/") else "text/xml")
        self.end_headers()
        self.wfile.write(feed.encode())

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
