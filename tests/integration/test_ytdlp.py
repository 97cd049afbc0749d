import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from schemas.common import Category, Role, StagedFile
from schemas.options import ArchiveOptions, Quality
from tests.disks import read_only_disk, small_disk
from tests.integration.ytdlp_target import Fetch
from tests.ytsim.fixtures import sim, ytsim
from tests.ytsim.server import YtSim
from ytarchive.settings import Settings
from ytarchive.workers import WorkerDied, WorkerPool
from ytarchive.ytdlp import PRELOAD
from ytarchive.ytdlp.download import download, expires_in
from ytarchive.ytdlp.extract import extract, fingerprint
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.media import NOTE
from ytarchive.ytdlp.options import base_params
from ytarchive.ytdlp.progress import StreamProgress

__all__ = ["read_only_disk", "sim", "small_disk", "ytsim"]

Info = dict[str, Any]
SOUND = ArchiveOptions(quality=Quality.AUDIO)
PATIENT = "--retries 0 --extractor-retries 0 --fragment-retries 0"


@pytest.fixture
def online(settings: Settings, sim: YtSim) -> Settings:
    """Settings whose network is the simulator."""
    options = f"--proxy {sim.proxy} --no-check-certificates {PATIENT}"
    return msgspec.structs.replace(settings, ytdlp_options=options)


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


Fetched = tuple[StagedFile, ...]
Get = Callable[..., Fetched]


@pytest.fixture
def get(online: Settings, staging: Path) -> Get:
    """Download in this very process."""

    def get(
        info: Info,
        quality: Quality = Quality.AUDIO,
        languages: tuple[str, ...] = ("en",),
        progress: list[StreamProgress] | None = None,
    ) -> Fetched:
        seen = [] if progress is None else progress
        options = ArchiveOptions(quality=quality, subtitles=languages)
        return download(info, staging, options, base_params(online), seen.append).files

    return get


def refused(call: Callable[[], object]) -> YtdlpFailure:
    with pytest.raises(YtdlpFailure) as caught:
        call()
    return caught.value


def without_rate(stream: str) -> str:
    """Leave out the bit rate, which each version of ffmpeg's encoder decides for itself."""
    return re.sub(r" \d+k", "", stream)


def watch(sim: YtSim, number: int = 3) -> str:
    return sim.watch_url(sim.ids[number])


def first_bytes(sim: YtSim) -> list[int]:
    """From which byte on media was asked for, by request."""
    ranges = [seen.range for seen in sim.requests() if seen.path == "/videoplayback"]
    return [int((asked or "bytes=0-").removeprefix("bytes=").split("-")[0]) for asked in ranges]


# looking up


def test_a_video_is_looked_up_with_everything_a_job_needs(sim: YtSim, online: Settings) -> None:
    found = extract(watch(sim), base_params(online))

    assert found.video.site == "youtube"
    assert found.video.video_id == sim.ids[3]
    assert found.video.title == 'Video 0003 — ok café / "quotes" #tag'
    assert (found.video.channel, found.video.channel_id) == ("Simulated Channel", "UCsimulatedchannel000000")
    assert (found.video.upload_date, found.video.duration) == ("20200916", 12.0)
    assert found.video.url == watch(sim)
    assert {known["format_id"] for known in found.info["formats"]} >= {"136", "251"}
    assert msgspec.json.decode(msgspec.json.encode(found.info)) == found.info
    assert 21_000 < (expires_in(found.info) or 0) <= 21_600


def test_two_looks_at_an_unchanged_video_have_one_fingerprint(sim: YtSim, online: Settings) -> None:
    first = extract(watch(sim), base_params(online)).info
    sim.set(ttl=5000)
    second = extract(watch(sim), base_params(online)).info

    assert first["formats"] != second["formats"]
    assert fingerprint(first) == fingerprint(second)


