"""How a file gets into the library: written beside its place, read back from the disk, then given its name.

A name in the library always shows a whole file: whatever happens in between leaves at most a hidden temporary
file, which `sweep_temporaries` removes. Nothing here ever overwrites anything.
"""

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import msgspec

from ytarchive.errors import YtarchiveError
from ytarchive.library.layout import resolve_inside, version
from ytarchive.library.regular import opened

Progress = Callable[[int], None]
Content = tuple[int, str]
"""Bytes, and their SHA-256 in hexadecimal."""

TEMPORARY = ".ytarchive-tmp-"
_BUFFER_BYTES = 1 << 20
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_DIRECTORY_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


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


def hash_file(path: Path, *, progress: Progress | None = None, fresh: bool = False) -> Content:
    """Read a whole file in constant memory and give its size and SHA-256. Raises `OSError`.

    With `fresh` it is read from the disk rather than from memory, as far as the system allows, and leaves
    nothing there. What is no regular file is not read.
    """
    with opened(path) as reading:
        if not fresh:
            return _read(reading, _never_less(progress))
        _advise(reading, "DONTNEED", "SEQUENTIAL")
        try:
            return _read(reading, _never_less(progress))
        finally:
            _advise(reading, "DONTNEED")


def is_temporary(path: Path) -> bool:
    """Tell whether a file belongs to a transfer, under way or killed, and not to the library."""
    return path.name.startswith(TEMPORARY)


def sweep_temporaries(root: Path, older_than: float) -> list[Path]:
    """Remove what killed transfers left below `root`, last written more than `older_than` seconds ago.

    Gives the paths removed. A transfer under way is safe when `older_than` exceeds the time to read its file.
    """
    removed = []
    for folder, _, names in os.walk(root):
        for path in filter(is_temporary, (Path(folder, name) for name in names)):
            with suppress(OSError):  # gone meanwhile, or not ours to remove
                status = path.lstat()
                if S_ISREG(status.st_mode) and time.time() - status.st_mtime > older_than:
                    path.unlink()
                    removed.append(path)
    return removed


@contextmanager
def _arriving(file: Incoming, root: Path) -> Iterator["_Arrival"]:
    """Write a file beside its place. It keeps the name it is given unless the block fails."""
    target = resolve_inside(root, file.path.as_posix())
    with (
        file.source.open("rb", buffering=0) as reading,
        _folders(root, file.path.parent),
        temporary(target.parent) as beside,
    ):
        arrival = _Arrival(reading, target, beside, _never_less(file.progress))
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
            self._content = self._content or _read(self._reading, _pulse(self._tell))
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
        content = _read(reading, tell, writing)
        os.fsync(writing.fileno())
    if _read_back(temporary, tell) != content:
        raise TransferError("the disk returned something else than was written to it")
    return content


def _read_back(path: Path, tell: Progress) -> Content:
    """Read from the disk rather than from memory, as far as the system allows."""
    with path.open("rb", buffering=0) as reading:
        os.fsync(reading.fileno())  # only clean pages can be dropped
        _advise(reading, "DONTNEED")
        return _read(reading, _pulse(tell))


def _advise(reading: FileIO, *advice: str) -> None:
    """Tell the system what comes, where it can be told."""
    for word in advice if hasattr(os, "posix_fadvise") else ():
        os.posix_fadvise(reading.fileno(), 0, 0, getattr(os, f"POSIX_FADV_{word}"))


def _read(reading: FileIO, tell: Progress, writing: FileIO | None = None) -> Content:
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_BUFFER_BYTES))
    while length := reading.readinto(buffer):
        block = buffer[:length]
        digest.update(block)
        while writing and block:
            block = block[writing.write(block) :]
        size += length
        tell(size)
    return size, digest.hexdigest()


def publish(temporary: Path, path: Path) -> None:
    """Give a file its name, beside the one it has. Raises `FileExistsError` when anything has that name.

    Links are not followed. Where there are no hard links (exFAT, some network drives) the name is taken by an
    empty file first, which is all that a crash between the two steps can leave; the other name is gone then.
    """
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(exist_ok=False)
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink()
            raise


def _holds(path: Path, content: Content, tell: Progress) -> bool:
    status = path.lstat()
    return S_ISREG(status.st_mode) and status.st_size == content[0] and _read_back(path, tell) == content


@contextmanager
def temporary(folder: Path, kind: str = "") -> Iterator[Path]:
    """Give a path for a file that is to get its name in `folder`; what still lies there then is removed."""
    path = folder / f"{TEMPORARY}{kind}{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _folders(root: Path, relative: PurePosixPath) -> Iterator[None]:
    """Make the folders for a file, and remove those made when it does not get there."""
    made: list[Path] = []
    try:
        for name in reversed([relative, *relative.parents][:-1]):
            folder = root / name
            with suppress(FileExistsError):
                folder.mkdir(mode=0o755)
                made.append(folder)
                sync(folder.parent)
        yield
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # another transfer has put something there
                folder.rmdir()
        raise


def sync(folder: Path) -> None:
    """Make the names in `folder` outlive a power cut, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        os.close(descriptor)


def _never_less(progress: Progress | None) -> Progress:
    most = 0

    def tell(done: int) -> None:
        nonlocal most
        most = max(most, done)
        if progress:
            progress(most)

    return tell


def _pulse(tell: Progress) -> Progress:
    """Tell that the work goes on, but nothing of what is read."""
    return lambda _: tell(0)
