"""What a walk through a collection hands out, how much of it, and what it asks about entries."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from schemas.common import Entry

PAGE: Final = 200
"""Entries of a page at most."""
ENDLESS: Final = 500
"""Entries after which a list that has no end is left: a search for all there is, a mix, a feed."""
DEPTH: Final = 3
"""How deep lists within lists are followed: a channel, its tab of playlists, a playlist."""

WhyNot = Callable[[Mapping[str, Any], str], str]
"""Says why an entry of a channel's tab, or of another list, was not chosen."""
TooOld = Callable[[Mapping[str, Any]], bool]
"""Tells that an entry is surely older than all that is chosen."""


class Page(msgspec.Struct, frozen=True):
    """The `number`-th page of a collection, from 1; `resume` is to be given to go on after it.

    `tab` is the channel's tab it is of, if new videos are put on top of that. Behind the entries, which may
    then be none, it is from `met` on as it was known.
    """

    number: int
    entries: tuple[Entry, ...]
    resume: str = ""
    title: str = ""
    tab: str = ""
    met: str | None = None


class Listed(msgspec.Struct, frozen=True):
    """All of a collection that was not known was handed out in so many pages. `note` is for people."""

    pages: int
    title: str = ""
    note: str = ""
