"""Opening what others may have put into the library: regular files alone, and never through a link.

A FIFO would have whoever opens it wait for ever, and a device do whatever it does.
"""

import errno
import os
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from typing import Final

_LARGEST: Final = 1 << 30
"""Bytes of a document that is read as a whole: the lists of a million files have fewer."""


class NotRegular(OSError):
    """It has the name of a file, and is a folder, a link, a FIFO, a socket or a device."""


def opened(path: Path, *, append: bool = False) -> FileIO:
    """Open a file to be read, or, with `append`, to be written on; then it is made where there is none.

    Raises `NotRegular` for anything else of that name, and OSError.
    """
    if os.path.lexists(path) or not append:
        _check(path, path.lstat())
    file = FileIO(path, "ab" if append else "rb", opener=_open)
    try:
        _check(path, os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def read_whole(path: Path) -> bytes:
    """Read a document. Raises `NotRegular`, and OSError, which one has that no memory would hold."""
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > _LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return file.read()


def is_odd(path: Path) -> bool:
    """Tell whether there is something of that name that is no regular file. Raises OSError."""
    try:
        return not S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _check(path: Path, status: os.stat_result) -> None:
    if not S_ISREG(status.st_mode):
        raise NotRegular(errno.EINVAL, "not a regular file", str(path))


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
