"""www.youtube.com and the pictures: which answer belongs to which address."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tests.ytsim import chat, endless, tabs
from tests.ytsim.catalogue import (
    CHANNEL_ID,
    EMPTY_HANDLE,
    HANDLE,
    LOST_CHANNEL_ID,
    NO_CHANNEL_ID,
    TERMINATED_HANDLE,
)
from tests.ytsim.innertube import Json, nested
from tests.ytsim.pages import IFRAME_API, page
from tests.ytsim.player import player
from tests.ytsim.player_js import player_js
from tests.ytsim.reply import Reply, file_reply, json_reply, refusal
from tests.ytsim.site import Request, Site
from tests.ytsim.watch import comments, watch

_API: Final = "/youtubei/v1/"
_CHANNEL: Final = re.compile(rf"/(?:{HANDLE}|channel/{CHANNEL_ID})(?:/(\w*))?/?")
_LATE: Final = 1.0
_EMPTY: Final = re.compile(rf"/{EMPTY_HANDLE}(?:/(\w*))?/?")
_FRONT_PAGE: Final = {"tabRenderer": {"selected": True, "tabIdentifier": "FEwhat_to_watch"}}
_UNREADABLE: Final = {
    f"/{TERMINATED_HANDLE}": tabs.alert(
        "This account has been terminated for violating Google's Terms of Service."
    ),
    f"/channel/{NO_CHANNEL_ID}": tabs.alert("This channel does not exist."),
    f"/channel/{LOST_CHANNEL_ID}": {"contents": nested("twoColumnBrowseResultsRenderer.tabs", [_FRONT_PAGE])},
}
"""Pages of channels that are none, by how their addresses begin."""
_LARGE: Final = ("maxresdefault.jpg", "hq720.jpg")
_SUBTITLES: Final = """\
WEBVTT

00:00:00.000 --> 00:00:02.000
Hello café