def test_formats_that_had_to_be_left_out_are_warned_of(sim: YtSim, online: Settings) -> None:
    found = extract(sim.watch_url(sim.named["sabr"]), base_params(online))

    assert "missing a URL" in found.warnings[0]


def test_a_signature_is_solved_by_deno(sim: YtSim, online: Settings, get: Get) -> None:
    info = extract(sim.watch_url(sim.named["sig"]), base_params(online)).info

    assert get(info)[0].bytes == sim.file(251).stat().st_size


STATES = {
    "private": (Category.NEEDS_AUTH, "private"),
    "members": (Category.NEEDS_AUTH, "members of the channel"),
    "members_level": (Category.NEEDS_AUTH, "members of the channel"),
    "payment": (Category.NEEDS_AUTH, "bought"),
    "age": (Category.NEEDS_AUTH, "viewer's age"),
    "deleted": (Category.GONE, "Nothing can be fetched"),
    "terminated": (Category.GONE, "Nothing can be fetched"),
    "copyright": (Category.GONE, "Nothing can be fetched"),
    "tos": (Category.GONE, "Nothing can be fetched"),
    "recording": (Category.GONE, "Nothing can be fetched"),
    "unavailable": (Category.UNAVAILABLE, "days apart"),
    "bot": (Category.BOT_CHECK, "robot"),
    "ratelimit": (Category.RATE_LIMIT, "pause"),
    "geo": (Category.GEO, "another country"),
    "blocked": (Category.GEO, "another country"),
    "login": (Category.NEEDS_AUTH, "wants a login"),
    "processing": (Category.NOT_YET, "by itself"),
    "upcoming": (Category.NOT_YET, "by itself"),
    "premiere": (Category.NOT_YET, "by itself"),
    "live": (Category.NOT_YET, "by itself"),
    "reload": (Category.EXTRACTOR, "Upgrade yt-dlp"),
    "noformats": (Category.EXTRACTOR, "Upgrade yt-dlp"),
    "drm": (Category.DRM, "DRM"),
}


@pytest.mark.parametrize(("state", "expected"), STATES.items(), ids=STATES)
def test_what_youtube_says_of_a_video_has_a_category_and_a_hint(
    sim: YtSim, online: Settings, state: str, expected: tuple[Category, str]
) -> None:
    failure = refused(lambda: extract(sim.watch_url(sim.named[state]), base_params(online))).failure

    assert (failure.category, expected[1] in failure.hint) == (expected[0], True), failure
    assert failure.message[0].isupper() or state == "live"
    for noise in ("ERROR", "[youtube]", sim.named[state], "--cookies", "https://", "report", "\n", "\x1b"):
        assert noise not in failure.message


def test_what_is_to_come_says_when(sim: YtSim, online: Settings) -> None:
    began = time.time()
    failure = refused(lambda: extract(sim.watch_url(sim.named["upcoming"]), base_params(online))).failure

    hours = {time.strftime("%Y-%m-%d %H", time.gmtime(at + 3 * 3600)) for at in (began, time.time())}
    assert any(f"(expected {hour}:" in failure.message for hour in hours)


def test_too_many_requests_are_found_in_the_warnings(sim: YtSim, online: Settings) -> None:
    sim.set(api_429=99)

    failed = refused(lambda: extract(watch(sim), base_params(online)))

    assert failed.failure.category is Category.RATE_LIMIT
    assert "429" not in failed.failure.message
    assert any("429" in warning for warning in failed.warnings)


def test_a_site_in_trouble_is_given_time(sim: YtSim, online: Settings) -> None:
    sim.set(api_503=99)

    failure = refused(lambda: extract(watch(sim), base_params(online))).failure

    assert failure.category is Category.SERVER_ERROR
    assert failure.message == "Unable to download API page: HTTP Error 503: Service Unavailable"


