"""Documents of ours that change: after a crash at any moment there is the old one, or the new.

Archived files are never written over; that is what `transfer` is for.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ytarchive.library.atomic import sync, temporary
from ytarchive.library.regular import opened


@contextmanager
def held(folder: Path, *, wait: bool = True) -> Iterator[Path]:
    """Hold a folder, so that nobody else changes what is in it, once nobody else does.

    Raises `BlockingIOError` where somebody does and it is not to `wait`, OSError where there is no folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        os.close(descriptor)


def replace(folder: Path, documents: Mapping[str, bytes]) -> None:
    """Write documents of a folder, by name: none where one of them cannot be written. Raises OSError.

    Between two of them there can be a crash: who needs them to agree writes them again.
    """
    with ExitStack() as stack:
        written = {name: stack.enter_context(temporary(folder)) for name in documents}
        for name, content in documents.items():
            with _new(written[name]) as file:
                file.write(content)
        for name, path in written.items():
            path.replace(folder / name)
        sync(folder)


@contextmanager
def appending(path: Path, content: bytes) -> Iterator[None]:
    """Write behind what a document has; where that, or the block, fails, it is as it was. Raises OSError.

    Only a crash can leave a part of it, which then lacks its last line break.
    """
    new = not path.exists()
    with opened(path, append=True) as file:
        end, rest = file.tell(), memoryview(content)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
            if new:
                sync(path.parent)
            yield
        except BaseException:
            file.truncate(end)
            if new:
                path.unlink()
            raise


@contextmanager
def replacing(path: Path, kind: str = "", *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Give a file that takes the place of `path` when the block has ended well. Raises OSError.

    Until then it has a hidden name, of which `kind` tells who wrote it. From the first it has the `mode`,
    less what the umask takes.
    """
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise FileExistsError(errno.EEXIST, "it is there, and is no file", str(path))
    with temporary(path.parent, kind) as beside:
        with _new(beside, mode) as file:
            yield file
        beside.replace(path)
        sync(path.parent)


@contextmanager
def _new(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, because only os.open takes a mode
        yield file
        file.flush()
        os.fsync(file.fileno())
