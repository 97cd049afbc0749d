import itertools
import urllib.request
from typing import Any

import pytest
from yt_dlp.utils import DownloadError

from tests.ytsim.catalogue import CHANNEL_ID
from tests.ytsim.server import YtSim
from tests.ytsim.ytdlp import ytdlp


def listed(sim: YtSim, url: str, **options: Any) -> list[str]:
    with ytdlp(sim, extract_flat="in_playlist", **options) as ydl:
        info = ydl.extract_info(url, download=False)
        return [entry["id"] for entry in info["entries"]]


def pages_fetched(sim: YtSim) -> int:
    return sum(seen.path == "/youtubei/v1/browse" for seen in sim.requests())


def test_a_channel_lists_all_its_videos_thirty_to_a_page(sim: YtSim) -> None:
    assert len(sim.ids) == 250
    assert listed(sim, f"{sim.channel_url}/videos") == sim.ids
    assert pages_fetched(sim) == 8


def test_a_channel_is_found_by_its_id(sim: YtSim) -> None:
    assert listed(sim, f"https://www.youtube.com/channel/{CHANNEL_ID}/videos") == sim.ids


def test_a_channel_listed_without_its_page_is_the_same(sim: YtSim) -> None:
    skip = {"youtubetab": {"skip": ["webpage"]}}

    assert listed(sim, f"{sim.channel_url}/shorts", extractor_args=skip) == sim.shorts
    assert not [seen for seen in sim.requests() if seen.path.startswith("/@")]


def test_a_channel_read_lazily_fetches_no_page_too_many(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        info = ydl.extract_info(f"{sim.channel_url}/videos", download=False, process=False)
        first = [entry["id"] for entry in itertools.islice(info["entries"], 31)]

    assert first == sim.ids[:31]
    assert pages_fetched(sim) == 1


@pytest.mark.parametrize("tab", ["shorts", "streams"])
def test_shorts_and_streams_are_tabs_of_their_own(sim: YtSim, tab: str) -> None:
    videos = {"shorts": sim.shorts, "streams": sim.streams}[tab]

    assert listed(sim, f"{sim.channel_url}/{tab}") == videos
    assert not set(videos) & set(sim.ids)


def test_shorts_are_links_to_shorts_that_can_be_watched(sim: YtSim) -> None:
    with ytdlp(sim, extract_flat=True) as ydl:
        short = ydl.extract_info(f"{sim.channel_url}/shorts", download=False)["entries"][0]
        info = ydl.extract_info(short["url"], download=False)

    assert short["url"] == f"https://www.youtube.com/shorts/{sim.shorts[0]}"
    assert info["title"] == short["title"]


def test_a_channel_without_a_tab_named_gives_all_three(sim: YtSim) -> None:
    with ytdlp(sim, extract_flat=True) as ydl:
        tabs = ydl.extract_info(sim.channel_url, download=False)["entries"]
        found = [[entry["id"] for entry in tab["entries"]] for tab in tabs]

    assert found == [sim.ids, sim.streams, sim.shorts]


def test_a_channel_has_no_other_tab(sim: YtSim) -> None:
    with pytest.raises(DownloadError, match="does not have a podcasts tab"):
        listed(sim, f"{sim.channel_url}/podcasts")


def test_a_playlist_lists_all_videos(sim: YtSim) -> None:
    assert listed(sim, sim.playlist_url) == sim.ids


def test_channels_and_playlists_that_do_not_exist_are_refused(sim: YtSim) -> None:
    with pytest.raises(DownloadError, match="HTTP Error 404"):
        listed(sim, "https://www.youtube.com/@nosuchhandle/videos")
    with pytest.raises(DownloadError, match="The playlist does not exist"):
        listed(sim, "https://www.youtube.com/playlist?list=PLnosuchplaylist000000000000000")


def test_the_feed_names_the_newest_fifteen(sim: YtSim) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": sim.proxy}))
    with opener.open("http://www.youtube.com/feeds/videos.xml") as response:
        feed = response.read().decode()

    assert [part[:11] for part in feed.split("yt:video:")[1:]] == sim.ids[:15]
