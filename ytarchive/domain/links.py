"""Which URLs we take, told before anything is asked of a network."""

import re
from urllib.parse import parse_qs, urlsplit

import msgspec

_HOSTS = frozenset({"youtube.com", "youtube-nocookie.com", "youtu.be"})
_PREFIXES = ("www.", "m.", "music.", "gaming.")
_VIDEO_PATHS = frozenset({"shorts", "live", "embed", "v", "e"})
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_PLAYERS = frozenset({"videoseries", "live_stream"})
"""What stands in the place of a video's id where the player shows a list or whatever is live."""
_MAX = 2048


class BadLink(ValueError):
    """A URL we cannot take. The message says why, `hint` what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Link(msgspec.Struct, frozen=True):
    """A URL taken apart. `video_id` is known for YouTube's own forms of address."""

    url: str
    video_id: str | None = None


def video_link(text: str, *, youtube_only: bool) -> Link:
    """Check that `text` names one video and bring it into its usual form. Raises `BadLink`.

    With `youtube_only` other sites are refused here; without, any http(s) URL passes and yt-dlp decides.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or len(text) > _MAX or not text.isprintable():
        raise BadLink(
            f"not a web address: {text[:80]!r}",
            "Give the address of a video, such as https://www.youtube.com/watch?v=...",
        )
    site = next((host.removeprefix(p) for p in _PREFIXES if host.startswith(p)), host)
    if site not in _HOSTS:
        if youtube_only:
            raise BadLink(f"not a YouTube address: {text[:80]}", "ytarchive archives videos of YouTube.")
        return Link(text)
    video_id = _video_id(site, parts.path.strip("/").split("/"), parse_qs(parts.query))
    if video_id is None:
        raise BadLink(
            f"not a single video: {text[:80]}",
            "That is a playlist, a channel or a page. Give its videos one by one; "
            "`yt-dlp --flat-playlist --print url URL` lists them.",
        )
    if not _VIDEO_ID.fullmatch(video_id):
        raise BadLink(f"not a video id: {video_id[:40]!r}", "A YouTube video id has eleven characters.")
    return Link(f"https://www.youtube.com/watch?v={video_id}", video_id)


def video_id_of(text: str) -> str | None:
    """Give the id of the YouTube video an address names plainly; None where it has to be looked up."""
    try:
        return video_link(text, youtube_only=True).video_id
    except BadLink:
        return None


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
