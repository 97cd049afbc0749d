"""What is asked for: addresses from the command line and from files, each checked before anything is sent."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from ytarchive.domain.links import BadLink, link
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from ytarchive.settings import Settings

STDIN: Final = "-"
_LINE: Final = 4096
"""Characters of a line that are looked at: no address is longer."""
_SHOWN: Final = 10


class Bad(NamedTuple):
    """A line that is no address, and why."""

    where: str
    why: str


class Sources(NamedTuple):
    """The addresses asked for, each once: `videos` says of which it is plain that they are one video.

    `listed` tells that some came from a file.
    """

    urls: tuple[str, ...]
    videos: frozenset[str]
    listed: bool
    bad: tuple[Bad, ...]

    @property
    def title(self) -> str:
        """What a person would call them all."""
        more = f" and {len(self.urls) - 1} more" if len(self.urls) > 1 else ""
        return f"{self.urls[0]}{more}"


def read_sources(settings: "Settings", urls: Sequence[str], files: Sequence[str]) -> Sources:
    """Read what was asked for. Empty lines, and those that begin with ``#`` or ``;``, are comments.

    A bad line of a file is among the `bad`. Raises `UsageError` for a bad address on the command line, for a
    file that cannot be read, and where no address is left.
    """
    youtube_only = settings.sites == "youtube"
    found: dict[str, bool] = {}
    bad: list[Bad] = []
    for url in urls:
        try:
            taken = link(url, youtube_only=youtube_only)
        except BadLink as error:
            raise UsageError(str(error), hint=error.hint) from error
        found[taken.url] = taken.video_id is not None
    for where, line in _lines(files):
        try:
            taken = link(line, youtube_only=youtube_only)
        except BadLink as error:
            bad.append(Bad(where, str(error)))
        else:
            found.setdefault(taken.url, taken.video_id is not None)
    if not found:
        told = f"; {bad[0].where}: {bad[0].why}" if bad else ""
        raise UsageError(f"no address was given{told}", hint="Name addresses, or a file of them with -a.")
    videos = frozenset(url for url, plain in found.items() if plain)
    return Sources(tuple(found), videos, bool(files), tuple(bad))


def complaints(bad: Sequence[Bad]) -> Iterator[str]:
    """Say which lines were left out, the first of many."""
    for one in bad[:_SHOWN]:
        yield f"left out: {one.where}: {one.why}"
    if len(bad) > _SHOWN:
        yield f"left out: {len(bad) - _SHOWN} more lines that are no addresses"


def _lines(files: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in files:
        try:
            with _opened(name) as stream:
                for number, line in enumerate(_bounded(stream), 1):
                    text = line.strip().lstrip("\ufeff")
                    if text and not text.startswith(("#", ";")):
                        yield f"{'standard input' if name == STDIN else name}, line {number}", text
        except OSError as error:
            raise UsageError(f"{name}: {error.strerror or error}") from error


def _opened(name: str) -> "IO[str] | nullcontext[IO[str]]":
    if name == STDIN:
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a TextIOWrapper
        return nullcontext(sys.stdin)
    return open(name, encoding="utf-8", errors="replace")  # noqa: PTH123 - its reader closes it


def _bounded(stream: IO[str]) -> Iterator[str]:
    """Give lines, of which one that has no end is cut: junk need not fit into memory."""
    while line := stream.readline(_LINE):
        rest = line
        while rest and not rest.endswith("\n"):
            rest = stream.readline(_LINE)
        yield line
