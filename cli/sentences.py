"""Sentences for people, broken between words where a terminal ends."""

import os
import re
import textwrap
from typing import Final, TextIO

_COMMAND: Final = re.compile(r"`[^`\n]*`")
_UNBREAKABLE: Final = "\N{NO-BREAK SPACE}"


def columns_of(out: TextIO) -> int | None:
    """Give how wide the terminal behind `out` is; None where there is none, or it does not say."""
    if not out.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() and int(told) else os.get_terminal_size(out.fileno()).columns or None


def broken(text: str, columns: int | None) -> str:
    """Give text whose lines go on indented after `columns`. No word, and no `command` in it, is cut."""
    if columns is None:
        return text
    held = _COMMAND.sub(lambda found: found[0].replace(" ", _UNBREAKABLE), text)
    lines = (
        textwrap.fill(
            line, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False, tabsize=2
        )
        for line in held.split("\n")
    )
    return "\n".join(lines).replace(_UNBREAKABLE, " ")
