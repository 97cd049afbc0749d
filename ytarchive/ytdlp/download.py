"""Bringing media and what belongs to it into a staging folder, resuming what is there already.

Two runs of yt-dlp over the same saved look-up: the media, where every error counts, then its sidecars, where
a missing thumbnail or subtitle is only a warning. All is named ``media.*``. A note in the folder says which
source its partial files are of: yt-dlp itself would go on with a file whose source has changed.
"""

import copy
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from schemas.common import Category, Failure, Role, StagedFile
from schemas.options import Quality
from ytarchive.ytdlp.failures import YtdlpFailure, classify
from ytarchive.ytdlp.options import format_for
from ytarchive.ytdlp.progress import OnProgress, ProgressHook
from ytarchive.ytdlp.session import Journal, session

NOTE: Final = ".source.json"
"""The name of the note. It is not among the staged files."""

_log: Final = logging.getLogger(__name__)
OnWarning = Callable[[str], object]

_STEM: Final = "media"
_SUFFIX: Final = re.compile(r"(\.[A-Za-z0-9_-]{1,24}){1,3}")
_FULL: Final = 16 << 20
"""Free bytes below which a failure of ffmpeg, which does not say why, is put down to a full disk."""

_SIDECARS: Final = {
    "skip_download": True,
    "ignoreerrors": True,
    "writeinfojson": True,
    "writedescription": True,
    "writethumbnail": True,
    "postprocessors": [{"key": "FFmpegThumbnailsConvertor", "format": "jpg", "when": "before_dl"}],
}


def download(  # noqa: PLR0917 - what, where, how much of it; each is needed
    info: Mapping[str, Any],
    staging: Path,
    quality: Quality,
    subtitle_languages: Sequence[str],
    params: Mapping[str, Any],
    on_progress: OnProgress,
    on_warning: OnWarning = _log.warning,
) -> tuple[StagedFile, ...]:
    """Download what `extract` found into `staging`, media first. Raises `YtdlpFailure`.

    `subtitle_languages` are regular expressions of yt-dlp; made by people is preferred to made by machines.
    Afterwards nothing but the files returned, and the note, is in the folder. What could not be had of the
    sidecars is told to `on_warning`, a line each; by default to standard error.
    """
    chosen = {**params, **_choice(params, quality), "paths": {"home": str(staging)}}
    media = _media(info, staging, chosen, ProgressHook(on_progress))
    subtitles = {
        "writesubtitles": bool(subtitle_languages),
        "writeautomaticsub": bool(subtitle_languages),
        "subtitleslangs": list(subtitle_languages),
    }
    sidecars = _sidecars(info, staging, {**chosen, **_SIDECARS, **subtitles}, on_warning)
    files = [_staged(media, Role.MEDIA), *sidecars]
    _clear(staging, {NOTE, *(file.name for file in files)})
    return tuple(files)


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


def _choice(params: Mapping[str, Any], quality: Quality) -> dict[str, Any]:
    """Choose by quality first, then by what the operator prefers."""
    choice = format_for(quality)
    return choice | {"format_sort": [*choice.get("format_sort", []), *(params.get("format_sort") or [])]}


def _media(info: Mapping[str, Any], staging: Path, params: Mapping[str, Any], hook: ProgressHook) -> Path:
    journal = Journal()
    try:
        with session(params, journal) as ydl:
            selected = ydl.process_ie_result(copy.deepcopy(dict(info)), download=False)
            _keep_if_same(staging, [_source(one) for one in selected.get("requested_formats") or [selected]])
            ydl.add_progress_hook(_whole)
            ydl.add_progress_hook(hook)
            done = ydl.process_ie_result(copy.deepcopy(dict(info)), download=True)
    except YtdlpFailure as failed:
        if failed.failure.category is not Category.MEDIA:
            raise
        if shutil.disk_usage(staging).free < _FULL:
            # The streams are whole; what ffmpeg could not write is not.
            _clear(staging, {path.name for path in staging.iterdir() if ".temp." not in path.name})
            raise YtdlpFailure(classify(OSError(28, "No space left on device")), failed.warnings) from failed
        _clear(staging)  # what was fetched cannot be used
        raise
    path = Path((done.get("requested_downloads") or [{}])[0].get("filepath") or staging / _STEM)
    if path.parent != staging or not path.is_file() or not path.stat().st_size:
        _clear(staging)
        raise _unusable("the downloaded media is missing or empty", journal.warnings)
    return path


