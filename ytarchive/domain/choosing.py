"""Which videos of a collection were chosen, as far as anything is known of them.

The same decision serves what a list shows of a video and what the video's own metadata says.
"""

import re
import warnings
from enum import StrEnum
from typing import Final

import msgspec

from schemas.options import Choices

_LONGEST_TITLE: Final = 500
"""Characters of a title that a pattern is looked for in: YouTube's have 100 at most."""


class Kind(StrEnum):
    """What a video can be that not everybody wants."""

    SHORT = "a short"
    LIVE = "a live stream"
    PREMIERE = "a premiere"


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a video; None and nothing are not known.

    It is one of `kinds`, was uploaded from day `earliest` to day `latest` (``YYYYMMDD``), lasts `duration`
    seconds, and has `lines` along the shorter side, or as few as `fewest`.
    """

    title: str | None = None
    kinds: frozenset[Kind] = frozenset()
    earliest: str | None = None
    latest: str | None = None
    duration: float | None = None
    lines: int | None = None
    fewest: int | None = None


class BadPattern(ValueError):
    """A title pattern is not a regular expression. The message names it and says why."""


class Chooser:
    """Says which videos were not chosen. Raises `BadPattern` where it cannot be made."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._title, self._title_not = _compiled(choices.title), _compiled(choices.title_not)
        unwanted = {
            Kind.SHORT: not choices.shorts,
            Kind.LIVE: not choices.live,
            Kind.PREMIERE: not choices.premieres,
        }
        self._unwanted = frozenset(kind for kind in Kind if unwanted[kind])

    def why_not(self, seen: Sighting) -> str:
        """Say in a person's words why a video was not chosen; nothing if it was, or may have been."""
        return self._of_kind(seen) or self._of_day(seen) or self._of_size(seen) or self._of_title(seen)

    def _of_kind(self, seen: Sighting) -> str:
        return " or ".join(sorted(seen.kinds)) if seen.kinds <= self._unwanted else ""

    def _of_day(self, seen: Sighting) -> str:
        since, until = self._choices.since, self._choices.until
        if since and seen.latest and seen.latest < since:
            return f"older than {_day(since)}"
        if until and seen.earliest and seen.earliest > until:
            return f"newer than {_day(until)}"
        return ""

    def _of_size(self, seen: Sighting) -> str:
        choices = self._choices
        if seen.duration is not None:
            if choices.shortest is not None and seen.duration < choices.shortest:
                return f"shorter than {choices.shortest:g} s"
            if choices.longest is not None and seen.duration > choices.longest:
                return f"longer than {choices.longest:g} s"
        if choices.least_height and seen.lines is not None and seen.lines < choices.least_height:
            return f"fewer than {choices.least_height} lines"
        if choices.most_height and seen.fewest is not None and seen.fewest > choices.most_height:
            return f"more than {choices.most_height} lines"
        return ""

    def _of_title(self, seen: Sighting) -> str:
        if seen.title is None:
            return ""
        title = seen.title[:_LONGEST_TITLE]
        if self._title and not self._title.search(title):
            return f"the title does not match {self._choices.title}"
        if self._title_not and self._title_not.search(title):
            return f"the title matches {self._choices.title_not}"
        return ""


def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # of what Python may come to read otherwise
            return re.compile(pattern, re.IGNORECASE) if pattern else None
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"not a regular expression: {pattern!r}: {error}") from error


def _day(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"
