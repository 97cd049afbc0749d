"""What yt-dlp tells of a video, in the terms in which videos are chosen."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.common import Category, Failure
from schemas.options import Choices
from ytarchive.alarm import alarm
from ytarchive.domain.choosing import BadPattern, Chooser, Kind, Sighting
from ytarchive.ytdlp.failures import YtdlpFailure

PATIENCE: Final = 5.0
"""Seconds that looking for title patterns in a page of titles may take; it takes a millisecond."""

_SLACK: Final = timedelta(days=3)
"""What yt-dlp's rounding to whole days, its months as short as February, and time zones may come to."""
_UNSURE: Final = 0.02
"""Share of an age that is unsure, because nobody says how many days a month or a year is taken for."""
_UNITS: Final = (
    (timedelta(days=364), timedelta(days=366)),
    (timedelta(days=27), timedelta(days=31)),
    (timedelta(days=6), timedelta(days=7)),
    (timedelta(), timedelta(days=1)),
)
"""From which age on a list counts in which unit, at the most."""


def chooser(choices: Choices) -> Chooser:
    """Give what chooses. Raises `YtdlpFailure` (`REQUEST`) where a pattern is none."""
    try:
        return Chooser(choices)
    except BadPattern as error:
        raise _bad_pattern(str(error)) from error


def patience() -> AbstractContextManager[None]:
    """Raise `YtdlpFailure` after `PATIENCE` seconds in the block: some patterns take for ever on some titles.

    For main threads, such as a worker's.
    """
    return alarm(PATIENCE, _bad_pattern("a title pattern takes too long on some title"))


def sighting(info: Mapping[str, Any]) -> Sighting:
    """Give what a video's own metadata tells."""
    day, lines = info.get("upload_date"), _lines(info)
    return Sighting(
        title=info.get("title"),
        kinds=_kinds(info.get("live_status"), info.get("media_type")),
        earliest=day,
        latest=day,
        duration=info.get("duration"),
        lines=max(lines, default=None),
        fewest=min(lines, default=None),
    )


def glimpse(entry: Mapping[str, Any], tab: str, now: datetime) -> Sighting:
    """Give what a list tells of a video. `tab` is the channel's tab that the list is, if it is one."""
    earliest, latest = _days(entry, now)
    medium = {"shorts": "short", "streams": "livestream", "videos": "video"}.get(tab)
    if "/shorts/" in str(entry.get("url")):
        medium = "short"
    duration = entry.get("duration")
    return Sighting(
        title=entry.get("title"),
        kinds=_kinds(entry.get("live_status"), medium),
        earliest=earliest,
        latest=latest,
        duration=duration if isinstance(duration, int | float) and duration > 0 else None,
    )


def _kinds(status: str | None, medium: str | None) -> frozenset[Kind]:
    """Give what it may be. A premiere is one as long as it is not over; a stream remains one."""
    if medium == "short":
        return frozenset({Kind.SHORT})
    if medium == "livestream" or status in ("was_live", "post_live"):
        return frozenset({Kind.LIVE})
    if status in ("is_upcoming", "is_live"):
        return frozenset({Kind.PREMIERE} if medium else {Kind.PREMIERE, Kind.LIVE})
    return frozenset()


def _days(entry: Mapping[str, Any], now: datetime) -> tuple[str | None, str | None]:
    """Give the first and the last day on which it can have been uploaded.

    YouTube's lists say ``2 years ago`` and leave the months out, and yt-dlp takes that as just two years: so
    it is as old as that, or older by less than the unit.
    """
    stated, day = entry.get("timestamp"), entry.get("upload_date")
    if not isinstance(stated, int | float):
        return (day, day) if isinstance(day, str) else (None, None)
    try:
        newest = datetime.fromtimestamp(stated, UTC)
        unit = next((unit for age, unit in _UNITS if now - newest >= age), timedelta())
        slack = _SLACK + abs(now - newest) * _UNSURE
        return f"{newest - unit - slack:%Y%m%d}", f"{newest + slack:%Y%m%d}"
    except (ValueError, OverflowError, OSError):
        return None, None


def _lines(info: Mapping[str, Any]) -> list[int]:
    """Give the lines of the pictures there are, along the shorter side, if all of them state theirs."""
    pictures = [known for known in info.get("formats") or [info] if known.get("vcodec") not in (None, "none")]
    sizes = [[side for side in (one.get("width"), one.get("height")) if side] for one in pictures]
    return [min(size) for size in sizes] if all(sizes) else []


def _bad_pattern(message: str) -> YtdlpFailure:
    hint = "Mend the title pattern; it is a regular expression, found anywhere in a title, in any case."
    return YtdlpFailure(Failure(category=Category.REQUEST, message=message[:500], hint=hint))
