"""Files that may not be read, also where the tests are root, whom nothing holds."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

_VERSION_3: Final = 0x20080522
_READ_ALL: Final = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
_GET_SECUREBITS, _SET_SECUREBITS, _NO_ROOT = 27, 28, 1


@contextmanager
def held_by_permissions() -> Iterator[None]:
    """Be somebody for whom the permissions of files count: in this thread, and all that it starts."""
    if os.geteuid():
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root reads everything, and only Linux can have it otherwise")
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, and the same of the higher numbers
    assert libc.capget(header, sets) == 0
    before = sets[0]
    sets[0] &= ~_READ_ALL
    bits = libc.prctl(_GET_SECUREBITS)
    assert libc.prctl(_SET_SECUREBITS, bits | _NO_ROOT) == 0  # programs do not get all rights back
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0
        assert libc.prctl(_SET_SECUREBITS, bits) == 0
