"""Which URLs we take, told before anything is asked of a network."""

import re
from urllib.parse import parse_qs, urlsplit

import msgspec

_HOSTS = frozenset({"youtube.com", "youtube-nocookie.com", "youtu.be"})
_PREFIXES = ("www.", "m.", "music.", "gaming.")
_VIDEO_PATHS = frozenset({"shorts", "live", "embed", "v", "e"})
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]{2,64}")
_PLAYERS = frozenset({"videoseries", "live_stream"})
"""What stands in the place of a video's id where the player shows a list or whatever is live."""
_SEARCH = re.compile(r"ytsearch(date)?([1-9]\d{0,3}|all)?:\S")
_MAX = 2048


class BadLink(ValueError):
    """A URL we cannot take. The message says why, `hint` what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Link(msgspec.Struct, frozen=True):
    """A URL taken apart. `video_id` is known for YouTube's own forms of a video's address.

    Any other of YouTube's addresses is taken for that of a `list`; one of another site for that of a video.
    `beside` is the list in which the video was being watched, which is not meant.
    """

    url: str
    video_id: str | None = None
    list: bool = False
    beside: str = ""


def link(text: str, *, youtube_only: bool) -> Link:
    """Check that `text` may lead to videos, and bring a video's address into its usual form.

    With `youtube_only` other sites are refused here; without, any http(s) URL passes and yt-dlp decides.
    A search is written as yt-dlp has it: ``ytsearch20:words``. Raises `BadLink`.
    """
    text = text.strip()
    if len(text) <= _MAX and text.isprintable() and _SEARCH.match(text):
        return Link(text, list=True)
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or len(text) > _MAX or not text.isprintable():
        raise BadLink(
            f"not a web address: {text[:80]!r}",
            "Give the address of a video, a playlist or a channel, such as https://www.youtube.com/watch?v=...",
        )
    site = next((host.removeprefix(p) for p in _PREFIXES if host.startswith(p)), host)
    if site not in _HOSTS:
        if youtube_only:
            raise BadLink(f"not a YouTube address: {text[:80]}", "ytarchive archives videos of YouTube.")
        return Link(text)
    path = parts.path.strip("/").split("/")
    if path == [""]:
        raise BadLink(
            f"neither a video nor a list: {text[:80]}",
            "Give the address of a video, a playlist or a channel.",
        )
    query = parse_qs(parts.query)
    video_id = _video_id(site, path, query)
    if video_id is None:
        return Link(text, list=True)
    if not _VIDEO_ID.fullmatch(video_id):
        raise BadLink(f"not a video id: {video_id[:40]!r}", "A YouTube video id has eleven characters.")
    beside = next((one for one in query.get("list", ()) if _LIST_ID.fullmatch(one)), "")
    return Link(f"https://www.youtube.com/watch?v={video_id}", video_id, beside=beside)


def video_id_of(text: str) -> str | None:
    """Give the id of the YouTube video an address names plainly; None where it has to be looked up."""
    try:
        return link(text, youtube_only=True).video_id
    except BadLink:
        return None


def is_list(text: str) -> bool:
    """Tell whether an address is taken for that of a list; of other sites, none is."""
    try:
        return link(text, youtube_only=False).list
    except BadLink:
        return False


def _video_id(site: str, path: list[str], query: dict[str, list[str]]) -> str | None:
    if site == "youtu.be":
        return path[0] or None
    match path:
        case ["watch"]:
            return query.get("v", [None])[0]
        case [kind, video_id, *_] if kind in _VIDEO_PATHS and video_id not in _PLAYERS:
            return video_id
        case _:
            return None
