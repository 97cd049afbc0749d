"""A clock on the wall that a test sets: each Python with this folder on its ``PYTHONPATH`` shows that time.

It is off by the nanoseconds that stand in the file ``$SET_CLOCK``, eight bytes, from the moment on in which
they are written there. Clocks that only count, such as ``time.monotonic``, are what they were.
"""

import mmap
import os
import struct
import time
from pathlib import Path

import time_machine

with Path(os.environ["SET_CLOCK"]).open("rb") as _file:
    _off = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)

_clock = time_machine.travel(time.time()).start()
_right = _clock.time_ns
vars(_clock)["time_ns"] = lambda: _right() + struct.unpack("q", _off[:8])[0]
