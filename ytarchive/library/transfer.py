"""How a file gets into the library: written beside its place, read back from the disk, then given its name.

A name in the library always shows a whole file: whatever happens in between leaves at most a hidden temporary
file, which `sweep_temporaries` removes. Nothing here ever overwrites anything.
"""

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import msgspec

from ytarchive.errors import YtarchiveError
from ytarchive.library.layout import resolve_inside, version

Progress = Callable[[int], None]
Content = tuple[int, str]
"""Bytes, and their SHA-256 in hexadecimal."""

_TEMPORARY = ".ytarchive-tmp-"
_BUFFER_BYTES = 1 << 20
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_DIRECTORY_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


class TransferError(YtarchiveError):
    """The disk returned something else than what was written to it."""


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the library: its path below the root with ``/``, its size, its SHA-256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str


def store(
    source: Path, root: Path, relative: PurePosixPath, *, progress: Progress | None = None
) -> StoredFile:
    """Copy `source` to `relative` below `root`, an existing folder; blocks, so call it in a thread.

    Where that name is taken by the same content, nothing is written and the file is taken as stored; where by
    anything else, links included, the next free ``(2)``, ``(3)`` is used, and the answer's path says so.

    `progress` is told the bytes copied so far, never fewer than before, and is also called while the file is
    compared and read back; what it raises stops the transfer. Whatever is raised, no part of it is left.
    Raises `TransferError` when the disk returns something else than was written, `ValueError` when `relative`
    leads out of `root`, and `OSError` as it comes: no space, no permission, no source.
    """
    target = resolve_inside(root, relative.as_posix())
    tell = _never_less(progress)
    with source.open("rb", buffering=0) as reading, _folders(root, relative.parent):
        path, (size, sha256) = _settle(reading, target, tell)
        _sync(path.parent)
    tell(size)
    return StoredFile(path.relative_to(root).as_posix(), size, sha256)


def hash_file(path: Path, *, progress: Progress | None = None) -> Content:
    """Read a whole file in constant memory and give its size and SHA-256. Raises `OSError`."""
    with path.open("rb", buffering=0) as reading:
        return _read(reading, _never_less(progress))


def is_temporary(path: Path) -> bool:
    """Tell whether a file belongs to a transfer, under way or killed, and not to the library."""
    return path.name.startswith(_TEMPORARY)


def sweep_temporaries(root: Path, older_than: float) -> list[Path]:
    """Remove what killed transfers left below `root`, last written more than `older_than` seconds ago.

    Gives the paths removed. A transfer under way is safe when `older_than` exceeds the time to read its file.
    """
    removed = []
    for folder, _, names in os.walk(root):
        for path in filter(is_temporary, (Path(folder, name) for name in names)):
            with suppress(FileNotFoundError):
                status = path.lstat()
                if S_ISREG(status.st_mode) and time.time() - status.st_mtime > older_than:
                    path.unlink()
                    removed.append(path)
    return removed


def _settle(reading: FileIO, target: Path, tell: Progress) -> tuple[Path, Content]:
    """Give what `reading` holds the first name that is free, or is taken by the same."""
    content: Content | None = None
    with _temporary(target.parent) as temporary:
        for number in count(1):
            path = target.with_name(version(PurePosixPath(target.name), number).name)
            if not os.path.lexists(path):
                if content is None or not temporary.exists():
                    content = _write(reading, temporary, tell)
                with suppress(FileExistsError):  # another transfer took the name meanwhile
                    _publish(temporary, path)
                    return path, content
            content = content or _read(reading, _pulse(tell))
            if _is_file_of(path, content[0]) and _read_back(path, tell) == content:
                return path, content
    raise AssertionError("numbers do not end")


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
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(reading.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return _read(reading, _pulse(tell))


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


def _publish(temporary: Path, path: Path) -> None:
    """Give the file its name. Raises `FileExistsError` when the name is taken, by whatever it may be.

    Where there are no hard links (exFAT, some network drives) the name is taken by an empty file first, which
    is all that a crash between the two steps can leave.
    """
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(exist_ok=False)
        temporary.replace(path)


def _is_file_of(path: Path, size: int) -> bool:
    status = path.lstat()
    return S_ISREG(status.st_mode) and status.st_size == size


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    path = folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
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
                _sync(folder.parent)
        yield
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # another transfer has put something there
                folder.rmdir()
        raise


def _sync(folder: Path) -> None:
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
