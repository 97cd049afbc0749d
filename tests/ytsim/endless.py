"""What has no end: the results of a search, and the mix that plays on after a video."""

from typing import Final

from tests.ytsim.catalogue import Catalogue, Playlist, Video, video_id
from tests.ytsim.innertube import Json, byline, channel_endpoint, continuation, nested, runs, text
from tests.ytsim.media import SECONDS

NOTHING: Final = "nothing"
RESULTS: Final = 20
_MIX: Final = 25


def results(catalogue: Catalogue, words: str, start: int = 0, *, all_kinds: bool = False) -> list[Json]:
    """Give one page of what a search finds: the channel's videos, then others. For ``nothing`` there is none.

    With `all_kinds` the first page begins with a channel and a playlist.
    """
    others = [_channel(), _playlist()] if all_kinds and not start else []
    found = [{"videoRenderer": _result(_video(catalogue, n))} for n in range(start, start + RESULTS)]
    if words == NOTHING:
        return [nested("itemSectionRenderer.contents", [{"messageRenderer": text("No results found")}])]
    goes_on = continuation(catalogue.token(f"search:{words}", start + RESULTS))
    return [nested("itemSectionRenderer.contents", [*others, *found]), goes_on]


def search(catalogue: Catalogue, words: str, *, all_kinds: bool) -> Json:
    """Give the first page of a search."""
    return nested(
        "contents.twoColumnSearchResultsRenderer.primaryContents.sectionListRenderer.contents",
        results(catalogue, words, all_kinds=all_kinds),
    )


def search_more(catalogue: Catalogue, words: str, start: int) -> Json:
    """Give what a search goes on with from `start` on."""
    page = results(catalogue, words, start)
    return {"onResponseReceivedCommands": [nested("appendContinuationItemsAction.continuationItems", page)]}


def mix(catalogue: Catalogue, id_: str, start: int = 0) -> Json:
    """Give what a mix shows around its `start`-th video, and after it."""
    contents = [_in_mix(_video(catalogue, place), place) for place in range(start, start + _MIX)]
    listed = {"title": "Mix", "playlistId": id_, "isInfinite": True, "contents": contents}
    return {"contents": nested("twoColumnWatchNextResults.playlist.playlist", listed)}


def _video(catalogue: Catalogue, place: int) -> Video:
    known = catalogue.video(catalogue.ids[place]) if place < len(catalogue.ids) else None
    return known or Video(video_id(f"endless-{place}"), place, "endless")


def _result(video: Video) -> Json:
    return {
        "videoId": video.id,
        "title": runs(video.title),
        "lengthText": text(f"0:{SECONDS}"),
        "ownerText": byline(),
    }


def _in_mix(video: Video, place: int) -> Json:
    return {
        "playlistPanelVideoRenderer": {
            "videoId": video.id,
            "title": text(video.title),
            "lengthText": text(f"0:{SECONDS}"),
            "shortBylineText": byline(),
            "navigationEndpoint": {
                "watchEndpoint": {"videoId": video.id, "index": place, "params": "OAE%3D"}
            },
        }
    }


def _channel() -> Json:
    endpoint = channel_endpoint()
    described = {"channelId": endpoint["browseEndpoint"]["browseId"], "navigationEndpoint": endpoint}
    return {"channelRenderer": {**described, "title": text("Simulated Channel")}}


def _playlist() -> Json:
    return {"playlistRenderer": {"playlistId": str(Playlist.PATCHY), "title": text("Patchy")}}
