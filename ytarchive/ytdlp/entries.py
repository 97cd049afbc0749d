"""What a list of yt-dlp's holds: videos, and other lists."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from schemas.common import Entry
from ytarchive.ytdlp.extract import id_token
from ytarchive.ytdlp.failures import readable

_TITLE: Final = 300
_ADDRESS: Final = 2048
_DURATION: Final = 1e9
_YOUTUBE_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_CHANNEL: Final = re.compile(
    r"https?://(?:\w+\.)?youtube\.com/(@[^/?#]+|(?:channel|c|user)/[^/?#]+)(?:/(\w+))?/?(?:[?#].*)?"
)
_ENDLESS: Final = re.compile(
    r"[a-z]+all:|https?://(?:\w+\.)?youtube\.com/"
    r"(?:(?:results|search)\?|feed/|hashtag/|source/|\?|$|.*[?&]list=RD)"
)
_UNAVAILABLE: Final = {"[Private video]": "the video is private", "[Deleted video]": "the video is deleted"}


def entry(found: Mapping[str, Any]) -> Entry | None:
    """Give the video that an entry names; None where it names none that can be asked for.

    What is known to be unavailable has the reason in `skip`.
    """
    site, name = str(found.get("ie_key") or found.get("extractor_key") or "generic").lower(), found.get("id")
    title = readable(str(found.get("title") or ""))[:_TITLE]
    duration = found.get("duration")
    stated = isinstance(duration, int | float) and 0 < duration < _DURATION
    described: dict[str, Any] = {
        "title": title,
        "duration": float(duration) if duration and stated else None,
        "skip": _UNAVAILABLE.get(title, ""),
        "unavailable": title in _UNAVAILABLE,
    }
    if site == "youtube":
        known = isinstance(name, str) and _YOUTUBE_ID.fullmatch(name)
        return Entry(video_id=str(name), **described) if known else None
    url = address(found)
    return (
        Entry(video_id=id_token(str(name or url)), site=id_token(site), url=url, **described) if url else None
    )


def nested(found: Mapping[str, Any]) -> bool:
    """Tell whether an entry is a list of its own, or leads to one."""
    if found.get("_type") in ("playlist", "multi_video"):
        return True
    return found.get("_type") in ("url", "url_transparent") and _leads_to_list(
        str(found.get("ie_key") or ""), str(found.get("url"))
    )


def address(found: Mapping[str, Any]) -> str:
    """Give the web address of an entry; nothing where it has none that can be used."""
    from yt_dlp.utils import unsmuggle_url  # noqa: PLC0415 - 1 s, in worker processes only

    linked = found.get("_type") in ("url", "url_transparent")
    stated = found.get("url") if linked else found.get("webpage_url") or found.get("original_url")
    url = readable(str(unsmuggle_url(str(stated or ""))[0]))
    return url if urlsplit(url).scheme in ("http", "https") and len(url) <= _ADDRESS else ""


def tab(url: str) -> tuple[str, str]:
    """Give the channel of an address and its tab, as far as it names them."""
    match = _CHANNEL.fullmatch(url)
    return (match[1], match[2] or "") if match else ("", "")


def newest_first(url: str) -> str:
    """Give the tab that an address is of, if it is one which new videos are put on top of."""
    name = tab(url)[1]
    return name if name in ("videos", "shorts", "streams") and "?" not in url else ""


def endless(url: str) -> bool:
    """Tell whether the list at an address may have no end: a search, a mix, a feed."""
    return _ENDLESS.match(url) is not None


def asked_for(url: str) -> int | None:
    """Give how many entries an address asks for: ``ytsearch10:words``; None where it does not say."""
    search = re.match(r"[a-z]*search[a-z]*([1-9][0-9]*):", url)
    return int(search[1]) if search else None


def identity(url: str) -> str:
    """Give what is the same for other spellings of the same list's address."""
    playlist = re.search(r"[?&]list=([A-Za-z0-9_-]+)", url)
    return playlist[1] if playlist else url.partition("#")[0].rstrip("/")


def _leads_to_list(key: str, url: str) -> bool:
    if key in ("YoutubeTab", "YoutubePlaylist"):
        return True
    from yt_dlp.extractor import get_info_extractor  # noqa: PLC0415 - 1 s, in worker processes only

    try:
        return bool(key) and get_info_extractor(key).is_single_video(url) is False
    except (AttributeError, KeyError):  # there is no such extractor
        return False
