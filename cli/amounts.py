"""How people write amounts: ``30d``, ``20M``, ``5%``, ``2026-11-01``. Each raises `UsageError` for others."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from ytarchive.errors import UsageError

_ALL: Final = 100.0
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def seconds(text: str) -> float:
    """Read a duration: a number with s, m, h, d or w."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw])", text.strip().lower())
    if not found or not (value := float(found[1]) * _SECONDS[found[2]]):
        raise UsageError(f"not a duration: {text!r}", hint="Such as 90s, 12h, 30d or 4w.")
    return value


def per_cent(text: str) -> float:
    """Read a share: more than 0, at most 100."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,9})?)\s*%?", text.strip())
    if not found or not 0 < (value := float(found[1])) <= _ALL:
        raise UsageError(f"not a share: {text!r}", hint="Such as 5%.")
    return value


def moment(text: str, now: datetime) -> datetime:
    """Read a time: a day, a day and a time of day (ours, unless it says which), or so long before `now`."""
    try:
        if re.fullmatch(r"[\d.]+[smhdw]", text.strip().lower()):
            return now - timedelta(seconds=seconds(text))
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"not a time: {text!r}", hint="Such as 2026-11-01, 2026-11-01T12:30 or 7d (ago)."
        ) from error
