import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psutil
import pytest

from cli.demo_site import SETTINGS, DemoSite
from cli.demo_site.clips import CLIPS, Clip, make
from cli.demo_site.server import BYTES_PER_SECOND
from schemas.common import Role, Video
from schemas.options import ArchiveOptions
from ytarchive.errors import YtarchiveError
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.layout import media_stem
from ytarchive.library.probe import probe, verify
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.options import base_params
from ytarchive.ytdlp.progress import StreamProgress

Progress = list[StreamProgress]

EACH = pytest.mark.parametrize("number", range(len(CLIPS)), ids=[clip.name for clip in CLIPS])
FAST = 50_000_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("site"), bytes_per_second=FAST) as site:
        yield site


@pytest.fixture
def demo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The demo's settings, on a machine whose proxy is not there."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    return msgspec.structs.replace(settings, **SETTINGS)


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def ask(site: DemoSite, path: str, method: str = "GET", wanted: str = "") -> tuple[int, str | None, bytes]:
    """Give status, Content-Range and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port(site), timeout=10)
    try:
        connection.request(method, path, headers={"Range": wanted} if wanted else {})
        response = connection.getresponse()
        return response.status, response.headers["Content-Range"], response.read()
    finally:
        connection.close()


def port(site: DemoSite) -> int:
    return urlsplit(site.urls[0]).port or 0


def look_up(site: DemoSite, number: int, settings: Settings) -> Video:
    return extract(site.urls[number], base_params(settings)).video


# what yt-dlp finds


@EACH
def test_a_page_is_one_video_with_all_that_is_said_of_it(site: DemoSite, demo: Settings, number: int) -> None:
    clip = CLIPS[number]

    found = extract(site.urls[number], base_params(demo))

    assert found.video == Video(
        site="generic",
        video_id=clip.name,
        title=clip.title,
        url=site.urls[number],
        channel=clip.channel,
        upload_date=clip.day.replace("-", ""),
        duration=6.0,
    )
    assert found.info["description"] == clip.description
    assert {known["format_id"] for known in found.info["formats"]} == {"video", "audio"}
    assert list(found.info["subtitles"]) == ["en"]


def test_a_page_is_one_video_also_where_players_in_pages_are_looked_for(
    site: DemoSite, demo: Settings
) -> None:
    everything = msgspec.structs.replace(demo, sites="generic,html5,generic:.*,jwplatform")

    assert look_up(site, 0, everything) == look_up(site, 0, demo)


def test_the_videos_are_different_and_need_a_careful_hand_with_names(site: DemoSite, demo: Settings) -> None:
    videos = [look_up(site, number, demo) for number in range(3)]

    assert len({video.video_id for video in videos}) == len(site.urls) == 3
    assert set('/:"?🌀') <= set("".join(video.title for video in videos))
    names = [str(media_stem(one.channel, None, one.upload_date, one.title, one.video_id)) for one in videos]
    assert names == [
        "Shapes & Numbers/2024/2024-03-01 - Seahorse Valley - 1-10 of the way in 🌀 [seahorse-valley]",
        "Slow Colours/2025/2025-06-21 - Golden hour - blue hour 🌅 [golden-hour]",
        "Shapes & Numbers/2026/2026-01-15 - The 'Game of Life' - who stays [game-of-life]",
    ]


@EACH
async def test_a_download_brings_the_media_and_all_its_sidecars(
    site: DemoSite, demo: Settings, staging: Path, number: int
) -> None:
    found = extract(site.urls[number], base_params(demo))
    progress: Progress = []
    warnings: list[str] = []

    options = ArchiveOptions(subtitles=("en.*",))
    done = download(found.info, staging, options, base_params(demo), progress.append, warnings.append)
    files = done.files

    assert [(file.role, file.suffix) for file in files] == [
        (Role.MEDIA, ".mp4"),
        (Role.INFO, ".info.json"),
        (Role.DESCRIPTION, ".description"),
        (Role.THUMBNAIL, ".jpg"),
        (Role.SUBTITLES, ".en.vtt"),
    ]
    assert warnings == []
    assert [one.stream.split()[0] for one in progress if one.done] == ["video", "audio"]
    assert (staging / "media.description").read_text(encoding="utf-8") == CLIPS[number].description
    assert all(words in (staging / "media.en.vtt").read_text() for words in CLIPS[number].captions)
    media = await probe(staging / files[0].name, ffmpeg=ffmpeg_path())
    verify(media, expected_duration=found.video.duration, want_video=True, want_audio=True)
    assert media.duration == pytest.approx(found.video.duration, rel=0.01)
    assert media.shortest == pytest.approx(found.video.duration, rel=0.01)
    assert 2_000_000 < media.bytes < 4_000_000


def test_a_video_comes_slowly_enough_to_be_watched(demo: Settings, tmp_path: Path, staging: Path) -> None:
    progress: Progress = []
    with DemoSite.start(tmp_path) as site:
        info = extract(site.urls[1], base_params(demo)).info
        began = time.monotonic()
        media = download(info, staging, ArchiveOptions(), base_params(demo), progress.append).files[0]
        took = time.monotonic() - began

    assert took > media.bytes / BYTES_PER_SECOND * 0.9 > 2
    assert len([one for one in progress if one.stream.startswith("video")]) >= 8


# what it answers


def test_a_part_of_a_file_is_sent_where_one_is_asked_for(site: DemoSite) -> None:
    path = f"/{CLIPS[0].name}.mp4"
    status, _, whole = ask(site, path)
    size = len(whole)

    assert status == 200
    assert ask(site, path, wanted="bytes=100-199") == (206, f"bytes 100-199/{size}", whole[100:200])
    assert ask(site, path, wanted=f"bytes={size - 10}-") == (
        206,
        f"bytes {size - 10}-{size - 1}/{size}",
        whole[-10:],
    )
    assert ask(site, path, wanted=f"bytes=0-{size + 9}") == (206, f"bytes 0-{size - 1}/{size}", whole)
    assert ask(site, path, wanted=f"bytes={size}-") == (416, f"bytes */{size}", b"")
    assert ask(site, path, wanted="lines=1-2") == (200, None, whole)


@pytest.mark.parametrize("path", ["/", "/watch/", "/watch/other", "/../etc/passwd", "//etc/passwd", "/watch"])
def test_nothing_but_its_own_is_served(site: DemoSite, path: str) -> None:
    assert ask(site, path)[0] == 404


def test_only_this_machine_can_ask(site: DemoSite) -> None:
    listening = [one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN]

    assert {address.ip for address in listening if address.port == port(site)} == {"127.0.0.1"}


def test_nothing_is_taken(site: DemoSite, capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(site, f"/watch/{CLIPS[0].name}", "POST")[0] == 501
    assert capfd.readouterr() == ("", "")


# how it begins and ends


def test_it_ends_at_once_with_every_thread_and_connection(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())
    with DemoSite.start(tmp_path, bytes_per_second=1000) as site:
        address = ("127.0.0.1", port(site))
        silent, slow = socket.create_connection(address), socket.create_connection(address)
        slow.sendall(f"GET /{CLIPS[0].name}.mp4 HTTP/1.0\r\n\r\n".encode())
        assert slow.recv(100)
        began = time.monotonic()

    with silent, slow:
        assert time.monotonic() - began < 30
        assert set(threading.enumerate()) <= before
        assert silent.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
    assert capfd.readouterr() == ("", "")


def test_a_client_that_goes_away_is_no_trouble(site: DemoSite, capfd: pytest.CaptureFixture[str]) -> None:
    threads = set(threading.enumerate())
    with socket.create_connection(("127.0.0.1", port(site))) as client:
        client.sendall(f"GET /{CLIPS[0].name}.mp4 HTTP/1.0\r\n\r\n".encode())
        client.recv(10)
        serving = set(threading.enumerate()) - threads
    for thread in serving:
        thread.join(10)

    assert ask(site, f"/{CLIPS[0].name}.jpg")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_what_ffmpeg_cannot_make_is_said_in_a_line(tmp_path: Path) -> None:
    odd: Clip = msgspec.structs.replace(CLIPS[0], picture="nosuchsource=s=640x360")

    with pytest.raises(YtarchiveError, match=r"cannot make the video seahorse-valley: .+") as caught:
        make([CLIPS[2], odd], tmp_path)

    assert "\n" not in str(caught.value)
    assert ffmpeg_path() in caught.value.hint
