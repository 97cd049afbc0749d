"""Looking a video up: everything about it, and whether it can be archived now."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from schemas.common import Category, Failure, Video
from schemas.options import Choices
from ytarchive.ytdlp.choices import chooser, patience, sighting
from ytarchive.ytdlp.failures import YtdlpFailure, readable
from ytarchive.ytdlp.session import Journal, session

_TEXT: Final = 8192
_SINGLES: Final = ("video", "url", "url_transparent")
_SINGLE: Final = "`ytarchive playlist submit URL` archives all the videos of a list."
_SEARCH: Final = re.compile(r"[a-z]*search[a-z]*(?:[1-9][0-9]*|all)?:.")
_LATER: Final = "Looked at again by itself until it is there."
_UNVISITED: Final = {"extract_flat": "in_playlist", "playlist_items": "1"}
"""Parameters under which an address that leads to a playlist brings no request for the videos in it."""

_SETTLING: Final = timedelta(seconds=60)
_LIVE: Final = {
    "is_live": "the stream is live; it can be archived once it is over",
    "is_upcoming": "the video is not there yet",
    "post_live": "the stream is over, its recording is not ready yet",
}


class Extraction(msgspec.Struct, frozen=True):
    """A video, and all that yt-dlp knows of it: JSON, with the addresses of its media.

    `warnings` are what yt-dlp complained about, such as formats it had to leave out, `unwanted` why the video
    is not among those chosen.
    """

    video: Video
    info: dict[str, Any]
    warnings: tuple[str, ...] = ()
    unwanted: str = ""


def extract(url: str, params: Mapping[str, Any], choices: Choices | None = None) -> Extraction:
    """Look one video up, without downloading. Raises `YtdlpFailure`.

    A stream that is not over and a premiere to come are failures too (`NOT_YET`) unless they are unwanted, as
    are playlists and sites that are not allowed (`REQUEST`): no request is made for those.
    """
    why_not = _why_not(choices)
    check_address(url, params["allowed_extractors"])
    journal = Journal()
    try:
        info = _look_up(url, params, journal)
    except YtdlpFailure as failed:
        if failed.failure.category is not Category.NOT_YET:
            raise
        info = _announced(url, params)
        if not info or not why_not(info):
            raise _not_yet(failed.failure.message, info, journal) from failed
    unwanted = why_not(info)
    if not unwanted and (status := info.get("live_status")) in _LIVE:
        raise _not_yet(_LIVE[status], info, journal)
    return Extraction(video_of(info), info, tuple(journal.warnings), unwanted)


def fingerprint(info: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the SHA-256 of what a video says about itself, and the document it is of.

    The digest is of the document's own JSON. What differs between two looks at an unchanged video is left
    out: addresses of media, what depends on the format chosen, counters, and notes of yt-dlp about itself.
    """
    volatile = " ".join(_VOLATILE.values()).split()
    kept = {key: value for key, value in info.items() if key not in volatile and not key.startswith("_")}
    if "subtitles" in kept:
        kept["subtitles"] = sorted(kept["subtitles"])
    if "thumbnail" in kept:
        kept["thumbnail"] = _unsigned(kept["thumbnail"])
    if "thumbnails" in kept:
        kept["thumbnails"] = [
            {**image, "url": _unsigned(image["url"])} for image in kept["thumbnails"] if "url" in image
        ]
    document: dict[str, Any] = msgspec.to_builtins(kept, order="deterministic")
    return hashlib.sha256(msgspec.json.encode(document)).hexdigest(), document


_VOLATILE: Final = {
    "media": "formats requested_formats requested_subtitles requested_downloads url manifest_url "
    "http_headers cookies fragments available_at downloader_options automatic_captions",
    "what depends on the format chosen": "format format_id format_note format_index ext protocol container "
    "width height fps resolution aspect_ratio dynamic_range stretched_ratio vcodec acodec tbr vbr abr asr "
    "audio_channels filesize filesize_approx quality has_drm language language_preference "
    "source_preference preference",
    "counters": "view_count like_count dislike_count comment_count repost_count save_count "
    "concurrent_view_count average_rating channel_follower_count heatmap comments",
    "the look itself, and other sources": "epoch original_url playlist playlist_index sponsorblock_chapters",
}


def _why_not(choices: Choices | None) -> Callable[[Mapping[str, Any]], str]:
    if choices is None:
        return lambda _: ""
    choose = chooser(choices)

    def why_not(info: Mapping[str, Any]) -> str:
        with patience():
            return choose.why_not(sighting(info))

    return why_not


