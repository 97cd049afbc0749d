"""Files that are there as a whole, or not at all."""

import contextlib
import fcntl
import functools
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from ytarchive.errors import YtarchiveError
from ytarchive.library.atomic import TEMPORARY, sync
from ytarchive.library.documents import replacing

if TYPE_CHECKING:
    from typing_extensions import Buffer

STANDARD_OUTPUT: Final = "-"
_KIND: Final = "whole-"
_FIRST_MOMENT: Final = 1.0


@contextlib.contextmanager
def written_whole(target: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which gets its name, in place of another, once it is whole and on the disk.

    From the first nobody but its owner may read it. ``-`` is standard output.

    Raises `YtarchiveError` where it cannot be written.
    """
    if target == STANDARD_OUTPUT:
        yield _Output()  # type: ignore[misc]  # what of it writers need
        return
    try:
        _remove_left_over(Path(target).parent)
        with replacing(Path(target), _KIND, mode=0o600) as file:
            with contextlib.suppress(OSError):  # a disk without locks: then nobody removes anything either
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
    except OSError as error:
        raise YtarchiveError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="What had that name is as it was. Give another place, or make room.",
        ) from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be read; ``-`` is standard input, which can be read more than once. Raises `OSError`."""
    if str(path) != STANDARD_OUTPUT:
        with path.open("rb") as file:
            yield file
        return
    kept = _standard_input()
    kept.seek(0)
    yield kept


@functools.cache
def _standard_input() -> BinaryIO:
    """Keep all that comes in a file without a name."""
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the program runs
    shutil.copyfileobj(sys.stdin.buffer, kept)
    return kept


class _Output(io.RawIOBase):
    """Standard output, of which every reader wants all: who goes away before the end has not got a file."""

    def __init__(self) -> None:
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer") -> int:
        """Write on, at once. Raises `YtarchiveError`, saying how much had been."""
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again at its end
            why = "who reads it has gone away" if isinstance(error, BrokenPipeError) else error.strerror
            raise YtarchiveError(
                f"standard output has not got all of it: {why} after {self._written:,} bytes",
                hint="What arrived is cut short, and no log to keep.",
            ) from error
        size = memoryview(data).nbytes
        self._written += size
        return size


def _remove_left_over(folder: Path) -> None:
    """Remove what killed writers left: those that live hold a lock, but for their first moment."""
    for path in folder.glob(f"{TEMPORARY}{_KIND}*"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime > _FIRST_MOMENT:
                path.unlink()


def sync_tree(folder: Path) -> None:
    """Have the disk know everything below a folder. Raises `OSError`."""
    for parent, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync(Path(parent))
