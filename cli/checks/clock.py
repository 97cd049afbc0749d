"""Whether anything keeps this machine's clock right: with our own server, there is no other clock to ask."""

import ctypes
from collections.abc import Iterator
from typing import Final

from schemas.diagnostics_reports import Finding, Grade

_CHECK: Final = "timekeeping"
_ROOM: Final = 1024
"""Bytes, more than the kernel's answer takes on any machine."""
_UNSYNCHRONIZED: Final = 5
"""What adjtimex(2) gives where nothing has set the clock for long; less is a clock that is kept right."""


def asked() -> int:
    """Ask the kernel how its clock is kept, changing nothing; -1 where it does not say."""
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_ROOM)))
    except (AttributeError, OSError):  # not Linux
        return -1


def synchronization(state: int) -> Iterator[Finding]:
    """Judge what the kernel said."""
    if state < 0:
        text = "this system does not say whether its clock is kept right"
        yield Finding(check=_CHECK, grade=Grade.SKIPPED, text=text)
    elif state >= _UNSYNCHRONIZED:
        yield Finding(
            check=_CHECK,
            grade=Grade.WARNING,
            text="nothing keeps this machine's clock right, and it drifts",
            command="sudo timedatectl set-ntp true",
        )
    else:
        yield Finding(check=_CHECK, grade=Grade.OK, text="this machine's clock is kept right")
