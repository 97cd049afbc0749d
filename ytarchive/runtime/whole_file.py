"""Files that are there as a whole, or not at all."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ytarchive.errors import YtarchiveError
from ytarchive.library.documents import replacing
from ytarchive.library.transfer import sync

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
    try:
        with replacing(Path(target)) as file:
            yield file
    except OSError as error:
        raise YtarchiveError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="What had that name is as it was. Give another place, or make room.",
        ) from error


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
