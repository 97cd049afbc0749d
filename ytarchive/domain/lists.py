"""What is known of lists that were made before, so that the next look need not read all of one again."""

from collections.abc import Sequence
from itertools import chain, islice, takewhile

import msgspec

from schemas.events import JobEvent, ListingFinished, PageRecorded
from schemas.options import Choices
from ytarchive.domain.job import Job

_TOP = 20
"""Entries by which the place is found again where a tab is as it was."""
_SURE = 5
"""Entries in a row that must be as they were known, for the rest to be taken as known too."""
_TABS = 8
"""Tabs of a list that are known again; no channel has more to which videos are added on top."""


class Known(msgspec.Struct, frozen=True):
    """The top of each tab of a list as it was, one after the other, and the job that made it."""

    ids: tuple[str, ...] = ()
    job_id: str | None = None


class _Tab(msgspec.Struct):
    """What is at the top of a tab, and how long it is with what it has of an earlier list."""

    top: tuple[str, ...] = ()
    length: int = 0


class Lists:
    """The latest complete list behind each address, by what was chosen from it."""

    def __init__(self) -> None:
        self._tabs: dict[str, dict[str, _Tab]] = {}
        self._latest: dict[tuple[str, bytes], str] = {}

    def known(self, url: str, choices: Choices) -> Known:
        """Give what is known of the list behind a URL. Of one that is cut off at the top, nothing is."""
        job_id = None if choices.newest else self._latest.get(_key(url, choices))
        tabs = islice(self._tabs.get(job_id or "", {}).values(), _TABS)
        return Known(tuple(chain.from_iterable(tab.top for tab in tabs)), job_id)

    def tab(self, job_id: str | None, name: str, video: str | None) -> str | None:
        """Give the tab of a job's list with a video at its top: the one of that name, if several have it."""
        tabs = self._tabs.get(job_id or "", {})
        return next((one for one in (name, *tabs) if one in tabs and video in tabs[one].top), None)

    def hear(self, event: JobEvent, job: Job) -> int:
        """Learn from an event of a job, as that is afterwards. Gives how much longer its list is now."""
        match event:
            case PageRecorded(entries=entries, tab=name, met=met):
                return self._grow(job, name, tuple(entry.video_id for entry in entries), met)
            case ListingFinished(met=met, above=above):
                self._latest[_key(job.url, job.options.choices)] = job.job_id
                if not met:
                    return 0
                only = self._tab(job, "")
                only.top = only.top[:above]
                return self._grow(job, "", (), met)
            case _:
                return 0

    def _grow(self, job: Job, name: str, ids: tuple[str, ...], met: str | None) -> int:
        """Put entries behind what is known of a tab, and behind those what it was before, from `met` on."""
        tab, more = self._tab(job, name), len(ids)
        if (earlier := self.tab(job.previous, name, met)) is not None:
            before = self._tabs[job.previous or ""][earlier]
            place = before.top.index(met or "")
            ids, more = (*ids, *before.top[place:]), more + before.length - place
        tab.top = (*tab.top, *ids)[:_TOP]
        tab.length += more
        return more

    def _tab(self, job: Job, name: str) -> _Tab:
        return self._tabs.setdefault(job.job_id, {}).setdefault(name, _Tab())


def meets(ids: Sequence[str], known: Sequence[str], *, ended: bool) -> int | None:
    """Give the place in a part of a tab from which on it is as it was known, if it is.

    `ended` tells that nothing follows that part.
    """
    for place, video in enumerate(ids):
        before = known[known.index(video) :] if video in known else ()
        pairs = zip(ids[place:], before, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if same and (same >= min(_SURE, len(known)) or (ended and place + same == len(ids))):
            return place
    return None


def _key(url: str, choices: Choices) -> tuple[str, bytes]:
    return url, msgspec.json.encode(choices)
