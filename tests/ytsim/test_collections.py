"""Lists of every kind, and what befalls them, as the real yt-dlp meets them."""

import itertools
import time
from typing import Any

import pytest
from yt_dlp.utils import DownloadError, ExtractorError

from tests.ytsim.catalogue import EMPTY_HANDLE, TERMINATED_HANDLE, Playlist
from tests.ytsim.server import YtSim
from tests.ytsim.tabs import ago
from tests.ytsim.ytdlp import ytdlp

WEB = "https://www.youtube.com"
DAY = 86_400


def entries(sim: YtSim, url: str, most: int | None = None, **options: Any) -> list[dict[str, Any]]:
    with ytdlp(sim, **options) as ydl:
        return list(itertools.islice(ydl.extract_info(url, download=False, process=False)["entries"], most))


def ids(sim: YtSim, url: str, most: int | None = None) -> list[str]:
    return [entry["id"] for entry in entries(sim, url, most)]


def test_the_tab_of_playlists_links_to_them(sim: YtSim) -> None:
    found = entries(sim, f"{sim.channel_url}/playlists")

    assert [(entry["ie_key"], entry["url"]) for entry in found] == [
        ("YoutubeTab", sim.list_url(playlist)) for playlist in Playlist
    ]


@pytest.mark.parametrize("url", [f"{WEB}/playlist?list={Playlist.EMPTY}", f"{WEB}/{EMPTY_HANDLE}"])
def test_some_lists_are_empty(sim: YtSim, url: str) -> None:
    assert entries(sim, url) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{WEB}/playlist?list={Playlist.PRIVATE}", "The playlist does not exist"),
        (f"{WEB}/{TERMINATED_HANDLE}", "This account has been terminated"),
    ],
)
def test_some_lists_are_not_for_everybody(sim: YtSim, url: str, words: str) -> None:
    with pytest.raises(DownloadError, match=words):
        entries(sim, url)


def test_a_playlist_may_link_to_itself(sim: YtSim) -> None:
    url = sim.list_url(Playlist.OUROBOROS)
    found = entries(sim, url)

    assert [entry["id"] for entry in found[:-1]] == sim.shorts
    assert found[-1]["url"] == url


def test_a_playlist_may_hold_what_is_not_there_any_more(sim: YtSim) -> None:
    found = entries(sim, sim.list_url(Playlist.PATCHY))

    assert [entry["title"] for entry in found[-2:]] == ["[Private video]", "[Deleted video]"]
    assert [entry["id"] for entry in found[:-2]] == sim.streams


def test_a_video_in_a_playlist_links_to_that(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        found = ydl.extract_info(f"{sim.watch_url(sim.ids[0])}&list=PLx234567890", process=False)

    assert found["url"] == f"{WEB}/playlist?list=PLx234567890"


def test_a_search_goes_on_for_ever(sim: YtSim) -> None:
    found = ids(sim, "ytsearchall:words", 300)

    assert found[: len(sim.ids)] == sim.ids
    assert len(set(found)) == 300


def test_a_search_without_a_filter_finds_more_than_videos(sim: YtSim) -> None:
    found = entries(sim, f"{WEB}/results?search_query=words", 3)

    assert [entry["ie_key"] for entry in found] == ["YoutubeTab", "YoutubeTab", "Youtube"]


def test_a_search_may_find_nothing(sim: YtSim) -> None:
    assert entries(sim, "ytsearch5:nothing") == []


def test_a_mix_goes_on_for_ever(sim: YtSim) -> None:
    found = ids(sim, f"{sim.watch_url(sim.ids[0])}&list=RD{sim.ids[0]}", 300)

    assert found[0] == sim.ids[0]
    assert len(set(found)) == 300


def test_a_new_video_is_on_top_until_the_next_reset(sim: YtSim) -> None:
    new = sim.publish()

    assert ids(sim, f"{sim.channel_url}/videos", 2) == [new, sim.ids[0]]
    assert ids(sim, sim.playlist_url, 1) == [new]
    sim.reset()
    assert ids(sim, f"{sim.channel_url}/videos", 1) == [sim.ids[0]]


def test_a_video_can_be_taken_off_the_lists(sim: YtSim) -> None:
    sim.unlist(sim.ids[0])

    assert ids(sim, f"{sim.channel_url}/videos", 1) == [sim.ids[1]]
    with pytest.raises(ValueError, match="not in"):
        sim.unlist("nosuchvideo")


def test_what_a_list_goes_on_with_can_expire(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        found = ydl.extract_info(f"{sim.channel_url}/videos", download=False, process=False)["entries"]
        next(found)
        sim.expire_tokens()
        with pytest.raises(ExtractorError, match="HTTP Error 400"):
            list(found)
    assert len(ids(sim, f"{sim.channel_url}/videos", 31)) == 31


@pytest.mark.parametrize(
    ("knob", "words"), [("page_429", "429"), ("page_503", "503"), ("page_empty", "Incomplete data")]
)
@pytest.mark.parametrize("url", [f"{WEB}/@simchannel/videos", "ytsearchall:words"])
def test_a_page_can_fail(sim: YtSim, knob: str, words: str, url: str) -> None:
    sim.set(**{knob: 2})
    strict = {"youtube": {"raise_incomplete_data": ["true"]}}

    with pytest.raises(ExtractorError, match=words):
        entries(sim, url, 31, extractor_args=strict)
    sim.set(**{knob: 0})

    assert len(entries(sim, url, 31)) == 31


def test_a_page_can_take_its_time(sim: YtSim) -> None:
    sim.set(page_latency=0.5, slow_page=2)
    began = time.monotonic()
    ids(sim, f"{sim.channel_url}/videos", 30)
    without = time.monotonic() - began
    ids(sim, f"{sim.channel_url}/videos", 31)

    assert time.monotonic() - began - without > 0.5


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0, "0 days ago"),
        (DAY, "1 day ago"),
        (29 * DAY, "29 days ago"),
        (30 * DAY, "1 month ago"),
        (364 * DAY, "12 months ago"),
        (365 * DAY, "1 year ago"),
        (800 * DAY, "2 years ago"),
    ],
)
def test_a_list_says_how_long_ago_and_leaves_the_rest_out(age: int, words: str) -> None:
    assert ago(1_000_000_000, 1_000_000_000 + age) == words
