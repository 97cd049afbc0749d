"""Files that are there as a whole, or not at all."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ytarchive.errors import YtarchiveError

STANDARD_OUTPUT: Final = "-"


@contextlib.contextmanager
def written_whole(target: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which gets its name, in place of another, once it is whole and on the disk.

    ``-`` is standard output. Raises `YtarchiveError` where it cannot be written.
    """
    if target == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise YtarchiveError(
            f"{target} is there, and is no file", hint="Give another place, or - for a pipe."
        )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise YtarchiveError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="What had that name is as it was. Give another place, or make room.",
        ) from error
    finally:
        with contextlib.suppress(OSError):  # there may be no such folder
            temporary.unlink()


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Have the disk know everything below a folder. Raises `OSError`."""
    for parent, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(parent))
