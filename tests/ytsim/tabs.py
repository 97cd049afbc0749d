"""The lists: the channel's tabs, the playlists and the feed. Each goes on page by page."""

import html
import time
from collections.abc import Iterator
from typing import Final

from tests.ytsim.catalogue import CHANNEL, CHANNEL_ID, HANDLE, Catalogue, Playlist, State, Video
from tests.ytsim.innertube import Json, byline, continuation, nested, runs, text, thumbnails
from tests.ytsim.media import SECONDS

_FEED_LENGTH: Final = 15
_TITLES: Final = {
    "featured": "Home",
    "videos": "Videos",
    "shorts": "Shorts",
    "streams": "Live",
    "playlists": "Playlists",
}
_PER_PAGE: Final = {"videos": 30, "shorts": 48, "streams": 30, "playlists": 30}
_PLAYLIST_PAGE: Final = 100
_YEAR, _MONTH, _DAY = 365 * 86_400, 30 * 86_400, 86_400


def items(catalogue: Catalogue, name: str, start: int = 0) -> list[Json]:
    """Give one page of the list called `name`, and where it goes on."""
    all_ = _contents(catalogue, name)
    end = start + per_page(name)
    page = [_item(name, found, place) for place, found in enumerate(all_[start:end], start + 1)]
    return [*page, continuation(catalogue.token(name, end))] if end < len(all_) else page


def per_page(name: str) -> int:
    """Give how many a page of the list called `name` holds."""
    return _PER_PAGE.get(name, _PLAYLIST_PAGE)


def more(catalogue: Catalogue, name: str, start: int) -> Json:
    """Give what a list goes on with from `start` on."""
    page = items(catalogue, name, start)
    return {"onResponseReceivedActions": [nested("appendContinuationItemsAction.continuationItems", page)]}


def _contents(catalogue: Catalogue, name: str) -> list[Video | Playlist]:
    """Give what a list holds; a playlist is called by its id. Raises ValueError where there is none."""
    match name:
        case "videos" | Playlist.ALL:
            ids = catalogue.ids
        case "shorts" | Playlist.OUROBOROS:
            ids = catalogue.shorts
        case "streams":
            ids = catalogue.streams
        case Playlist.PATCHY:
            unavailable = [catalogue.named[State.PRIVATE], catalogue.named[State.DELETED]]
            ids = [*catalogue.streams, *unavailable]
        case Playlist.EMPTY:
            ids = []
        case "playlists":
            return list(Playlist)
        case _:
            raise ValueError(f"no such list: {name}")
    return [video for id_ in ids if (video := catalogue.video(id_))]


def channel(catalogue: Catalogue, tab: str) -> Json:
    """Give the channel with one of its tabs open: ``videos`` where `tab` is none of them."""
    opened = tab if tab in _PER_PAGE else "videos"
    tabs = [_tab(catalogue, name, title, selected=name == opened) for name, title in _TITLES.items()]
    subscribers = {"metadataParts": [{"text": {"content": "1.5M subscribers"}}]}
    return {
        "contents": nested("twoColumnBrowseResultsRenderer.tabs", tabs),
        "metadata": {"channelMetadataRenderer": _channel_metadata()},
        "header": nested(
            "pageHeaderRenderer.content.pageHeaderViewModel.metadata.contentMetadataViewModel.metadataRows",
            [subscribers],
        ),
        "microformat": {
            "microformatDataRenderer": {"noindex": False, "unlisted": False, "tags": ["sim"]},
        },
    }


def nobodys(tab: str) -> Json:
    """Give the channel of somebody who has uploaded nothing."""
    home = {"title": "Home", "selected": True, "content": {"sectionListRenderer": {"contents": []}}}
    return {
        "contents": nested("twoColumnBrowseResultsRenderer.tabs", [{"tabRenderer": home}]),
        "metadata": nested("channelMetadataRenderer.title", f"Nobody {tab}".strip()),
    }


def alert(words: str) -> Json:
    """Give a page that holds nothing but an error."""
    return {"alerts": [{"alertRenderer": {"type": "ERROR", "text": runs(words)}}]}


def playlist(catalogue: Catalogue, id_: str) -> Json:
    """Give the first page of a playlist."""
    if id_ == Playlist.PRIVATE or id_ not in tuple(Playlist):
        return alert("The playlist does not exist.")
    section = nested("itemSectionRenderer.contents", list(_in_section(catalogue, id_)))
    tab = {"selected": True, "content": nested("sectionListRenderer.contents", [section])}
    count = len(_contents(catalogue, id_))
    return {
        "contents": nested("twoColumnBrowseResultsRenderer.tabs", [{"tabRenderer": tab}]),
        "metadata": {
            "playlistMetadataRenderer": {
                "title": "Simulated playlist" if id_ == Playlist.ALL else Playlist(id_).name.title(),
                "description": "All of it",
            },
        },
        "header": {
            "playlistHeaderRenderer": {
                "privacy": "PUBLIC",
                "numVideosText": runs(f"{count} videos" if count else "No videos"),
                "viewCountText": text("99 views"),
                "ownerText": byline(),
            }
        },
    }


def _in_section(catalogue: Catalogue, id_: str) -> Iterator[Json]:
    if id_ == Playlist.EMPTY:
        yield nested("messageRenderer.text", text("No videos in this playlist yet"))
        return
    yield nested("playlistVideoListRenderer.contents", items(catalogue, id_))
    if id_ == Playlist.OUROBOROS:
        yield {"lockupViewModel": _link(Playlist.OUROBOROS)}