def _whole(status: Mapping[str, Any]) -> None:
    """Take a status of a download, and refuse a stream that ended before what its site promised.

    YouTube's own figures are off by less than 100 bytes at times, says yt-dlp.
    """
    promised, got = (status.get("info_dict") or {}).get("filesize"), status.get("total_bytes")
    if status["status"] == "finished" and promised and got and got < promised - 100:
        raise _unusable(f"the media ended after {got} of {promised} bytes")


def _unusable(message: str, warnings: Sequence[str] = ()) -> YtdlpFailure:
    return YtdlpFailure(
        Failure(category=Category.MEDIA, message=message, hint="Fetched again by itself."), warnings
    )


def _sidecars(
    info: Mapping[str, Any], staging: Path, params: Mapping[str, Any], on_warning: OnWarning
) -> list[StagedFile]:
    journal = Journal()
    with session(params, journal) as ydl:
        done = ydl.process_ie_result(copy.deepcopy(dict(info)), download=True)
    for failure in (classify(Exception(warning)) for warning in journal.warnings):
        if failure.category is Category.DISK:
            raise YtdlpFailure(failure, journal.warnings)
        on_warning(failure.message)
    found = [
        (staging / f"{_STEM}.info.json", Role.INFO),
        (staging / f"{_STEM}.description", Role.DESCRIPTION),
        *((Path(one.get("filepath") or staging), Role.THUMBNAIL) for one in done.get("thumbnails") or []),
        *(
            (Path(one.get("filepath") or staging), Role.SUBTITLES)
            for one in (done.get("requested_subtitles") or {}).values()
        ),
    ]
    files = [
        _staged(path, role)
        for path, role in found
        if path.is_file() and path.stat().st_size and _SUFFIX.fullmatch(path.name.removeprefix(_STEM))
    ]
    if not any(file.role is Role.THUMBNAIL for file in files):
        on_warning("there is no thumbnail")  # yt-dlp says nothing where all are answered with 404
    return files


def _staged(path: Path, role: Role) -> StagedFile:
    return StagedFile(
        name=path.name, suffix=path.name.removeprefix(_STEM), role=role, bytes=path.stat().st_size
    )


def _source(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Give what tells the file behind a format from another one: its size, its date, what is in it."""
    modified = parse_qs(urlsplit(chosen.get("url") or "").query).get("lmt", [""])[0]
    keys = ["format_id", "ext", "protocol", "vcodec", "acodec", "width", "height", "fps", "tbr", "filesize"]
    return {"lmt": modified, **{key: chosen.get(key) for key in keys}}


def _keep_if_same(staging: Path, sources: list[dict[str, Any]]) -> None:
    """Delete what is in staging unless it is of the same sources; then note the sources."""
    note, written = staging / NOTE, json.dumps(sources, sort_keys=True)
    try:
        same = note.read_text(encoding="utf-8") == written
    except (OSError, UnicodeDecodeError):
        same = False
    if not same:
        _clear(staging)
        note.write_text(written, encoding="utf-8")


def _clear(staging: Path, keep: set[str] | frozenset[str] = frozenset()) -> None:
    for path in staging.iterdir():
        if path.name not in keep and not path.is_dir():
            path.unlink(missing_ok=True)


def _expiry(address: str) -> str | None:
    parts = urlsplit(address)
    found = parse_qs(parts.query).get("expire") or re.findall(r"/expire/(\d+)", parts.path)
    return found[0] if found and found[0].isdigit() else None
