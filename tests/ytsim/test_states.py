import math
import time

import pytest
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

from tests.ytsim.catalogue import State
from tests.ytsim.playability import REFUSALS
from tests.ytsim.server import YtSim
from tests.ytsim.ytdlp import Log, ytdlp

SAID = {
    State.PRIVATE: "Private video. Sign in if you've been granted access to this video",
    State.DELETED: "Video unavailable. This video has been removed by the uploader",
    State.TERMINATED: "account associated with this video has been terminated",
    State.COPYRIGHT: "no longer available due to a copyright claim by Example Corp",
    State.TOS: "removed for violating YouTube's Terms of Service",
    State.UNAVAILABLE: "Video unavailable. This video is not available",
    State.MEMBERS: "Join this channel to get access to members-only content like this video",
    State.MEMBERS_LEVEL: "available to this channel's members on level: Gold",
    State.PAYMENT: "This video requires payment to watch.",
    State.AGE: "Sign in to confirm your age. This video may be inappropriate for some users.",
    State.BOT: "Sign in to confirm you’re not a bot",
    State.GEO: "The uploader has not made this video available in your country",
    State.BLOCKED: "who has blocked it in your country on copyright grounds",
    State.LOGIN: "Please sign in. Use --cookies",
    State.RATELIMIT: "This content isn't available, try again later.",
    State.PROCESSING: "We're processing this video. Check back later.",
    State.RECORDING: "This live stream recording is not available.",
    State.RELOAD: "The page needs to be reloaded.",
    State.UPCOMING: "This live event will begin in 3 hours.",
    State.PREMIERE: "Premieres in 4 hours",
    State.NOFORMATS: "No video formats found!",
    State.DRM: "This video is DRM protected",
}


def refusal(sim: YtSim, video: str) -> ExtractorError:
    with ytdlp(sim) as ydl, pytest.raises(DownloadError) as raised:
        ydl.extract_info(sim.watch_url(video), download=False)
    error = raised.value.exc_info[1]
    assert isinstance(error, ExtractorError)
    return error


def test_every_refusal_is_expected_below() -> None:
    assert {*REFUSALS, State.NOFORMATS, State.DRM} == set(SAID)


@pytest.mark.parametrize("state", SAID)
def test_a_video_in_a_state_is_refused_in_youtubes_words(sim: YtSim, state: State) -> None:
    error = refusal(sim, sim.named[state])

    assert SAID[state] in str(error.orig_msg)
    assert error.expected is (state is not State.NOFORMATS)
    assert isinstance(error, GeoRestrictedError) is (state is State.GEO)


def test_a_video_nobody_knows_is_not_available(sim: YtSim) -> None:
    assert "This video is not available" in str(refusal(sim, "aaaaaaaaaaA").orig_msg)


def test_under_sabr_only_the_progressive_format_has_a_url(sim: YtSim) -> None:
    log = Log()
    with ytdlp(sim, logger=log) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["sabr"]), download=False)

    assert [format_["format_id"] for format_ in info["formats"]] == ["18"]
    assert any("SABR" in warning for warning in log.warnings)


def test_what_is_live_says_so(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["live"]), download=False)

    assert info["live_status"] == "is_live"


def test_a_stream_of_the_past_was_live(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.streams[0]), download=False)

    assert info["live_status"] == "was_live"
    assert info["release_timestamp"] < info["epoch"]


def test_an_upcoming_video_can_be_described_though_it_has_no_formats(sim: YtSim) -> None:
    log = Log()
    with ytdlp(sim, logger=log, ignore_no_formats_error=True) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["upcoming"]), download=False)

    assert info["live_status"] == "is_upcoming"
    assert info["release_timestamp"] > info["epoch"]
    assert not info["formats"]
    assert any("will begin in" in warning for warning in log.warnings)


@pytest.mark.parametrize(("name", "seconds"), [("ok", 0), ("wait", 3)])
def test_a_preroll_makes_the_media_available_later(sim: YtSim, name: str, seconds: int) -> None:
    before = time.time()
    with ytdlp(sim) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named[name]), download=False)

    # yt-dlp rounds the moment of its look down, and up where there is something to wait for
    looked = info["formats"][0]["available_at"] - seconds
    assert math.floor(before) <= looked <= math.ceil(time.time())


def test_a_video_changes_its_state_while_the_site_is_up(sim: YtSim) -> None:
    video = sim.ids[5]
    sim.state(video, "private")

    assert SAID[State.PRIVATE] in str(refusal(sim, video).orig_msg)

    sim.state(video, "ok")
    with ytdlp(sim) as ydl:
        assert ydl.extract_info(sim.watch_url(video), download=False)["id"] == video