def beside(id_: str) -> Json:
    """Give a video's page with a playlist beside it, to which it links."""
    link = nested("commandMetadata.webCommandMetadata.url", f"/playlist?list={id_}")
    shown = {"title": "Beside", "playlistId": id_, "endpoint": link, "contents": []}
    return {"contents": nested("twoColumnWatchNextResults.playlist.playlist", shown)}


def feed(catalogue: Catalogue) -> str:
    """Give the channel's newest videos as Atom."""
    entries = "".join(
        f"<entry><id>yt:video:{video.id}</id><title>{html.escape(video.title)}</title>"
        f'<link rel="alternate" href="https://www.youtube.com/watch?v={video.id}"/>'
        f"<published>{video.date}</published></entry>"
        for id_ in catalogue.ids[:_FEED_LENGTH]
        if (video := catalogue.video(id_))
    )
    namespace = "http://www.w3.org/2005/Atom"
    return f'<?xml version="1.0"?><feed xmlns="{namespace}"><title>{CHANNEL}</title>{entries}</feed>'


def _tab(catalogue: Catalogue, name: str, title: str, *, selected: bool) -> Json:
    tab: Json = {
        "title": title,
        "selected": selected,
        "endpoint": nested("commandMetadata.webCommandMetadata.url", f"/{HANDLE}/{name}"),
    }
    if selected and name == "playlists":
        section = nested(
            "itemSectionRenderer.contents", [nested("gridRenderer.items", items(catalogue, name))]
        )
        tab["content"] = nested("sectionListRenderer.contents", [section])
    elif selected:
        tab["content"] = nested("richGridRenderer.contents", items(catalogue, name))
    return {"tabRenderer": tab}


def _channel_metadata() -> Json:
    url = f"http://www.youtube.com/{HANDLE}"
    avatar = {"url": "https://yt3.ggpht.com/avatar=s900", "width": 900, "height": 900}
    return {
        "title": CHANNEL,
        "description": "A simulated channel",
        "externalId": CHANNEL_ID,
        "vanityChannelUrl": url,
        "ownerUrls": [url],
        "keywords": 'sim "two words"',
        "avatar": {"thumbnails": [avatar]},
    }


def _item(name: str, found: Video | Playlist, place: int) -> Json:
    match name, found:
        case _, Playlist():
            return {"lockupViewModel": _link(found)}
        case "shorts", _:
            return nested("richItemRenderer.content.shortsLockupViewModel", _short(found))
        case "videos" | "streams", _:
            return nested("richItemRenderer.content.lockupViewModel", _lockup(found))
        case _:
            return {"playlistVideoRenderer": _in_playlist(found, place)}


def _in_playlist(video: Video, place: int) -> Json:
    gone = {"private": "[Private video]", "deleted": "[Deleted video]"}.get(video.born)
    told = {"title": runs(gone)} if gone else {"title": runs(video.title), "lengthSeconds": str(SECONDS)}
    return {
        "videoId": video.id,
        "index": text(str(place)),
        "isPlayable": not gone,
        "thumbnail": {"thumbnails": thumbnails(video.id)[:1]},
        "shortBylineText": byline(),
        **told,
    }


def _link(found: Playlist) -> Json:
    """Give a link to a playlist."""
    return {
        "contentId": str(found),
        "contentType": "LOCKUP_CONTENT_TYPE_PLAYLIST",
        "metadata": nested("lockupMetadataViewModel.title.content", found.name.title()),
    }


def ago(moment: float, now: float) -> str:
    """Say how long ago it was as lists do: in whole years, else in whole months, else in whole days."""
    age = now - moment
    unit, name = next(
        (each for each in ((_YEAR, "year"), (_MONTH, "month")) if age >= each[0]), (_DAY, "day")
    )
    count = int(age / unit)
    return f"{count} {name}{'s' * (count != 1)} ago"


def _short(video: Video) -> Json:
    return {
        "entityId": f"shorts-shelf-item-{video.id}",
        "onTap": nested("innertubeCommand.reelWatchEndpoint.videoId", video.id),
        "overlayMetadata": {
            "primaryText": {"content": video.title},
            "secondaryText": {"content": f"{video.views} views"},
        },
        "thumbnailViewModel": nested("thumbnailViewModel.image.sources", thumbnails(video.id)[:1]),
    }


def _lockup(video: Video) -> Json:
    length = nested("thumbnailBadgeViewModel.text", f"0:{SECONDS}")
    when = f"{'Streamed ' if video.streamed else ''}{ago(video.uploaded, time.time())}"
    views = {
        "metadataParts": [
            {"text": {"content": f"{video.views} views"}},
            {"text": {"content": when}, "accessibilityLabel": when},
        ]
    }
    return {
        "contentId": video.id,
        "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
        "contentImage": {
            "thumbnailViewModel": {
                "image": {"sources": thumbnails(video.id)[:1]},
                "overlays": [nested("thumbnailBottomOverlayViewModel.badges", [length])],
            }
        },
        "metadata": {
            "lockupMetadataViewModel": {
                "title": {"content": video.title},
                "metadata": nested("contentMetadataViewModel.metadataRows", [views]),
            }
        },
    }