SETUPS = {
    "a proxy that is not there": (["--proxy", "http://127.0.0.1:1"], Category.NETWORK),
    "a proxy without a name": (["--proxy", "http://nowhere.invalid:80"], Category.NETWORK),
    "a certificate nobody vouches for": (["--check-certificates"], Category.ENVIRONMENT),
    "a browser that is not there": (["--cookies-from-browser", "firefox"], Category.ENVIRONMENT),
    "an answer that takes too long": (["--socket-timeout", "0.001"], Category.NETWORK),
}


@pytest.mark.parametrize(("options", "category"), SETUPS.values(), ids=SETUPS)
def test_trouble_on_the_way_has_a_category(  # noqa: PLR0917 - fixtures
    sim: YtSim,
    online: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    category: Category,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    sim.set(latency=0.1)
    known = online.ytdlp_options
    if options == ["--check-certificates"]:
        known, options = known.replace("--no-check-certificates", ""), []
    settings = msgspec.structs.replace(online, ytdlp_options=" ".join([known, *options]))

    failure = refused(lambda: extract(watch(sim), base_params(settings))).failure
    time.sleep(0.2)  # what nobody waited for any more comes to the log

    assert failure.category is category, failure


def test_without_a_javascript_runtime_the_operator_is_asked(sim: YtSim, online: Settings) -> None:
    params = base_params(online) | {"js_runtimes": {}}

    failure = refused(lambda: extract(sim.watch_url(sim.named["nplayer"]), params)).failure

    assert failure.category is Category.ENVIRONMENT
    assert "deno" in failure.hint


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://www.youtube.com/playlist?list=PLsimulatedplaylist0000000000000", "a playlist or channel"),
        ("https://www.youtube.com/@simchannel/videos", "a playlist or channel"),
        ("https://www.youtube.com/results?search_query=x", "a search url of youtube"),
        ("https://vimeo.com/76979871", "vimeo is not allowed; allowed: youtube"),
        ("https://example.org/video", "this site is not allowed"),
        ("file:///etc/passwd", "not a web address"),
        ("ytsearch:cats", "not a web address"),
    ],
)
def test_what_is_not_one_video_is_refused_without_a_request(
    sim: YtSim, online: Settings, url: str, message: str
) -> None:
    failure = refused(lambda: extract(url, base_params(online))).failure

    assert failure.category is Category.REQUEST
    assert message in failure.message
    assert sim.requests() == []


def test_a_playlist_of_a_site_that_is_allowed_whole_is_refused_too(sim: YtSim, online: Settings) -> None:
    settings = msgspec.structs.replace(online, sites="youtube.*")

    failure = refused(lambda: extract(sim.playlist_url, base_params(settings))).failure

    assert failure.category is Category.REQUEST
    assert "several videos" in failure.message
    assert len(sim.requests()) <= 2  # not its pages, not its videos


# downloading


