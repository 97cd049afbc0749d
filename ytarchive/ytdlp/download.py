"""Bringing media and what belongs to it into a staging folder, resuming what is there already.

Two runs of yt-dlp over the same saved look-up: the media, where every error counts, then its sidecars, where
a missing thumbnail or subtitle is only a warning. All is named ``media.*``. Where the media is changed after
its download, a note says when that is done: what is cut once must not be cut again.
"""

import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from schemas.common import Category, Role, StagedFile
from schemas.options import ArchiveOptions
from ytarchive.ytdlp import segments
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.media import NOTE, STEM, clear, clear_unless_full, media
from ytarchive.ytdlp.options import format_for
from ytarchive.ytdlp.progress import OnProgress, ProgressHook
from ytarchive.ytdlp.sidecars import Found, OnWarning, sidecars, with_comments

DONE: Final = ".done.json"
"""The name of the note that all is done. It is not among the staged files."""

_log: Final = logging.getLogger(__name__)
_SUFFIX: Final = re.compile(r"(\.[A-Za-z0-9_-]{1,24}){1,3}")


class Downloaded(msgspec.Struct, frozen=True):
    """What is in staging, media first. `duration` is in seconds, where it is not the one announced."""

    files: tuple[StagedFile, ...]
    duration: float | None = None


def download(  # noqa: PLR0917 - what, where, how much of it; each is needed
    info: Mapping[str, Any],
    staging: Path,
    options: ArchiveOptions,
    params: Mapping[str, Any],
    on_progress: OnProgress,
    on_warning: OnWarning = _log.warning,
) -> Downloaded:
    """Download what `extract` found into `staging`, media first. Raises `YtdlpFailure`.

    `subtitles` of the options are regular expressions of yt-dlp, none where None; made by people is preferred
    to made by machines. Afterwards nothing but the files returned, and the notes, is in the folder. What
    could not be had of the sidecars is told to `on_warning`, a line each; by default to standard error.
    """
    if done := _done(staging):
        return done
    segments.undo(staging)
    chosen = {**params, **_choice(params, options), "paths": {"home": str(staging)}}
    known = segments.with_segments(info, options, chosen)
    kept = media(known, staging, options, chosen, ProgressHook(on_progress))
    known = with_comments(known, options, params, on_warning)
    beside = sidecars(known, staging, STEM, options, chosen, on_warning)
    duration = _arranged(kept, beside, known, options, chosen, on_warning)
    files = [_staged(path, role) for path, role in [(kept, Role.MEDIA), *beside] if _named(path)]
    found = Downloaded(tuple(files), duration)
    if segments.changes(options):
        (staging / DONE).write_bytes(msgspec.json.encode(found))
    clear(staging, {NOTE, DONE, *(file.name for file in files)})
    return found


def expires_in(info: Mapping[str, Any], now: float | None = None) -> float | None:
    """Give the seconds until the first media address is refused, negative if it is already; None if unknown.

    YouTube states it in the address (``expire=``), about six hours ahead.
    """
    times = [
        int(value)
        for known in info.get("formats") or [info]
        for address in (known.get("url"), known.get("manifest_url"))
        if address and (value := _expiry(address))
    ]
    return min(times) - (time.time() if now is None else now) if times else None


def _done(staging: Path) -> Downloaded | None:
    """Give what an attempt before this one has finished, as long as it is all there."""
    try:
        found = msgspec.json.decode((staging / DONE).read_bytes(), type=Downloaded)
        there = all((staging / file.name).stat().st_size == file.bytes for file in found.files)
    except (OSError, msgspec.MsgspecError):
        return None
    if there:
        clear(staging, {NOTE, DONE, *(file.name for file in found.files)})
    return found if there else None


def _choice(params: Mapping[str, Any], options: ArchiveOptions) -> dict[str, Any]:
    """Choose by quality first, then by what the operator prefers."""
    choice = format_for(options, options.choices.most_height)
    return choice | {"format_sort": [*choice["format_sort"], *(params.get("format_sort") or [])]}


def _arranged(  # noqa: PLR0917 - as above
    kept: Path,
    beside: Found,
    info: Mapping[str, Any],
    options: ArchiveOptions,
    params: Mapping[str, Any],
    on_warning: OnWarning,
) -> float | None:
    if not segments.changes(options):
        return None
    subtitles = [path for path, role in beside if role is Role.SUBTITLES]
    try:
        duration = segments.arrange(kept, subtitles, info, options, params, on_warning)
    except YtdlpFailure as failed:
        if failed.failure.category is Category.MEDIA:
            clear_unless_full(kept.parent, failed)
        raise
    if duration is not None and any(role is Role.LIVE_CHAT for _, role in beside):
        on_warning("the live chat has the times of the video before anything was cut")
    return duration


def _staged(path: Path, role: Role) -> StagedFile:
    return StagedFile(
        name=path.name, suffix=path.name.removeprefix(STEM), role=role, bytes=path.stat().st_size
    )


def _named(path: Path) -> bool:
    """Tell whether the library takes such a name."""
    return _SUFFIX.fullmatch(path.name.removeprefix(STEM)) is not None


def _expiry(address: str) -> str | None:
    parts = urlsplit(address)
    found = parse_qs(parts.query).get("expire") or re.findall(r"/expire/(\d+)", parts.path)
    return found[0] if found and found[0].isdigit() else None
