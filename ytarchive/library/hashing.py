"""What a file holds: its size and its SHA-256, read in constant memory, from the disk where that matters."""

import hashlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from ytarchive.library.regular import opened

Progress = Callable[[int], None]
Content = tuple[int, str]
"""Bytes, and their SHA-256 in hexadecimal."""

_BUFFER_BYTES = 1 << 20


def hash_file(path: Path, *, progress: Progress | None = None, fresh: bool = False) -> Content:
    """Read a whole file in constant memory and give its size and SHA-256. Raises `OSError`.

    With `fresh` it is read from the disk rather than from memory, as far as the system allows, and leaves
    nothing there. What is no regular file is not read.
    """
    with opened(path) as reading:
        if not fresh:
            return read(reading, never_less(progress))
        _advise(reading, "DONTNEED", "SEQUENTIAL")
        try:
            return read(reading, never_less(progress))
        finally:
            _advise(reading, "DONTNEED")


def read_back(path: Path, tell: Progress) -> Content:
    """Read what was written to a file, from the disk rather than from memory, as far as the system allows."""
    with path.open("rb", buffering=0) as reading:
        os.fsync(reading.fileno())  # only clean pages can be dropped
        _advise(reading, "DONTNEED")
        return read(reading, pulse(tell))


def read(reading: FileIO, tell: Progress, writing: FileIO | None = None) -> Content:
    """Read on to the end, write it all where that is wanted, and tell how much it is so far."""
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


def never_less(progress: Progress | None) -> Progress:
    """Tell whoever wants to hear it, but never less than before."""
    most = 0

    def tell(done: int) -> None:
        nonlocal most
        most = max(most, done)
        if progress:
            progress(most)

    return tell


def pulse(tell: Progress) -> Progress:
    """Tell that the work goes on, but nothing of what is read."""
    return lambda _: tell(0)


def _advise(reading: FileIO, *advice: str) -> None:
    """Tell the system what comes, where it can be told."""
    for word in advice if hasattr(os, "posix_fadvise") else ():
        os.posix_fadvise(reading.fileno(), 0, 0, getattr(os, f"POSIX_FADV_{word}"))
