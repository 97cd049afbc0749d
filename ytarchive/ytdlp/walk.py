"""The walk through a collection: its lists one after the other, each answer by answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from schemas.common import Category, Entry, Failure
from ytarchive.domain.lists import meets
from ytarchive.ytdlp import entries
from ytarchive.ytdlp.answers import Answers
from ytarchive.ytdlp.choices import patience
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.pages import DEPTH, ENDLESS, PAGE, Listed, Page, TooOld, WhyNot
from ytarchive.ytdlp.places import Place, written
from ytarchive.ytdlp.session import Journal, named

_HOPS: Final = 5
_OF_ONE_LIST: Final = frozenset(
    {Category.GONE, Category.GEO, Category.NEEDS_AUTH, Category.REQUEST, Category.UNAVAILABLE}
)
"""Failures that are about one list, and no reason to leave off the collection it is in."""
_PASSING: Final = frozenset(
    {Category.NETWORK, Category.SERVER_ERROR, Category.RATE_LIMIT, Category.BOT_CHECK}
)
"""Failures that say nothing about what was asked for."""


class _List(msgspec.Struct):
    url: str
    depth: int
    info: Mapping[str, Any] | None = None


class _Enough(Exception):
    """No more of the list is wanted."""


class Walk:
    """One walk, in which `pages` pages were handed out before."""

    def __init__(  # noqa: PLR0917 - what is asked, by what, for whom; each is needed
        self,
        ydl: Any,
        journal: Journal,
        emit: Callable[[Page], None],
        why_not: WhyNot,
        too_old: TooOld,
        newest: int | None,
        known: Sequence[str],
        pages: int,
    ) -> None:
        self._ydl, self._journal, self._answers = ydl, journal, Answers(ydl)
        self._emit, self._newest, self._known = emit, newest, known
        self._why_not, self._too_old = why_not, too_old
        self._number = pages
        self._title = ""
        self._queue: list[_List] = []
        self._visited: set[str] = set()
        self._seen: set[tuple[str, str]] = set()
        self._passing, self._across = 0, False
        self._place = Place()
        self._read: list[Mapping[str, Any]] = []
        self._here = ""
        self._skipping = self._touched = False

    def all(self, url: str, place: Place | None) -> Listed:
        """List what is left of the collection at `url` from a place on; without one, find it by walking."""
        if place is None:
            self._queue = [_List(url, 0)]
            self._passing, self._across = max(self._number - 1, 0), True
        else:
            self._queue = [_List(*one) for one in place.lists]
            self._place = place
        self._visited = {entries.identity(one) for one in (url, *(each.url for each in self._queue))}
        while self._queue:
            self._list(self._queue[0])
            del self._queue[0]
            self._place = Place(notes=self._place.notes)
            self._passing *= self._across
        notes = (f"{what}: {count}" if count else what for what, count in self._place.notes.items())
        return Listed(self._number, self._title, "; ".join(notes))

    def _list(self, one: _List) -> None:
        """Read one list to its end, from the place where it was left."""
        self._touched = False
        try:
            if self._place.token and self._gone_on(one):
                return
            if not self._across:
                self._passing = max(self._place.pages - 1, 0)
            self._place = msgspec.structs.replace(self._place, pages=0, entries=0, accepted=0, token="")
            self._all_of(one)
        except YtdlpFailure as failed:
            if not one.depth or self._touched or failed.failure.category not in _OF_ONE_LIST:
                raise
            self._note(f"lists that cannot be read ({failed.failure.message[:100]})")

    def _gone_on(self, one: _List) -> bool:
        """Go on by the token of the place; False where that leads nowhere."""
        self._skipping = True
        try:
            self._all_of(one, self._place.token)
        except YtdlpFailure as failed:
            transient = failed.failure.category in _PASSING and "ncomplete data" not in failed.failure.message
            if self._skipping or self._touched or transient:
                raise
        finally:
            self._skipping = False
        return self._touched

    def _all_of(self, one: _List, token: str = "") -> None:
        with named(self._journal):
            info, one.info = one.info or self._opened(one.url), None
            self._here = str(info.get("webpage_url") or one.url)
            if not one.depth:
                self._title = str(info.get("title") or "")[:300]
            inside, self._read = info.get("entries") if entries.nested(info) else [info], []
            try:
                for found in self._answers.of(inside or (), self._turn, token):
                    self._take(found, one)
                self._hand_out(None)
            except _Enough:
                pass

    def _opened(self, url: str) -> Mapping[str, Any]:
        key = None
        for _ in range(_HOPS):
            info: Mapping[str, Any] = self._ydl.extract_info(url, download=False, ie_key=key, process=False)
            if info.get("_type") not in ("url", "url_transparent") or info.get("ie_key") == "Youtube":
                return info
            url, key = str(info["url"]), info.get("ie_key")
        raise YtdlpFailure(
            Failure(
                category=Category.REQUEST,
                message="the address leads to others without end",
                hint="Give the address of the list itself.",
            )
        )

    def _turn(self, token: str) -> None:
        """All of an answer was read: hand it out before the next is asked for."""
        if not self._skipping:
            self._hand_out(token)
        self._skipping = False
        self._place = msgspec.structs.replace(self._place, token=token)

    def _take(self, found: Any, one: _List) -> None:
        if self._skipping or not isinstance(found, Mapping):
            return
        self._touched = True
        if entries.nested(found):
            self._enqueue(found, one)
            return
        self._read.append(found)
        if len(self._read) >= PAGE:
            self._hand_out(self._place.token)

    def _enqueue(self, found: Mapping[str, Any], one: _List) -> None:
        """Put a list that was found within a list at the end of what is to be listed, unless it is there."""
        url, inside = entries.address(found), found if "entries" in found else None
        channel = entries.tab(url)[0]
        foreign = channel != "" and channel != entries.tab(self._here)[0]
        if (
            not (url or inside)
            or foreign
            or one.depth >= DEPTH
            or any(map(entries.endless, (url, self._here)))
        ):
            self._note("lists within it that were left out")
        elif not url or entries.identity(url) not in self._visited:
            self._visited.add(entries.identity(url))
            self._queue.append(_List(url, one.depth + 1, inside))

    def _hand_out(self, more: str | None) -> None:
        """Hand out what was read; `more` is the token of what follows, and None says that nothing does."""
        page, self._read = self._page(), []
        tab, ids = entries.newest_first(self._here), [entry.video_id for entry, _ in page]
        bound = meets(ids, self._known, ended=more is None) if tab else None
        met = None if bound is None else ids[bound]
        bound = self._bound(len(page), ended=more is None) if bound is None else bound
        chosen, accepted, enough = self._chosen(page[:bound])
        if tab and page and bound is None and more and all(self._too_old(found) for _, found in page):
            self._note("tabs that were left where all is older than what is chosen")
            enough = True
        ends = enough or bound is not None or more is None
        tells, place = bool(chosen or met), self._place
        self._place = msgspec.structs.replace(
            place, pages=place.pages + tells, entries=place.entries + len(chosen), accepted=accepted
        )
        if tells and self._passing:
            self._passing -= 1
        elif tells:
            self._seen.update((entry.site, entry.video_id) for entry in chosen)
            self._number += 1
            resume = self._resume(None if ends else more)
            self._emit(Page(self._number, tuple(chosen), resume, self._title, tab, met))
        if ends and more is not None:
            raise _Enough

    def _page(self) -> list[tuple[Entry, Mapping[str, Any]]]:
        """Give what was read and not handed out yet, each once."""
        page: dict[tuple[str, str], tuple[Entry, Mapping[str, Any]]] = {}
        for found in self._read:
            entry = entries.entry(found)
            if entry is None:
                self._note("entries without an address that were left out")
            elif (key := (entry.site, entry.video_id)) not in self._seen:
                page.setdefault(key, (entry, found))
        return list(page.values())

    def _bound(self, count: int, *, ended: bool) -> int | None:
        """Give how many of so many entries are still wanted, if the list is to be left after them."""
        endless = entries.endless(self._here)
        most = ENDLESS if endless else entries.asked_for(self._here)
        room = None if most is None else most - self._place.entries
        if room is None or count < room or (ended and count == room):
            return None
        if endless:
            self._note(f"it has no end, and was left after {ENDLESS} entries", 0)
        return room

    def _chosen(self, page: Sequence[tuple[Entry, Mapping[str, Any]]]) -> tuple[list[Entry], int, bool]:
        """Give the entries of a page, how many of the list were chosen by now, and whether that is enough."""
        chosen, accepted, tab = [], self._place.accepted, entries.tab(self._here)[1]
        with patience():
            for entry, found in page:
                skip = entry.skip or self._why_not(found, tab)
                chosen.append(msgspec.structs.replace(entry, skip=skip))
                accepted += not skip
                if self._newest is not None and accepted >= self._newest:
                    return chosen, accepted, True
        return chosen, accepted, False

    def _resume(self, token: str | None) -> str:
        """Write down where to go on: in the list in hand, or, with None, at the beginning of the next."""
        if token is None:
            rest, place = self._queue[1:], Place(notes=self._place.notes)
        else:
            rest, place = self._queue, msgspec.structs.replace(self._place, token=token)
        lists = tuple((one.url, one.depth) for one in rest)
        return written(msgspec.structs.replace(place, lists=lists))

    def _note(self, what: str, count: int = 1) -> None:
        """Remember what a person should know, and how often it was so, unless it was counted before."""
        notes = self._place.notes
        if not self._passing or self._across:
            self._place = msgspec.structs.replace(
                self._place, notes=notes | {what: notes.get(what, 0) + count}
            )
