"""Reading files that people name: regular ones alone, and none that no memory would hold.

A FIFO would have whoever opens it wait for ever, and a device has no end.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO, Final

LARGEST: Final = 1 << 20
"""Bytes; nothing that a person configures has more."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be read; a link is followed, and the null device is an empty one.

    Raises OSError, also for a folder, a FIFO, a socket and any other device.
    """
    with open(path, "rb", opener=_open) as file:
        status = os.fstat(file.fileno())
        if S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not (S_ISREG(status.st_mode) or os.path.samestat(status, Path(os.devnull).stat())):
            raise OSError(errno.EINVAL, "it is no file, but a device or a pipe", str(path))
        yield file


def content(path: Path, most: int = LARGEST) -> bytes:
    """Give all of a file. Raises OSError as `opened` does, and for one of more than `most` bytes."""
    with opened(path) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 10:,} KiB", str(path))
    return found


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
