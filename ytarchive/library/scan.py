"""What lies in the library: every file a person put there, or we did for good."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from ytarchive.errors import YtarchiveError
from ytarchive.library.atomic import is_temporary
from ytarchive.library.inventory import is_inventory, listing
from ytarchive.plain import plain

OURS = ".ytarchive"
"""The folder at the top in which we keep what is no part of the archive."""
_LOST = "lost+found"
"""The file system's own folder at the top of a disk, which only root may list."""


class LibraryAway(YtarchiveError):
    """The library is not there: it was deleted, or, more likely, its disk is not mounted."""

    def __init__(self, library: Path, what: str, *, elsewhere: str = "") -> None:
        why = elsewhere or "Is its disk mounted?"
        super().__init__(
            f"the library {library} {what}",
            hint=f"{why} Nothing was recorded as missing, and nothing changed.",
        )


class Seen(NamedTuple):
    """A file of the library. `bytes` is None for what is no regular file: links, devices; or is not told."""

    path: str
    bytes: int | None


class Place:
    """The folder that was the library when this was made. It may become another: disks come and go."""

    def __init__(self, library: Path, *, elsewhere: str = "") -> None:
        """Raise `LibraryAway` where there is none: that is `elsewhere`, or nobody knows why."""
        self.library, self._elsewhere = library, elsewhere
        self._identity = self._now()

    def check(self) -> None:
        """Raise `LibraryAway` where it is no longer the same folder."""
        if self._now() != self._identity:
            raise LibraryAway(self.library, "is another than before")

    def must_hold(self, files: Iterable[str]) -> None:
        """Raise `LibraryAway` where it is another than before, or has neither any of the files nor a list.

        A note may lie under the name of a disk that is not mounted. Blocks. Raises OSError.
        """
        self.check()
        if next(scan(self.library, lambda _folder, _error: None), None) is None:
            raise LibraryAway(self.library, "is empty")
        if not (any(os.path.lexists(self.library / path) for path in files) or listing(self.library)):
            raise LibraryAway(self.library, "has none of the files that must be there, nor a list of any")

    def _now(self) -> tuple[int, int]:
        try:
            status = self.library.stat()
        except OSError as error:
            what = f"is not there ({error.strerror})"
            raise LibraryAway(self.library, what, elsewhere=self._elsewhere) from error
        return status.st_dev, status.st_ino


def scan(library: Path, unlisted: Callable[[str, OSError], None], below: str = "") -> Iterator[Seen]:
    """Give every file `below` a folder of a library, but temporary ones and what we keep there for ourselves.

    Links are given and not followed. `unlisted` is told which folders cannot be listed, and why.
    """
    folders = [below]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(library / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if folder != _LOST:
                unlisted(folder, error)
            continue
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if path != OURS:
                    folders.append(path)
            elif not _kept_by_us(path):
                yield from _seen(entry, path)


def written(path: str) -> str:
    """Give a path as text that can be shown, whatever is in it: no terminal obeys it, and it is one line."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return plain(text)


def _seen(entry: "os.DirEntry[str]", path: str) -> Iterator[Seen]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # gone meanwhile
        return
    except OSError:  # the folder tells names and nothing else: who wants the file is told why
        yield Seen(path, None)
        return
    yield Seen(path, status.st_size if S_ISREG(status.st_mode) else None)


def _kept_by_us(path: str) -> bool:
    return is_temporary(Path(path)) or is_inventory(path)
