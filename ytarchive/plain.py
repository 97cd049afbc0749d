"""Foreign text as it may be shown: no terminal obeys it."""

import unicodedata
from typing import Final

LINES: Final = "\n\t"
"""What text of several lines keeps."""
_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, formatting (which turns the direction of writing), half characters, and breaks of lines."""
_JOINERS: Final = "\u200c\u200d"
"""Between letters of some languages, and between parts of a picture."""


def plain(text: str, *, keep: str = "") -> str:
    """Give text on one line with escapes for what a terminal would obey, but for the characters to `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        if char in keep or char in _JOINERS or unicodedata.category(char) not in _OBEYED
        else _escape(char)
        for char in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
