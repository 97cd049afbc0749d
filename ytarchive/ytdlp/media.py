"""Bringing the media alone into a staging folder, where every error counts.

A note in the folder says which source its partial files are of: yt-dlp itself would go on with a file whose
source has changed.
"""

import copy
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from schemas.common import Category, Failure
from schemas.options import ArchiveOptions, Quality
from ytarchive.ytdlp.failures import YtdlpFailure, classify
from ytarchive.ytdlp.progress import ProgressHook
from ytarchive.ytdlp.session import Journal, session

STEM: Final = "media"
"""What every file in staging is named, before its suffix."""
NOTE: Final = ".source.json"
"""The name of the note. It is not among the staged files."""

_FULL: Final = 16 << 20
"""Free bytes below which a failure of ffmpeg, which does not say why, is put down to a full disk."""


def media(
    info: Mapping[str, Any],
    staging: Path,
    options: ArchiveOptions,
    params: Mapping[str, Any],
    hook: ProgressHook,
) -> Path:
    """Download the media, or go on with it, and give the file. Raises `YtdlpFailure`.

    With MEDIA as its category nothing is left in staging, unless the disk was full.
    """
    journal = Journal()
    try:
        with session(params, journal) as ydl:
            selected = ydl.process_ie_result(copy.deepcopy(dict(info)), download=False)
            _check_lines(selected, info, options)
            _keep_if_same(staging, [_source(one) for one in selected.get("requested_formats") or [selected]])
            ydl.add_progress_hook(_whole)
            ydl.add_progress_hook(hook)
            done = ydl.process_ie_result(copy.deepcopy(dict(info)), download=True)
    except YtdlpFailure as failed:
        if failed.failure.category is not Category.MEDIA:
            raise
        clear_unless_full(staging, failed)
        raise
    path = Path((done.get("requested_downloads") or [{}])[0].get("filepath") or staging / STEM)
    if path.parent != staging or not path.is_file() or not path.stat().st_size:
        clear(staging)
        raise _unusable("the downloaded media is missing or empty", journal.warnings)
    return path


def clear_unless_full(staging: Path, failed: YtdlpFailure) -> None:
    """Delete what was fetched, as it cannot be used. Raises `YtdlpFailure` where the disk is the reason."""
    if shutil.disk_usage(staging).free < _FULL:
        # The streams are whole; what ffmpeg could not write is not.
        clear(staging, {path.name for path in staging.iterdir() if ".temp." not in path.name})
        raise YtdlpFailure(classify(OSError(28, "No space left on device")), failed.warnings) from failed
    clear(staging)


def _check_lines(selected: Mapping[str, Any], info: Mapping[str, Any], options: ArchiveOptions) -> None:
    """Refuse a picture not of the height asked for, before anything is fetched. What is not stated may pass.

    The offer at hand will not get better by asking for it again in a minute, as for damaged media: sites give
    out less than they have when they change, for hours, and until yt-dlp has followed.
    """
    least, most = options.choices.least_height, options.choices.most_height
    chosen = _lines(selected.get("requested_formats") or [selected])
    if chosen is None or options.quality is Quality.AUDIO:
        return
    if most is not None and chosen > most:
        raise YtdlpFailure(
            Failure(
                category=Category.REQUEST,
                message=f"no less than {chosen} lines are offered, not the {most} asked for at most",
                hint="Ask for more lines.",
            )
        )
    if least is None or chosen >= least:
        return
    if (_lines(info.get("formats") or []) or 0) >= least:
        raise YtdlpFailure(
            Failure(
                category=Category.REQUEST,
                message=f"quality {options.quality} gives {chosen} lines here, not the {least} asked for",
                hint="Ask for another quality, or for fewer lines.",
            )
        )
    raise YtdlpFailure(
        Failure(
            category=Category.EXTRACTOR,
            message=f"no more than {chosen} lines are offered, not the {least} asked for",
            hint="Looked at again by itself, hours later. If it stays, upgrade yt-dlp, or ask for less.",
        )
    )


def _lines(formats: Sequence[Mapping[str, Any]]) -> int | None:
    """Give the lines of the largest picture, along its shorter side; None where it is not known."""
    known = [
        min(one["width"], one["height"])
        for one in formats
        if one.get("vcodec") != "none" and one.get("width") and one.get("height")
    ]
    return max(known, default=None)


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
        clear(staging)
        note.write_text(written, encoding="utf-8")


def clear(staging: Path, keep: set[str] | frozenset[str] = frozenset()) -> None:
    """Delete all files but those named in `keep`."""
    for path in staging.iterdir():
        if path.name not in keep and not path.is_dir():
            path.unlink(missing_ok=True)
