"""Standard output of the program, whose failures are not ours: a full disk, or nobody to take it.

Where it, or standard error, has no characters for what people are to read, others stand for them.
"""

import codecs
import io
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from ytarchive.errors import YtarchiveError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_WHAT: Final = "standard output cannot be written"
_SIMPLER: Final = "ytarchive.simpler"
_SIGNS: Final = str.maketrans("✓✗…›→◀▶▲·─│", "+x.>><>^--|")
"""What stands for our signs, as wide as they are."""


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


def _simpler(error: UnicodeError) -> tuple[str, int]:
    """Give what is written instead of characters that an encoding has not, as wide as they are."""
    assert isinstance(error, UnicodeEncodeError)
    found = error.object[error.start : error.end].translate(_SIGNS)
    told = (char if char.isascii() else "?" * _width(char) for char in found)
    return "".join(told), error.end


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def watched() -> None:
    """Have it tell clearly that it cannot be written, and both outputs take whatever is to be said.

    Raises `YtarchiveError` where standard output is closed already.
    """
    codecs.register_error(_SIMPLER, _simpler)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=_SIMPLER)
    if not sys.stdout:
        raise YtarchiveError(f"{_WHAT}: it is closed")
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        found = sys.stdout
        found.flush()
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Taken(found.fileno(), "w", closefd=False)),
            encoding=found.encoding,
            errors=_SIMPLER,
            line_buffering=found.line_buffering,
        )
