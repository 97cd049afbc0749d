"""What is asked for: addresses from the command line and from files, each checked before anything is sent."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from ytarchive.domain.links import BadLink, Link, link
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from ytarchive.settings import Settings

STDIN: Final = "-"
_STDIN_DESCRIPTOR: Final = 0
_COMMENTS: Final = ("#", ";", "]")
_REMARK: Final = re.compile(r"\s#.*")
_SCHEME: Final = ":"
_LINE: Final = 4096
"""Characters of a line that are looked at: no address is longer."""
_SHOWN: Final = 10


class Bad(NamedTuple):
    """A line that is no address, and why."""

    where: str
    why: str


class Sources(NamedTuple):
    """The addresses asked for, each once: `videos` says of which it is plain that they are one video.

    `listed` tells that some came from a file, of which so many lines were no addresses; `bad` are the first.
    Of lists `beside` a video, the ids, the video is meant alone.
    """

    urls: tuple[str, ...]
    videos: frozenset[str]
    listed: bool
    bad: tuple[Bad, ...] = ()
    left_out: int = 0
    beside: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person would call them all."""
        more = f" and {len(self.urls) - 1} more" if len(self.urls) > 1 else ""
        return f"{self.urls[0]}{more}"


def read_sources(settings: "Settings", urls: Sequence[str], files: Sequence[str]) -> Sources:
    """Read what was asked for; ``-`` in place of an address is standard input, as among `files`.

    Empty lines, and those that begin with ``#``, ``;`` or ``]``, are comments. A bad line of a file is left
    out. Raises `UsageError` for a bad address on the command line, for a file that cannot be read, and where
    no address is left.
    """
    youtube_only = settings.sites == "youtube"
    files = (*files, *(url for url in urls if url == STDIN))
    urls = [url for url in urls if url != STDIN]
    found: dict[str, Link] = {}
    bad: list[Bad] = []
    left_out = 0
    for url in urls:
        try:
            taken = link(url, youtube_only=youtube_only)
        except BadLink as error:
            raise UsageError(str(error), hint=error.hint) from error
        found.setdefault(taken.url, taken)
    for name, number, line in _lines(files):
        if left_out >= _SHOWN and _SCHEME not in line:  # of millions of lines of junk, no more need be said
            left_out += 1
            continue
        try:
            taken = link(line, youtube_only=youtube_only)
        except BadLink as error:
            left_out += 1
            if left_out <= _SHOWN:
                bad.append(Bad(f"{name}, line {number}", str(error)))
        else:
            found.setdefault(taken.url, taken)
    if not found:
        told = f"; of {left_out:,} lines none is one" if left_out > 1 else ""
        told += f"; {bad[0].where}: {bad[0].why}" if bad else ""
        raise UsageError(f"no address was given{told}", hint="Name addresses, or a file of them with -a.")
    videos = frozenset(url for url, taken in found.items() if not taken.list)
    beside = tuple(dict.fromkeys(one.beside for one in found.values() if one.beside))
    return Sources(tuple(found), videos, bool(files), tuple(bad), left_out, beside)


def read_and_tell(settings: "Settings", urls: Sequence[str], files: Sequence[str]) -> Sources:
    """Read it likewise, and say on standard error what was left out."""
    from cli.output import complain

    sources = read_sources(settings, urls, files)
    for complaint in complaints(sources):
        complain(complaint)
    return sources


def complaints(sources: Sources) -> Iterator[str]:
    """Say which lines and lists were left out, the first of many."""
    for name in sources.beside[:_SHOWN]:
        whole = f"https://www.youtube.com/playlist?list={name}"
        yield f"left out: the list beside a video; for all of it, {whole}"
    for one in sources.bad:
        yield f"left out: {one.where}: {one.why}"
    if more := sources.left_out - len(sources.bad):
        lines = "lines that are no addresses" if more > 1 else "line that is no address"
        yield f"left out: {more:,} more {lines}"


def _lines(files: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """Give what is no comment: its file's name, the number of the line, what it says. Raises `UsageError`."""
    for name in files:
        called = "standard input" if name == STDIN else name
        try:
            with _opened(name) as stream:
                for number, line in enumerate(_bounded(stream), 1):
                    text = _REMARK.sub("", line.strip().lstrip("\ufeff")).strip()
                    if text and not text.startswith(_COMMENTS):
                        yield called, number, text
        except (OSError, ValueError) as error:  # the name may hold what no name can
            raise UsageError(f"{called}: {getattr(error, 'strerror', None) or error}") from error


def _opened(name: str) -> IO[str]:
    if name == STDIN:
        return open(_STDIN_DESCRIPTOR, encoding="utf-8", errors="replace", closefd=False)
    return open(name, encoding="utf-8", errors="replace")  # noqa: PTH123 - its reader closes it


def _bounded(stream: IO[str]) -> Iterator[str]:
    """Give lines, of which one that has no end is cut: junk need not fit into memory."""
    while line := stream.readline(_LINE):
        rest = line
        while rest and not rest.endswith("\n"):
            rest = stream.readline(_LINE)
        yield line