def _look_up(url: str, params: Mapping[str, Any], journal: Journal) -> dict[str, Any]:
    with session({**params, **_UNVISITED}, journal) as ydl:
        found = ydl.extract_info(url, download=False, process=False)  # of a playlist, its first page at most
        if found.get("_type", "video") not in _SINGLES:
            raise _request("that is several videos, not one", _SINGLE)
        found = ydl.process_ie_result(found, download=False)
        if found.get("_type", "video") != "video":
            raise _request("that leads to several videos, not one", _SINGLE)
        info: dict[str, Any] = _readable(ydl.sanitize_info(found, True))
    return info


def _readable(node: Any) -> Any:
    """Make all text in it such that it can be written as JSON."""
    match node:
        case str():
            return node if node.isascii() else readable(node)
        case dict():
            return {_readable(key): _readable(value) for key, value in node.items()}
        case list() | tuple():
            return [_readable(value) for value in node]
        case _:
            return node


def _announced(url: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask again for what is known of a video that is not there yet: the error does not say when it is."""
    try:
        return _look_up(url, {**params, "ignore_no_formats_error": True}, Journal())
    except YtdlpFailure:
        return {}


def check_address(url: str, sites: Sequence[str], *, searches: bool = False) -> None:
    """Tell what is wrong with an address yt-dlp would only call unsuitable: raise `YtdlpFailure` (`REQUEST`).

    With `searches`, ``ytsearch10:words`` is one too.
    """
    from yt_dlp.extractor import gen_extractor_classes  # noqa: PLC0415 - 1 s, in worker processes only

    if urlsplit(url).scheme not in ("http", "https") and not (searches and _SEARCH.match(url)):
        raise _request("not a web address", "Give an address that begins with https://.")
    if {"all", "default"} & set(sites):
        return
    name = next((one.IE_NAME for one in gen_extractor_classes() if one.suitable(url)), "generic")
    if any(re.fullmatch(site.removeprefix("-"), name, re.IGNORECASE) for site in sites):
        return
    site = name.partition(":")[0]
    if site != name and any(re.fullmatch(allowed, site, re.IGNORECASE) for allowed in sites):
        kind = name.partition(":")[2].replace("_", " ")
        kind = "playlist or channel" if kind in ("tab", "user", "playlist") else kind
        raise _request(f"a {kind} of {site}, not a single video", _SINGLE)
    shown = "this site" if name == "generic" else site
    raise _request(
        f"{shown} is not allowed; allowed: {', '.join(sites)}",
        "The operator may allow it in YTARCHIVE_SITES, a list of yt-dlp's extractors.",
    )


def _request(message: str, hint: str) -> YtdlpFailure:
    return YtdlpFailure(Failure(category=Category.REQUEST, message=message, hint=hint))


def _not_yet(message: str, info: Mapping[str, Any], journal: Journal) -> YtdlpFailure:
    not_before = None
    if (start := info.get("release_timestamp")) and start > time.time():
        announced = datetime.fromtimestamp(start, UTC)
        message = f"{message} (expected {announced:%Y-%m-%d %H:%M} UTC)"
        not_before = announced + _SETTLING
    failure = Failure(category=Category.NOT_YET, message=message, hint=_LATER, not_before=not_before)
    return YtdlpFailure(failure, tuple(journal.warnings))


def video_of(info: Mapping[str, Any]) -> Video:
    """Give what a job needs to know of a video. Raises KeyError, TypeError, ValueError for what is none."""

    def text(key: str) -> str | None:
        return str(value)[:_TEXT] if (value := info.get(key)) else None

    return Video(
        site=id_token(info["extractor_key"].lower()),
        video_id=id_token(str(info["id"])),
        title=text("title") or str(info["id"])[:_TEXT],
        url=text("webpage_url") or "",
        channel=text("channel") or text("uploader"),
        channel_id=text("channel_id") or text("uploader_id"),
        upload_date=text("upload_date"),
        duration=max(0.0, float(info.get("duration") or 0)) or None,
        live_status=text("live_status"),
    )


def id_token(name: str) -> str:
    """Bring another site's id into the alphabet of ours, and keep different ones different."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', name)[:50]}-{digest}"


def _unsigned(address: str) -> str:
    return urlsplit(address)._replace(query="", fragment="").geturl()
