"""Reading the log archive a page at a time: so many lines, so many bytes, so much time, whichever ends first.

Nothing but the lines of one page is in memory. No pattern of the asker's runs here.
"""

import time
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from actors.logs.parts import Label, Place, labels
from schemas.logs import AskLogs, KeptLine, LogPage
from ytarchive.domain.log_search import fits, needles

if TYPE_CHECKING:
    from actors.logs.archive import Archive

_BYTES: Final = 768 << 10
_SECONDS: Final = 0.5
_LOOK_EVERY: Final = 1024
"""Lines between two looks at the time."""
_decoder: Final = msgspec.json.Decoder(KeptLine)


class Pages:
    """Answers questions from the archive of `node`, one at a time."""

    def __init__(self, archive: "Archive", node: str) -> None:
        self._archive, self._node = archive, node
        self._damaged: set[str] = set()

    def page(self, asked: AskLogs, last: int) -> LogPage:
        """Give the page that was asked for. All lines up to message `last` are in the archive."""
        self._damaged = set()
        until = time.monotonic() + _SECONDS
        lines, place = self._backward(asked, until) if asked.newest else self._forward(asked, until)
        return LogPage(
            lines=tuple(lines),
            place=str(place or ""),
            last=last,
            node=self._node,
            damaged=tuple(sorted(self._damaged)),
        )

    def newest(self) -> KeptLine | None:
        """Give the last line there is."""
        for label in reversed(labels(self._archive.folder)):
            end = deque(self._lines(label), maxlen=1)
            if end and (line := _line(end[0])):
                return line
        return None

    def _forward(self, asked: AskLogs, until: float) -> tuple[list[KeptLine], Place | None]:
        start = Place.read(asked.place) if asked.place else Place(Label("", 0), 0)
        words, found, room = needles(asked), list[KeptLine](), _BYTES
        for label in self._parts(asked):
            if label < start.label:
                continue
            known = start.line if label == start.label else 0
            for number, text in enumerate(islice(self._lines(label), known, None), known):
                if number > known and number % _LOOK_EVERY == 0 and time.monotonic() > until:
                    return found, Place(label, number)
                if line := _fitting(asked, words, text):
                    room -= len(text)
                    if found and (len(found) == asked.limit or room < 0):
                        return found, Place(label, number)
                    found.append(line)
        return found, None

    def _backward(self, asked: AskLogs, until: float) -> tuple[deque[KeptLine], Place | None]:
        end = Place.read(asked.place) if asked.place else None
        words, found, room = needles(asked), deque[KeptLine](), _BYTES
        for label in reversed(self._parts(asked)):
            if end and (label, 1) > end:
                continue
            before = end.line if end and label == end.label else None
            here = deque[tuple[int, int, KeptLine]](maxlen=asked.limit - len(found))
            for number, text in enumerate(islice(self._lines(label), before)):
                if line := _fitting(asked, words, text):
                    here.append((number, len(text), line))
            for number, size, line in reversed(here):
                room -= size
                if found and room < 0:
                    return found, Place(label, number + 1)
                found.appendleft(line)
                if len(found) == asked.limit:
                    return found, Place(label, number)
            if time.monotonic() > until:
                return found, Place(label, 0)
        return found, None

    def _parts(self, asked: AskLogs) -> list[Label]:
        """Give the parts that may have lines of that time, where two clocks tell the days."""
        day = timedelta(days=1)
        first = str((asked.since - day).date()) if asked.since else ""
        last = str((asked.until + day).date()) if asked.until else "9"
        return [label for label in labels(self._archive.folder) if first <= label.day <= last]

    def _lines(self, label: Label) -> Iterator[bytes]:
        """Give the whole lines of a part, as far as it can be read."""
        if (file := self._archive.open(label)) is None:
            return
        with file:
            try:
                yield from (line for line in file if line.endswith(b"\n"))
            except (OSError, EOFError, zlib.error):
                self._damaged.add(str(label))


def _fitting(asked: AskLogs, words: tuple[bytes, ...], text: bytes) -> KeptLine | None:
    if words and not any(word in text for word in words):
        return None
    line = _line(text)
    return line if line and fits(asked, line) else None


def _line(text: bytes) -> KeptLine | None:
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
