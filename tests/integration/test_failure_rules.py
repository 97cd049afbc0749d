"""Every row of the table of yt-dlp's errors decides about an error that yt-dlp really raised."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from yt_dlp.networking.exceptions import HTTPError

from schemas.common import Category
from schemas.options import ArchiveOptions, Choices, Quality
from tests.disks import read_only_disk, small_disk
from tests.integration.elsewhere import Site, anywhere, refusing_proxy, site
from tests.ytsim.catalogue import EMPTY_HANDLE, HANDLE, LOST_CHANNEL_ID, NO_CHANNEL_ID
from tests.ytsim.fixtures import sim, ytsim
from tests.ytsim.server import YtSim
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failure_rules import RULES, UNFORESEEN, Rule
from ytarchive.ytdlp.failures import YtdlpFailure, _chain, rule_for
from ytarchive.ytdlp.listing import list_collection
from ytarchive.ytdlp.options import base_params

__all__ = ["anywhere", "read_only_disk", "sim", "site", "small_disk", "ytsim"]

Info = dict[str, Any]
AT_ONCE: Final = "--retries 0 --extractor-retries 0 --fragment-retries 0"
MANY: Final = 99


class Place(NamedTuple):
    """What a failure may need: settings, a folder, and the fixture it names."""

    settings: Settings
    staging: Path
    request: pytest.FixtureRequest

    def fixture(self, name: str) -> Any:
        return self.request.getfixturevalue(name)

    @property
    def sim(self) -> YtSim:
        found: YtSim = self.fixture("sim")
        return found

    @property
    def elsewhere(self) -> Site:
        found: Site = self.fixture("site")
        return found

    def params(self, options: str = "", *, sites: str = "youtube") -> dict[str, Any]:
        """Give the parameters of somebody whose network is the simulator."""
        all_options = f"--proxy {self.sim.proxy} --no-check-certificates {AT_ONCE} {options}"
        return base_params(msgspec.structs.replace(self.settings, ytdlp_options=all_options, sites=sites))

    def look(self, state: str = "ok", options: str = "") -> Info:
        """Look up the video that is in a state."""
        return extract(self.sim.watch_url(self.sim.named[state]), self.params(options)).info

    def fetch(self, info: Info, quality: Quality = Quality.AUDIO, staging: Path | None = None) -> None:
        options = ArchiveOptions(quality=quality, subtitles=())
        download(info, staging or self.staging, options, self.params(), lambda _: None)


Provoke = Callable[[Place], object]


def row(
    category: Category,
    said: str = "",
    *,
    warned: str = "",
    error: str = "",
    status: tuple[int, int] | None = None,
) -> Rule:
    """Give the only row of a category that asks for these words, among others, for this class and status."""

    def asks(rule: Rule) -> bool:
        return (
            said in rule.said
            and bool(said) is bool(rule.said)
            and warned in rule.warned
            and bool(warned) is bool(rule.warned)
            and (rule.error, rule.status) == (error, status)
        )

    (found,) = [rule for rule in RULES if rule.category is category and asks(rule)]
    return found


# this machine


def full_disk(place: Place) -> None:
    info, disk = place.look(), place.fixture("small_disk")
    (disk / "filling").write_bytes(bytes(shutil.disk_usage(disk).free - (64 << 10)))
    (disk / "staging").mkdir()
    place.fetch(info, staging=disk / "staging")


def untrusted(place: Place) -> None:
    options = f"--proxy {place.sim.proxy} {AT_ONCE}"
    params = base_params(msgspec.structs.replace(place.settings, ytdlp_options=options))
    extract(place.sim.watch_url(place.sim.ids[3]), params)


def no_browser(place: Place) -> None:
    place.fixture("monkeypatch").setenv("HOME", str(place.staging))
    place.look(options="--cookies-from-browser firefox")


def no_ffmpeg(place: Place) -> None:
    without = place.params() | {"ffmpeg_location": str(place.staging / "nothing")}
    download(place.look(), place.staging, ArchiveOptions(subtitles=()), without, lambda _: None)


def no_deno(place: Place) -> None:
    extract(place.sim.watch_url(place.sim.named["nplayer"]), place.params() | {"js_runtimes": {}})


def shy_proxy(place: Place) -> None:
    with refusing_proxy() as proxy:
        options = f"--proxy {proxy} {AT_ONCE}"
        extract("https://example.org/x", base_params(elsewhere(place, options)))


def read_only(place: Place) -> None:
    place.fetch(place.look(), staging=place.fixture("read_only_disk"))


# what the site says, and what it does


def said_of(place: Place, state: str) -> None:
    place.look(state)


def answered(place: Place, path: str) -> None:
    extract(place.elsewhere.origin + path, base_params(elsewhere(place)))


def elsewhere(place: Place, options: str = "--proxy ''") -> Settings:
    return msgspec.structs.replace(place.settings, sites="generic", ytdlp_options=options)


def troubled(place: Place, options: str = "", **knobs: int) -> None:
    place.sim.set(**knobs)
    place.look(options=options)


def troubled_media(place: Place, state: str = "ok", quality: Quality = Quality.AUDIO, **knobs: int) -> None:
    info = place.look(state)
    place.sim.set(**knobs)
    place.fetch(info, quality)


def expired(place: Place) -> None:
    place.sim.set(ttl=-1)
    place.fetch(place.look())


def missing_segment(place: Place) -> None:
    info = place.look("hls")
    place.fixture("monkeypatch").setattr("tests.ytsim.media.Media.segment", lambda *_: None)
    place.fetch(info, Quality.BEST)


def not_live(place: Place) -> None:
    extract(f"{place.sim.channel_url}/live", place.params(sites="youtube.*"))


def no_format(place: Place) -> None:
    info = place.look()
    info["formats"] = [known for known in info["formats"] if known.get("acodec") == "none"]
    place.fetch(info)


def damaged_stream(place: Place) -> None:
    info = place.look()
    place.fetch(info, Quality.BEST)
    (place.staging / "media.mkv").unlink()
    (place.staging / "media.f136.mp4").write_bytes(bytes(place.sim.file(136).stat().st_size))
    place.fetch(info, Quality.BEST)


def no_name(place: Place) -> None:
    place.look(options="--proxy http://nowhere.invalid:80")


def damaged_look_up(place: Place) -> None:
    info = place.look()
    del info["id"]
    place.fetch(info)


def listed(place: Place, path: str, **knobs: int) -> None:
    place.sim.set(**knobs)
    address = f"https://www.youtube.com/{path}"
    options = "--retries 0 --extractor-retries 0"
    list_collection(address, place.params(options), lambda _: None, choices=Choices())


def no_sponsorblock(place: Place) -> None:
    info = place.look()
    place.sim.set(sponsorblock_503=MANY)
    options = ArchiveOptions(quality=Quality.AUDIO, subtitles=(), sponsorblock_mark=("sponsor",))
    download(info, place.staging, options, place.params(), lambda _: None)


BOTH: Final = r"player response"
CASES: Final[list[tuple[Provoke, Rule]]] = [
    (full_disk, row(Category.DISK, "errno 28")),
    (untrusted, row(Category.ENVIRONMENT, error="CertificateVerifyError")),
    (no_browser, row(Category.ENVIRONMENT, error="CookieLoadError")),
    (no_ffmpeg, row(Category.ENVIRONMENT, "ff(mpeg")),
    (no_deno, row(Category.ENVIRONMENT, "challenge", warned="javascript runtime")),
    (shy_proxy, row(Category.ENVIRONMENT, "407")),
    (read_only, row(Category.ENVIRONMENT, "read-only")),
    (expired, row(Category.URL_EXPIRED, "unable to download video data", status=(403, 410))),
    (
        partial(troubled_media, state="hls", quality=Quality.BEST, media_403=MANY),
        row(Category.URL_EXPIRED, "got error", status=(403, 403)),
    ),
    (missing_segment, row(Category.MEDIA, "got error", status=(404, 410))),
    (partial(answered, path="/status/416"), row(Category.MEDIA, status=(416, 416))),
    (partial(said_of, state="bot"), row(Category.BOT_CHECK, "captcha")),
    (partial(said_of, state="ratelimit"), row(Category.RATE_LIMIT, "try again later")),
    (partial(answered, path="/status/429"), row(Category.RATE_LIMIT, status=(429, 429))),
    (partial(troubled, api_429=MANY), row(Category.RATE_LIMIT, BOTH, warned="429")),
    (partial(said_of, state="drm"), row(Category.DRM, "DRM")),
    (partial(said_of, state="upcoming"), row(Category.NOT_YET, "will begin")),
    (not_live, row(Category.NOT_YET, error="UserNotLive")),
    (partial(said_of, state="geo"), row(Category.GEO, error="GeoRestrictedError")),
    (partial(said_of, state="blocked"), row(Category.GEO, "country")),
    (partial(answered, path="/status/451"), row(Category.GEO, status=(451, 451))),
    (partial(said_of, state="private"), row(Category.NEEDS_AUTH, "private video")),
    (partial(said_of, state="members"), row(Category.NEEDS_AUTH, "join this channel")),
    (partial(said_of, state="age"), row(Category.NEEDS_AUTH, "confirm your age")),
    (partial(said_of, state="payment"), row(Category.NEEDS_AUTH, "payment")),
    (partial(said_of, state="login"), row(Category.NEEDS_AUTH, "sign in")),
    (partial(answered, path="/status/401"), row(Category.NEEDS_AUTH, status=(401, 401))),
    (partial(said_of, state="deleted"), row(Category.GONE, "removed by the uploader")),
    (partial(said_of, state="unavailable"), row(Category.UNAVAILABLE, "not available")),
    (partial(answered, path="/status/404"), row(Category.GONE, status=(404, 404))),
    (partial(answered, path="/status/410"), row(Category.GONE, status=(410, 410))),
    (no_format, row(Category.REQUEST, "requested format")),
    (partial(answered, path="/page"), row(Category.REQUEST, "unsupported url")),
    (
        partial(troubled_media, state="hls", quality=Quality.BEST, media_empty=MANY),
        row(Category.MEDIA, "downloaded file is empty"),
    ),
    (damaged_stream, row(Category.MEDIA, error="PostProcessingError")),
    (
        partial(troubled_media, drop_after=100_000, media_bps=10_000_000),
        row(Category.NETWORK, "more expected"),
    ),
    (partial(answered, path="/status/403"), row(Category.RATE_LIMIT, status=(403, 403))),
    (partial(troubled, api_503=MANY), row(Category.SERVER_ERROR, status=(500, 599))),
    (no_name, row(Category.NETWORK, error="TransportError")),
    (
        partial(troubled, api_503=1, api_garbage=MANY),
        row(Category.SERVER_ERROR, BOTH, warned="5"),
    ),
    (
        partial(troubled, options="--socket-timeout 0.8", api_late=1, api_garbage=MANY),
        row(Category.NETWORK, BOTH, warned="timed out"),
    ),
    (partial(said_of, state="noformats"), row(Category.EXTRACTOR, "no video formats")),
    (no_sponsorblock, row(Category.NETWORK, "sponsorblock api")),
    (partial(listed, path=f"channel/{NO_CHANNEL_ID}"), row(Category.GONE, "channel does not exist")),
    (partial(listed, path=f"{EMPTY_HANDLE}/shorts"), row(Category.REQUEST, "does not have")),
    (
        partial(listed, path="playlist?list=PLmissing000000000000000000000000"),
        row(Category.REQUEST, "playlist (type"),
    ),
    (partial(listed, path=HANDLE, page_empty=2), row(Category.NETWORK, "incomplete data")),
    (partial(listed, path=f"channel/{LOST_CHANNEL_ID}"), row(Category.GONE, "channel/playlist")),
    (damaged_look_up, UNFORESEEN),
]


def name_of(provoke: Any) -> str:
    words = [*getattr(provoke, "keywords", {}).values()]
    return " ".join([getattr(provoke, "func", provoke).__name__, *map(str, words)])


@pytest.fixture
def place(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    staging = tmp_path / "staging"
    staging.mkdir()
    return Place(settings, staging, request)


def test_every_row_is_provoked_below() -> None:
    provoked = {id(rule) for _, rule in CASES}
    assert [rule for rule in (*RULES, UNFORESEEN) if id(rule) not in provoked] == []


# where ffmpeg fails, yt-dlp leaves its pipe to the garbage collector
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(("provoke", "rule"), CASES, ids=[name_of(provoke) for provoke, _ in CASES])
def test_an_error_that_yt_dlp_really_raised_is_known_by_its_row(
    place: Place, provoke: Provoke, rule: Rule
) -> None:
    with pytest.raises(YtdlpFailure) as raised:
        provoke(place)

    chain = list(_chain(raised.value))
    for error in chain:
        if isinstance(error, HTTPError):
            error.close()  # yt-dlp leaves that to the garbage collector
    first = next(error for error in chain if not isinstance(error, YtdlpFailure))
    assert rule_for(first, raised.value.warnings) is rule, (first, raised.value.warnings)
    failure = raised.value.failure
    assert (failure.category, failure.hint) == (rule.category, rule.hint)
