"""What is kept beside the media: thumbnail, subtitles, description, comments, live chat, the info document.

What cannot be had of it is only a warning, as the video is worth keeping without.
"""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from schemas.common import BLOCKS, Category, Role
from schemas.options import Profile
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure, classify
from ytarchive.ytdlp.session import Journal, session

OnWarning = Callable[[str], object]
Found = list[tuple[Path, Role]]

PICTURE: Final = ".jpg"
"""What every thumbnail is converted to."""

LIVE_CHAT: Final = "live_chat"
"""What yt-dlp calls the live chat, which to it is a language of subtitles."""


def with_comments(
    info: Mapping[str, Any], profile: Profile, params: Mapping[str, Any], on_warning: OnWarning
) -> dict[str, Any]:
    """Look the video up once more, this time with its comments, and add those where they are wanted.

    They are not kept with the first look-up, whose document travels: there may be hundreds of megabytes of
    them. Raises `YtdlpFailure` where the site refuses us, or cannot be reached.
    """
    if not profile.comments or "comments" in info:
        return dict(info)
    try:
        found = extract(info["webpage_url"], {**params, "getcomments": True}).info
    except YtdlpFailure as failed:
        if failed.failure.category in {*BLOCKS, Category.NETWORK}:
            raise
        on_warning(f"there are no comments: {failed.failure.message}")
        return dict(info)
    return {**info, **{key: found.get(key) for key in ("comments", "comment_count")}}


def sidecars(  # noqa: PLR0917 - what, where, which; each is needed
    info: Mapping[str, Any],
    staging: Path,
    stem: str,
    profile: Profile,
    params: Mapping[str, Any],
    on_warning: OnWarning,
) -> Found:
    """Fetch what belongs beside the media. Raises `YtdlpFailure` where the disk is full."""
    journal = Journal()
    with session({**params, **_params(profile)}, journal) as ydl:
        done = ydl.process_ie_result(copy.deepcopy(dict(info)), download=True)
    for failure in (classify(Exception(warning)) for warning in journal.warnings):
        if failure.category is Category.DISK:
            raise YtdlpFailure(failure, journal.warnings)
        on_warning(failure.message)
    subtitles = done.get("requested_subtitles") or {}
    offered = [
        (staging / f"{stem}.info.json", Role.INFO),
        (staging / f"{stem}.description", Role.DESCRIPTION),
        *((Path(one.get("filepath") or staging), Role.THUMBNAIL) for one in done.get("thumbnails") or []),
        *(
            (
                Path(one.get("filepath") or staging),
                Role.LIVE_CHAT if language == LIVE_CHAT else Role.SUBTITLES,
            )
            for language, one in subtitles.items()
        ),
    ]
    files = [(path, role) for path, role in offered if path.is_file() and path.stat().st_size]
    roles = {role for _, role in files}
    # yt-dlp says nothing where all thumbnails are answered with 404, or a chat ends in the middle
    if profile.thumbnail and Role.THUMBNAIL not in roles:
        on_warning("there is no thumbnail")
    if LIVE_CHAT in subtitles and Role.LIVE_CHAT not in roles:
        on_warning("the live chat could not be had")
    return files


def picture(info: Mapping[str, Any], params: Mapping[str, Any], on_warning: OnWarning) -> bytes:
    """Fetch the thumbnail alone, as it would lie beside the media; nothing where it cannot be had.

    Raises `YtdlpFailure` where the disk is full.
    """
    alone = Profile(subtitles=(), description=False)
    with TemporaryDirectory(prefix="ytarchive-") as folder:
        home = {**params, "paths": {"home": folder}}
        found = sidecars(info, Path(folder), "media", alone, home, on_warning)
        return next((path.read_bytes() for path, role in found if role is Role.THUMBNAIL), b"")


def _params(profile: Profile) -> dict[str, Any]:
    languages = list(profile.subtitles or ())
    return {
        "skip_download": True,
        "ignoreerrors": True,
        "writeinfojson": True,
        "writedescription": profile.description,
        "writethumbnail": profile.thumbnail,
        "writesubtitles": bool(languages) or profile.live_chat,
        "writeautomaticsub": bool(languages) and profile.automatic_subtitles,
        # a pattern for all languages does not mean the chat
        "subtitleslangs": [*languages, LIVE_CHAT if profile.live_chat else f"-{LIVE_CHAT}"],
        "postprocessors": [{"key": "FFmpegThumbnailsConvertor", "format": PICTURE[1:], "when": "before_dl"}],
    }
