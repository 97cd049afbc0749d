"""Standard output of the program, whose failures are not ours: a full disk, or nobody to take it."""

import io
import os
import sys
from typing import TYPE_CHECKING, Final

from ytarchive.errors import YtarchiveError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_WHAT: Final = "standard output cannot be written"


class _Taken(io.FileIO):
    """Raises `YtarchiveError` where it cannot be written, but not where nobody reads any more."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            # what is not written yet goes nowhere, lest Python complains of it at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            raise YtarchiveError(f"{_WHAT}: {error.strerror}") from error


def watched() -> None:
    """Have it tell clearly that it cannot be written. Raises `YtarchiveError` where it is closed already."""
    if not sys.stdout:
        raise YtarchiveError(f"{_WHAT}: it is closed")
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        found = sys.stdout
        found.flush()
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Taken(found.fileno(), "w", closefd=False)),
            encoding=found.encoding,
            errors=found.errors,
            line_buffering=found.line_buffering,
        )
