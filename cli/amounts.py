"""How people write amounts: ``30d``, ``5%``, ``2026-11-01``. Each raises `UsageError` for others."""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from ytarchive.errors import UsageError

_ALL: Final = 100.0
_DAY: Final = 86400
_SECONDS: Final = {
    "s": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": _DAY,
    "w": 7 * _DAY,
    "mo": 30 * _DAY,
    "y": 365 * _DAY,
}
_A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def span(text: str) -> float | None:
    """Give the seconds of a number with s, m or min, h, d, w, mo or y; None for anything else."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([a-z]+)", text.strip().lower())
    return float(found[1]) * _SECONDS[found[2]] if found and found[2] in _SECONDS else None


def seconds(text: str) -> float:
    """Read a duration, which is a span of more than nothing."""
    if not (found := span(text)):
        raise UsageError(f"not a duration: {text!r}", hint="Such as 90s, 12h, 30d, 4w or 6mo.")
    return found


def per_cent(text: str) -> float:
    """Read a share: more than 0, at most 100."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,9})?)\s*%?", text.strip())
    if not found or not 0 < (value := float(found[1])) <= _ALL:
        raise UsageError(f"not a share: {text!r}", hint="Such as 5%.")
    return value


def moment(text: str, now: datetime, *, end: bool = False) -> datetime:
    """Read a time: a day (its beginning, or its `end`), a day and a time of day, or so long before `now`.

    Without a zone it is ours.
    """
    text = text.strip()
    with contextlib.suppress(ValueError, OverflowError):
        if (ago := span(text)) is not None:
            return now - timedelta(seconds=ago)
        found = datetime.fromisoformat(text)
        if end and _A_DAY.fullmatch(text):
            found += timedelta(days=1) - timedelta(microseconds=1)
        return found.astimezone(UTC)
    raise UsageError(f"not a time: {text!r}", hint="Such as 2026-11-01, 2026-11-01T12:30 or 7d (ago).")
