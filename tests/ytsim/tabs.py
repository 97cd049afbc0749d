"""The lists: the channel's tabs, the playlist and the feed. Each goes on page by page."""

import html
from typing import Final

from tests.ytsim.catalogue import CHANNEL, CHANNEL_ID, HANDLE, Catalogue, Video
from tests.ytsim.innertube import Json, byline, continuation, nested, runs, text, thumbnails
from tests.ytsim.media import SECONDS

_FEED_LENGTH: Final = 15
_TITLES: Final = {"featured": "Home", "videos": "Videos", "shorts": "Shorts", "streams": "Live"}
_PER_PAGE: Final = {"videos": 30, "shorts": 48, "streams": 30, "playlist": 100}


def items(catalogue: Catalogue, name: str, start: int = 0) -> list[Json]:
    """Give one page of the list called `name`, and where it goes on. Raises KeyError for an unknown name."""
    ids = {"shorts": catalogue.shorts, "streams": catalogue.streams}.get(name, catalogue.ids)
    end = start + _PER_PAGE[name]
    page = [
        _item(name, video, place)
        for place, id_ in enumerate(ids[start:end], start + 1)
        if (video := catalogue.video(id_))
    ]
    return [*page, continuation(f"{name}:{end}")] if end < len(ids) else page


def more(catalogue: Catalogue, token: str) -> Json:
    """Give the page that a continuation token ``LIST:START`` asks for."""
    name, start = token.split(":")
    page = items(catalogue, name, int(start))
    return {"onResponseReceivedActions": [nested("appendContinuationItemsAction.continuationItems", page)]}


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


def playlist(catalogue: Catalogue) -> Json:
    """Give the first page of the playlist, which holds every video of the channel."""
    videos = nested("playlistVideoListRenderer.contents", items(catalogue, "playlist"))
    section = nested("itemSectionRenderer.contents", [videos])
    tab = {"selected": True, "content": nested("sectionListRenderer.contents", [section])}
    return {
        "contents": nested("twoColumnBrowseResultsRenderer.tabs", [{"tabRenderer": tab}]),
        "metadata": {
            "playlistMetadataRenderer": {"title": "Simulated playlist", "description": "All of it"},
        },
        "header": {
            "playlistHeaderRenderer": {
                "privacy": "PUBLIC",
                "numVideosText": runs(f"{len(catalogue.ids)} videos"),
                "viewCountText": text("99 views"),
                "ownerText": byline(),
            }
        },
    }


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
    if selected:
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


def _item(name: str, video: Video, place: int) -> Json:
    match name:
        case "playlist":
            return {"playlistVideoRenderer": _in_playlist(video, place)}
        case "shorts":
            return nested("richItemRenderer.content.shortsLockupViewModel", _short(video))
        case _:
            return nested("richItemRenderer.content.lockupViewModel", _lockup(video))


def _in_playlist(video: Video, place: int) -> Json:
    return {
        "videoId": video.id,
        "title": runs(video.title),
        "index": text(str(place)),
        "lengthSeconds": str(SECONDS),
        "isPlayable": True,
        "thumbnail": {"thumbnails": thumbnails(video.id)[:1]},
        "shortBylineText": byline(),
    }


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
    when = "Streamed 2 years ago" if video.streamed else "2 years ago"
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
