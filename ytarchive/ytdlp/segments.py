"""Chapters inside the media, and the parts that SponsorBlock knows: marked as chapters, or cut out.

yt-dlp's own steps do it, one by one and not as part of its download: it would begin again with what it has
cut already. What is set aside here while it works is named ``*.uncut.*``.
"""

import asyncio
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.common import Category, Failure
from schemas.options import Profile
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.probe import Probe, ProbeError, probe, verify
from ytarchive.ytdlp.cues import Cut, Move, moved, united, without
from ytarchive.ytdlp.failures import YtdlpFailure, classify
from ytarchive.ytdlp.session import Journal, session
from ytarchive.ytdlp.sidecars import OnWarning

_UNCUT: Final = ".uncut."
_AGAIN: Final = "Fetched again by itself."


def changes(profile: Profile) -> bool:
    """Tell whether the media is not kept as it was downloaded."""
    return profile.chapters or bool(profile.sponsorblock_mark or profile.sponsorblock_cut)


def with_segments(info: Mapping[str, Any], profile: Profile, params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask SponsorBlock for the parts that are to be marked or cut, and add them. Raises `YtdlpFailure`.

    Only YouTube's videos are known to it; of others nothing is asked.
    """
    wanted = sorted({*profile.sponsorblock_mark, *profile.sponsorblock_cut})
    if not wanted:
        return dict(info)
    from yt_dlp.postprocessor import SponsorBlockPP  # noqa: PLC0415 - 1 s, in worker processes only

    with session(params, Journal()) as ydl:
        asked = SponsorBlockPP(ydl, wanted, params["sponsorblock_api"])
        found: dict[str, Any] = asked.run(copy.deepcopy(dict(info)))[1]
    return found


def undo(staging: Path) -> None:
    """Put back what was set aside when an earlier attempt was stopped."""
    for path in list(staging.glob(f"*{_UNCUT}*")):
        path.replace(staging / path.name.replace(_UNCUT, "."))


def arrange(  # noqa: PLR0917 - what, how, and whom to tell
    media: Path,
    subtitles: Iterable[Path],
    info: Mapping[str, Any],
    profile: Profile,
    params: Mapping[str, Any],
    on_warning: OnWarning,
) -> float | None:
    """Cut, mark, and write chapters into the media; move the subtitles beside it accordingly.

    Gives the seconds that are left where something was cut out, else None. The media must last as announced,
    which nobody could tell afterwards. Raises `YtdlpFailure`; then what was there may be changed.
    """
    from yt_dlp.postprocessor import FFmpegMetadataPP  # noqa: PLC0415 - 1 s, in worker processes only

    whole, journal = _whole(media, info), Journal()
    found = copy.deepcopy(dict(info)) | {
        "filepath": str(media),
        "ext": media.suffix[1:],
        "duration": whole,
        "requested_subtitles": None,  # ffmpeg is not good at cutting them
    }
    if (chapters := found.get("chapters")) and not chapters[-1].get("end_time"):
        chapters[-1]["end_time"] = whole
    left = None
    with session(params, journal) as ydl:
        if found.get("sponsorblock_chapters"):
            found = _step(ydl, profile, params).run(found)[1]
        if found["duration"] != whole:
            cuts = _cuts(info, profile)
            left = _left(media, whole, cuts)
            late = _late(left, whole, cuts)
            for path in subtitles:
                _move(path, lambda moment: without(cuts)(moment) + late, on_warning)
            for chapter in found["chapters"]:
                chapter["start_time"] += late if chapter["start_time"] else 0
                chapter["end_time"] += late
        if profile.chapters or profile.sponsorblock_mark:
            FFmpegMetadataPP(ydl, add_metadata=False, add_chapters=True).run(found)
    for warning in journal.warnings:
        on_warning(classify(Exception(warning)).message)
    return left


def _whole(media: Path, info: Mapping[str, Any]) -> float:
    found = _read(media)
    try:
        verify(found, expected_duration=info.get("duration"), want_video=False, want_audio=False)
    except ProbeError as error:
        raise _damaged(str(error)) from error
    return found.duration


def _cuts(info: Mapping[str, Any], profile: Profile) -> list[Cut]:
    parts = info["sponsorblock_chapters"]
    wanted = [part for part in parts if part["category"] in profile.sponsorblock_cut]
    return united((part["start_time"], part["end_time"]) for part in wanted)


def _left(media: Path, whole: float, cuts: Iterable[Cut]) -> float:
    """Give the seconds that are left, which must be about as many as they should be."""
    left, expected = _read(media).duration, without(cuts)(whole)
    # a cut goes from one key frame to another, so that more may be left, but hardly less
    if not expected - max(1.0, expected / 100) <= left <= whole:
        raise _damaged(f"{left:.1f} s are left of {whole:.1f} s, not {expected:.1f} s")
    return left


def _late(left: float, whole: float, cuts: list[Cut]) -> float:
    """Give by how many seconds all comes late: what is cut off at the beginning ends at a key frame."""
    return max(0.0, left - without(cuts)(whole)) if cuts[0][0] == 0 else 0.0


def _move(path: Path, move: Move, on_warning: OnWarning) -> None:
    if path.suffix != ".vtt":
        on_warning(f"{path.suffix[1:]} subtitles have the times of the video before anything was cut")
        return
    aside = path.with_name(f"{path.stem}{_UNCUT}{path.suffix[1:]}")
    path.rename(aside)
    path.write_text(moved(aside.read_text(encoding="utf-8"), move), encoding="utf-8")


def _step(ydl: Any, profile: Profile, params: Mapping[str, Any]) -> Any:
    """Give yt-dlp's step that cuts and marks, taught to do without ffprobe."""
    from yt_dlp.postprocessor import ModifyChaptersPP  # noqa: PLC0415 - 1 s, in worker processes only

    step = ModifyChaptersPP(
        ydl,
        remove_sponsor_segments=profile.sponsorblock_cut,
        sponsorblock_chapter_title=params["sponsorblock_chapter_title"],
    )
    step._get_real_video_duration = lambda path: _read(Path(path)).duration  # noqa: SLF001 - nothing public
    return step


def _read(media: Path) -> Probe:
    try:
        return asyncio.run(probe(media, ffmpeg=ffmpeg_path()))
    except (ProbeError, TimeoutError, ChildProcessError) as error:
        raise _damaged(str(error)) from error


def _damaged(message: str) -> YtdlpFailure:
    return YtdlpFailure(
        Failure(category=Category.MEDIA, message=f"the download is damaged: {message}", hint=_AGAIN)
    )
