"""How people write amounts of bytes, ``500K`` or ``2Gi``, and read them."""

import re
from typing import Final

from ytarchive.errors import UsageError

_BYTES: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def size(text: str) -> float:
    """Read an amount of bytes: a number, and K, M, G, T for thousands, Ki, Mi … for 1024.

    Raises `UsageError` for anything else.
    """
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)(i?)b?", text.strip().lower())
    if not found or not (value := float(found[1]) * (_BINARY if found[3] else _BYTES)[found[2]]):
        raise UsageError(f"not an amount of bytes: {text!r}", hint="Such as 500K, 20M or 1Gi.")
    return value


def amount(count: float) -> str:
    """Give bytes in the largest unit of which there is one: ``512.0 MB``, ``1.5 GB``."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