00:00:02.000 --> 00:00:04.000
World
"""
_SUBTITLES_JSON: Final = {"events": [{"tStartMs": 0, "dDurationMs": 2000, "segs": [{"utf8": "Hello café"}]}]}


def youtube(site: Site, request: Request) -> Reply:
    """Answer a request to www.youtube.com; 404 where there is nothing."""
    if request.path.startswith(_API) or request.path in ("/watch", "/playlist"):
        if site.spend("api_429"):
            return refusal(429, "Too Many Requests")
        if site.spend("api_503"):
            return refusal(503, "Service Unavailable")
        if site.spend("api_late"):
            site.sleep(_LATE)
        if site.spend("api_garbage"):
            return Reply(b"<html>We will be back soon.</html>")
    if request.path.startswith(_API):
        return _api(site, request.path.removeprefix(_API), msgspec.json.decode(request.body))
    if request.path.startswith("/s/player/"):
        return Reply(player_js(site.knobs.player_kb), "text/javascript")
    if (found := _CHANNEL.fullmatch(request.path)) is not None:
        return page(tabs.channel(site.catalogue, found[1] or ""))
    if (found := _EMPTY.fullmatch(request.path)) is not None:
        return page(tabs.nobodys(found[1] or ""))
    for start, answered in _UNREADABLE.items():
        if request.path.startswith(start):
            return page(answered)
    if request.path.startswith("/embed/"):
        return page({"contents": {}})
    answer = _PAGES.get(request.path)
    return answer(site, request) if answer else refusal(404)


def picture(site: Site, request: Request) -> Reply:
    """Answer a request for a thumbnail or an avatar. Only two sizes of a thumbnail exist."""
    name = request.path.rpartition("/")[2]
    if name not in (*_LARGE, "hqdefault.jpg") and not request.host.endswith("ggpht.com"):
        return refusal(404)
    video = site.catalogue.video(request.path.split("/")[-2])
    large = (name in _LARGE) != bool(video and video.edit.picture)
    return file_reply(site.media.picture(large=large), "image/jpeg")


def _watch(site: Site, request: Request) -> Reply:
    id_ = request.query.get("v", "")
    if (listed := request.query.get("list", "")).startswith("RD"):
        return page(endless.mix(site.catalogue, listed))
    if listed:
        return page(tabs.beside(listed))
    return page(watch(site.catalogue.video(id_)), player(site, id_))


def _playlist(site: Site, request: Request) -> Reply:
    return page(tabs.playlist(site.catalogue, request.query.get("list", "")))


def _subtitles(_: Site, request: Request) -> Reply:
    if request.query.get("fmt") == "json3":
        return json_reply(_SUBTITLES_JSON)
    return Reply(_SUBTITLES.encode(), "text/vtt")


_PAGES: Final[dict[str, Callable[[Site, Request], Reply]]] = {
    "/": lambda _site, _request: page({"contents": {}}),
    "/tv": lambda _site, _request: page({"contents": {}}),
    "/watch": _watch,
    "/playlist": _playlist,
    "/feeds/videos.xml": lambda site, _: Reply(tabs.feed(site.catalogue).encode(), "text/xml"),
    "/iframe_api": lambda _site, _request: Reply(IFRAME_API.encode(), "text/javascript"),
    "/api/timedtext": _subtitles,
    "/live_chat_replay": lambda _, request: page(chat.replay(request.query["continuation"])),
}


def _api(site: Site, endpoint: str, call: Json) -> Reply:
    """Answer a call of the InnerTube API."""
    match endpoint:
        case "player":
            client = call["context"]["client"]["clientName"]
            return json_reply(player(site, call["videoId"], client))
        case "next" if "continuation" in call:
            return json_reply(comments(call["continuation"]))
        case "next" if "playlistId" in call:
            return json_reply(endless.mix(site.catalogue, call["playlistId"], call["index"]))
        case "next":
            return json_reply(watch(site.catalogue.video(call["videoId"])))
        case "browse" | "search" if "continuation" in call:
            return _more(site, call["continuation"])
        case "search":
            return json_reply(endless.search(site.catalogue, call["query"], all_kinds="params" not in call))
        case "browse":
            return _browse(site, call["browseId"], call.get("params", ""))
        case "live_chat/get_live_chat_replay":
            return json_reply(chat.replay(call["continuation"]))
        case "navigation/resolve_url":
            return _resolve(call["url"])
        case _:
            return refusal(404)


def _more(site: Site, token: str) -> Reply:
    """Answer with the page of a list that a token is for, unless it is one that is to fail."""
    try:
        name, start = site.catalogue.place(token)
    except ValueError:
        error = {
            "code": 400,
            "message": "Request contains an invalid argument.",
            "status": "INVALID_ARGUMENT",
        }
        return json_reply({"error": error}, 400)
    _, _, words = name.partition("search:")
    number = start // (endless.RESULTS if words else tabs.per_page(name)) + 1
    if number == site.knobs.slow_page:
        site.sleep(site.knobs.page_latency)
    if number == site.knobs.page_429:
        return refusal(429, "Too Many Requests")
    if number == site.knobs.page_503:
        return refusal(503, "Service Unavailable")
    if number == site.knobs.page_empty:
        return json_reply({"responseContext": {}})
    if words:
        return json_reply(endless.search_more(site.catalogue, words, start))
    return json_reply(tabs.more(site.catalogue, name, start))


def _browse(site: Site, id_: str, tab: str) -> Reply:
    if id_.startswith("VL"):
        return json_reply(tabs.playlist(site.catalogue, id_.removeprefix("VL")))
    return json_reply(tabs.channel(site.catalogue, tab)) if id_ == CHANNEL_ID else _not_found()


def _resolve(url: str) -> Reply:
    """Say what to browse for a page of the channel; its tab is handed on as the parameters."""
    found = _CHANNEL.fullmatch(urlsplit(url).path)
    if not found:
        return _not_found()
    return json_reply(
        nested("endpoint.browseEndpoint", {"browseId": CHANNEL_ID, "params": found[1] or "videos"})
    )


def _not_found() -> Reply:
    error = {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}
    return json_reply({"error": error}, 404)
