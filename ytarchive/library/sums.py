"""The text of ``SHA256SUMS``, as coreutils write and read it: ``sha256sum -c`` needs nothing of ours.

A name with a backslash, a line feed or a carriage return in it has them escaped, and its line begins with a
backslash. Names that are no UTF-8 are kept as they are (`os.fsencode`).
"""

import os
import re
from collections.abc import Mapping
from typing import Final

_LINE: Final = re.compile(rb"(\\?)([0-9A-Fa-f]{64}) [ *](.+)", re.DOTALL)
_AWKWARD: Final = re.compile(rb"[\\\n\r]")
_ESCAPES: Final = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}
_ESCAPED: Final = {escape: char for char, escape in _ESCAPES.items()}


def render(sums: Mapping[str, str]) -> bytes:
    """Give a line for each name, in the order of the names' bytes. Values are SHA-256 in hexadecimal."""
    named = sorted((os.fsencode(name), digest.encode()) for name, digest in sums.items())
    return b"".join(_line(name, digest) for name, digest in named)


def parse(text: bytes) -> dict[str, str]:
    """Give the SHA-256 of each name. Lines that are none are passed over, as coreutils do."""
    found = {}
    for line in text.split(b"\n"):
        if match := _LINE.fullmatch(line):
            escaped, digest, name = match.groups()
            found[os.fsdecode(_unescaped(name) if escaped else name)] = digest.decode().lower()
    return found


def _line(name: bytes, digest: bytes) -> bytes:
    if _AWKWARD.search(name):
        return b"\\%s  %s\n" % (digest, _AWKWARD.sub(lambda found: _ESCAPES[found[0]], name))
    return b"%s  %s\n" % (digest, name)


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\[\\nr]", lambda found: _ESCAPED[found[0]], name)