def test_a_download_brings_the_media_and_all_its_sidecars(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    sim.requests(clear=True)
    progress: list[StreamProgress] = []

    files = get(info, Quality.BEST, ("en", "de"), progress)

    assert {(file.role, file.suffix) for file in files} == {
        (Role.MEDIA, ".mkv"),
        (Role.INFO, ".info.json"),
        (Role.DESCRIPTION, ".description"),
        (Role.THUMBNAIL, ".jpg"),
        (Role.SUBTITLES, ".en.vtt"),
        (Role.SUBTITLES, ".de.vtt"),
    }
    assert {path.name: path.stat().st_size for path in staging.iterdir() if path.name != NOTE} == {
        file.name: file.bytes for file in files
    }
    assert str(staging) not in (staging / "media.info.json").read_text()
    assert {(without_rate(one.stream), one.bytes) for one in progress if one.done} == {
        ("video 360p avc1", sim.file(136).stat().st_size),
        ("audio opus", sim.file(251).stat().st_size),
    }
    assert not [seen.path for seen in sim.requests() if seen.host == "www.youtube.com"][2:]  # two subtitles


@pytest.mark.parametrize(
    ("quality", "streams"),
    [(Quality.P480, ["video 360p avc1", "audio opus"]), (Quality.AUDIO, ["audio opus"])],
)
def test_the_quality_asked_for_is_downloaded(
    sim: YtSim, online: Settings, get: Get, quality: Quality, streams: list[str]
) -> None:
    progress: list[StreamProgress] = []

    get(extract(watch(sim), base_params(online)).info, quality, progress=progress)

    assert [without_rate(one.stream) for one in progress if one.done] == streams


def test_segments_are_put_together(sim: YtSim, online: Settings, get: Get) -> None:
    info = extract(sim.watch_url(sim.named["hls"]), base_params(online)).info

    media = get(info, Quality.BEST)[0]

    assert media.suffix == ".mp4"
    assert media.bytes > 100_000
    assert expires_in(info) is None


def test_a_segment_that_is_missing_fails_the_video(
    sim: YtSim, online: Settings, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = extract(sim.watch_url(sim.named["hls"]), base_params(online)).info
    monkeypatch.setattr("tests.ytsim.media.Media.segment", lambda *_: None)

    failure = refused(lambda: get(info, Quality.BEST)).failure

    assert failure.category is Category.MEDIA, failure


def test_media_that_ends_early_fails_the_video_and_is_thrown_away(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    sim.set(media_truncate=0.25)

    failure = refused(lambda: get(info)).failure

    assert failure.category is Category.MEDIA
    assert f"of {sim.file(251).stat().st_size} bytes" in failure.message
    assert list(staging.iterdir()) == []


def test_media_addresses_that_have_expired_are_said_to_be(sim: YtSim, online: Settings, get: Get) -> None:
    sim.set(ttl=-1)
    info = extract(watch(sim), base_params(online)).info

    assert refused(lambda: get(info)).failure.category is Category.URL_EXPIRED
    assert (expires_in(info) or 0) < 0


@pytest.mark.parametrize(
    ("fault", "category"), [("media_403", Category.URL_EXPIRED), ("media_error", Category.SERVER_ERROR)]
)
def test_refused_media_has_a_category(
    sim: YtSim, online: Settings, get: Get, fault: str, category: Category
) -> None:
    info = extract(watch(sim), base_params(online)).info
    sim.set(**{fault: 5})

    assert refused(lambda: get(info)).failure.category is category


def test_a_disk_that_lets_nothing_be_written_is_for_the_operator(
    sim: YtSim, online: Settings, read_only_disk: Path
) -> None:
    params = base_params(online)
    info = extract(watch(sim), params).info

    failure = refused(lambda: download(info, read_only_disk, SOUND, params, lambda _: None)).failure

    assert failure.category is Category.ENVIRONMENT, failure
    assert "permissions of the library" in failure.hint


def test_a_disk_that_fills_up_is_waited_for(sim: YtSim, online: Settings, small_disk: Path) -> None:
    params = base_params(online)
    info = extract(watch(sim), params).info
    filling = small_disk / "filling"
    filling.write_bytes(bytes(shutil.disk_usage(small_disk).free - (64 << 10)))
    staging = small_disk / "staging"
    staging.mkdir()

    failure = refused(lambda: download(info, staging, SOUND, params, lambda _: None)).failure

    assert failure.category is Category.DISK, failure


def test_without_ffmpeg_the_operator_is_asked(sim: YtSim, online: Settings, staging: Path) -> None:
    params = base_params(online)
    info = extract(watch(sim), params).info
    without = params | {"ffmpeg_location": str(staging / "nothing")}

    failure = refused(lambda: download(info, staging, ArchiveOptions(), without, lambda _: None)).failure

    assert failure.category is Category.ENVIRONMENT, failure
    assert "operator" in failure.hint


def test_a_quality_there_is_not_is_the_askers_to_change(sim: YtSim, online: Settings, get: Get) -> None:
    info = extract(watch(sim), base_params(online)).info
    info["formats"] = [known for known in info["formats"] if known.get("acodec") == "none"]

    failure = refused(lambda: get(info, Quality.AUDIO)).failure

    assert failure.category is Category.REQUEST, failure
    assert "another quality" in failure.hint


def test_refused_segments_are_expired_addresses(sim: YtSim, online: Settings, get: Get) -> None:
    info = extract(sim.watch_url(sim.named["hls"]), base_params(online)).info
    sim.set(media_403=99)

    assert refused(lambda: get(info, Quality.BEST)).failure.category is Category.URL_EXPIRED


def test_a_connection_that_breaks_is_resumed_by_the_next_download(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    sim.set(drop_after=100_000, media_bps=10_000_000)
    assert refused(lambda: get(info)).failure.category is Category.NETWORK
    had = (staging / "media.webm.part").stat().st_size
    sim.requests(clear=True)

    files = get(info)

    assert first_bytes(sim) == [had]
    assert (staging / files[0].name).read_bytes() == sim.file(251).read_bytes()


def test_a_partial_file_is_not_resumed_when_its_source_has_changed(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    stale = msgspec.json.decode(msgspec.json.encode(info))
    for known in stale["formats"]:
        known["url"] += "&lmt=1600000000000000"
    sim.set(drop_after=100_000, media_bps=10_000_000)
    refused(lambda: get(stale))
    assert (staging / "media.webm.part").exists()
    sim.requests(clear=True)

    files = get(info)

    assert first_bytes(sim) == [0]
    assert (staging / files[0].name).read_bytes() == sim.file(251).read_bytes()


def test_a_download_asked_for_again_fetches_no_media_again(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    first = get(info, Quality.BEST)
    sim.requests(clear=True)

    assert get(info, Quality.BEST) == first
    assert first_bytes(sim) == []


@pytest.mark.parametrize(
    ("room", "category", "left"),
    [(0, Category.MEDIA, set()), (1 << 62, Category.DISK, {NOTE, "media.f136.mp4", "media.f251.webm"})],
)
def test_a_merge_that_fails_costs_the_streams_unless_the_disk_is_full(  # noqa: PLR0917 - fixtures
    sim: YtSim,
    online: Settings,
    get: Get,
    staging: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    category: Category,
    left: set[str],
) -> None:
    info = extract(watch(sim), base_params(online)).info
    get(info, Quality.BEST)
    (staging / "media.mkv").unlink()
    (staging / "media.f136.mp4").write_bytes(bytes(sim.file(136).stat().st_size))
    monkeypatch.setattr("ytarchive.ytdlp.media._FULL", room)

    failure = refused(lambda: get(info, Quality.BEST)).failure

    assert failure.category is category, failure
    assert {path.name for path in staging.iterdir() if path.suffix in (".mp4", ".webm", ".json")} - {
        "media.info.json"
    } == left


def test_what_is_not_of_the_video_does_not_stay_in_staging(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    (staging / "media.f999.mp4.part").write_bytes(b"of another time")

    files = get(extract(watch(sim), base_params(online)).info)

    assert {path.name for path in staging.iterdir()} == {NOTE, *(file.name for file in files)}


def test_sidecars_that_are_not_to_be_had_are_warned_of_and_do_not_fail_the_video(
    sim: YtSim, online: Settings, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    for known in info["thumbnails"]:
        known["url"] = "http://127.0.0.1:1/no.jpg"
    for known in info["subtitles"]["en"]:
        known["url"] = "https://nowhere.example/"
    params, warnings = base_params(online), list[str]()

    options = msgspec.structs.replace(SOUND, subtitles=("en", "de"))
    files = download(info, staging, options, params, lambda _: None, warnings.append).files

    assert {file.suffix for file in files} == {".webm", ".info.json", ".description", ".de.vtt"}
    assert any("subtitles for 'en'" in warning for warning in warnings)
    assert any("thumbnail" in warning for warning in warnings)


def test_subtitles_made_by_people_are_preferred(
    sim: YtSim, online: Settings, get: Get, staging: Path
) -> None:
    info = extract(watch(sim), base_params(online)).info
    for known in info["automatic_captions"]["en"]:
        known["url"] = "https://nowhere.example/"

    assert ".en.vtt" in {file.suffix for file in get(info)}


def test_without_subtitle_languages_none_are_fetched(sim: YtSim, online: Settings, get: Get) -> None:
    info = extract(watch(sim), base_params(online)).info

    assert Role.SUBTITLES not in {file.role for file in get(info, languages=())}


def test_the_ffmpeg_that_comes_with_us_is_enough(
    sim: YtSim, online: Settings, get: Get, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ytarchive.ffmpeg import ffmpeg_path  # noqa: PLC0415 - beside what it is about

    monkeypatch.setenv("PATH", str(tmp_path))
    ffmpeg_path.cache_clear()
    try:
        assert "imageio_ffmpeg" in base_params(online)["ffmpeg_location"]
        files = get(extract(watch(sim), base_params(online)).info, Quality.BEST)
    finally:
        ffmpeg_path.cache_clear()

    assert (files[0].suffix, Role.THUMBNAIL in {file.role for file in files}) == (".mkv", True)


def test_cookies_are_read_but_not_written_back(sim: YtSim, online: Settings, tmp_path: Path) -> None:
    jar = tmp_path / "cookies.txt"
    jar.write_text("# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t0\tPREF\thl=en\n")
    before = jar.read_bytes()
    settings = msgspec.structs.replace(online, ytdlp_options=f"{online.ytdlp_options} --cookies {jar}")

    extract(watch(sim), base_params(settings))

    assert jar.read_bytes() == before


# in workers


class Download:
    """A slow download in a worker, once its partial file has grown."""

    def __init__(self, pool: WorkerPool, argument: bytes, staging: Path) -> None:
        self.task = asyncio.ensure_future(pool.run(argument))
        self._part = staging / "media.webm.part"

    async def grown(self, least: int = 16_000) -> int:
        while not self._part.exists() or self._part.stat().st_size < least:
            assert not self.task.done()
            await asyncio.sleep(0.02)
        return self._part.stat().st_size


@pytest.fixture
def order(sim: YtSim, online: Settings, staging: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parents[2])])
    info = extract(watch(sim), base_params(online)).info
    sim.requests(clear=True)
    sim.set(media_bps=20_000)  # all of it would take nine seconds
    options = msgspec.structs.replace(SOUND, subtitles=("en",))
    return msgspec.json.encode(
        Fetch(info, str(staging), options, online.ytdlp_options, str(online.state_dir))
    )


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


async def test_a_worker_killed_in_mid_download_costs_only_what_was_missing(
    sim: YtSim, order: bytes, staging: Path
) -> None:
    target = "tests.integration.ytdlp_target:fetch"
    async with WorkerPool(target, size=1, preload=PRELOAD) as pool:
        before = children()
        download = Download(pool, order, staging)
        await download.grown()
        worker = max(children() - before)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await download.task
        had = (staging / "media.webm.part").stat().st_size
        sim.set(media_bps=0)

        files = msgspec.json.decode(await pool.run(order), type=Fetched)

    assert first_bytes(sim) == [0, had]
    assert (staging / files[0].name).read_bytes() == sim.file(251).read_bytes()


async def test_cancelling_in_mid_download_leaves_the_partial_file_and_no_process(
    sim: YtSim, order: bytes, staging: Path
) -> None:
    before = children()
    async with WorkerPool("tests.integration.ytdlp_target:fetch", size=1, preload=PRELOAD) as pool:
        download = Download(pool, order, staging)
        had = await download.grown()
        started = time.monotonic()

        download.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await download.task

        assert time.monotonic() - started < 6
        assert (staging / "media.webm.part").stat().st_size >= had
    assert children() <= before
