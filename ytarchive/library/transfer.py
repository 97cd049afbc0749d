"""How a file gets into the library: written beside its place, read back from the disk, then given its name.

A name in the library always shows a whole file. Nothing here ever overwrites anything.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import msgspec

from ytarchive.errors import YtarchiveError
from ytarchive.library.atomic import folders, publish, sync, temporary
from ytarchive.library.hashing import Content, Progress, never_less, pulse, read, read_back
from ytarchive.library.layout import resolve_inside, version


class TransferError(YtarchiveError):
    """The disk returned something else than what was written to it."""


class Incoming(msgspec.Struct, frozen=True):
    """A file to store: where it is, its path below the root, and who is told of the bytes copied so far.

    `progress` never hears less than before. It is also called while the file is compared and read back, and
    what it raises stops the transfer.
    """

    source: Path
    path: PurePosixPath
    progress: Progress | None = None


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the library: its path below the root with ``/``, its size, its SHA-256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str


def store(
    files: Iterable[Incoming], root: Path, then: Callable[[tuple[StoredFile, ...]], object] | None = None
) -> tuple[StoredFile, ...]:
    """Copy files that belong together below `root`, an existing folder; blocks, so call it in a thread.

    All or none: names are given once every file is written and read back, from the last to the first, so that
    where the first is, the others are, and `then` is told of them. Whatever is raised, by that too, what this
    call put there is gone again, and nothing else is.

    Where a name is taken by the same content, nothing is written and that file is taken as stored; where by
    anything else, links included, the next free ``(2)``, ``(3)`` is used, and the answer's path says so.

    Raises `TransferError` when the disk returns something else than was written, `ValueError` when a path
    leads out of `root`, and `OSError` as it comes: no space, no permission, no source.
    """
    with ExitStack() as undo:
        arrivals = [undo.enter_context(_arriving(file, root)) for file in files]
        stored = tuple(reversed([arrival.appear(root) for arrival in reversed(arrivals)]))
        if then:
            then(stored)
    return stored


@contextmanager
def _arriving(file: Incoming, root: Path) -> Iterator["_Arrival"]:
    """Write a file beside its place. It keeps the name it is given unless the block fails."""
    target = resolve_inside(root, file.path.as_posix())
    with (
        file.source.open("rb", buffering=0) as reading,
        folders(root, file.path.parent),
        temporary(target.parent) as beside,
    ):
        arrival = _Arrival(reading, target, beside, never_less(file.progress))
        arrival.prepare()
        try:
            yield arrival
        except BaseException:
            arrival.vanish()
            raise


class _Arrival:
    """A file on its way to the first name that is free, or is taken by the same content."""

    def __init__(self, reading: FileIO, target: Path, temporary: Path, tell: Progress) -> None:
        self._reading, self._target, self._temporary, self._tell = reading, target, temporary, tell
        self._path = target
        self._content: Content | None = None
        self._there = self._created = False

    def prepare(self) -> None:
        """Choose the name. Where it is free, write the file, unless that is done."""
        for number in count(1):
            self._path = self._target.with_name(version(PurePosixPath(self._target.name), number).name)
            if not os.path.lexists(self._path):
                break
            self._content = self._content or read(self._reading, pulse(self._tell))
            if _holds(self._path, self._content, self._tell):
                self._there = True
                return
        if not self._temporary.exists():
            self._content = _write(self._reading, self._temporary, self._tell)

    def appear(self, root: Path) -> StoredFile:
        """Give the file its name; where another transfer took that meanwhile, the next."""
        self._tell(0)
        while not (self._there or self._created):
            try:
                publish(self._temporary, self._path)
                self._created = True
            except FileExistsError:
                self.prepare()
        sync(self._path.parent)
        assert self._content
        size, sha256 = self._content
        self._tell(size)
        return StoredFile(self._path.relative_to(root).as_posix(), size, sha256)

    def vanish(self) -> None:
        """Take the name back, if it was given here."""
        if self._created:
            with suppress(OSError):
                self._path.unlink()


def _write(reading: FileIO, temporary: Path, tell: Progress) -> Content:
    reading.seek(0)
    with temporary.open("xb", buffering=0) as writing:
        content = read(reading, tell, writing)
        os.fsync(writing.fileno())
    if read_back(temporary, tell) != content:
        raise TransferError("the disk returned something else than was written to it")
    return content


def _holds(path: Path, content: Content, tell: Progress) -> bool:
    status = path.lstat()
    return S_ISREG(status.st_mode) and status.st_size == content[0] and read_back(path, tell) == content
