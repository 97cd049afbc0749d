"""The lock on a state directory: the kernel's, on an open file, in which is the process that took it.

It ends with the last process that has the file open. nats-server, which takes no lock of its own and spoils
the data when started twice on it, inherits it.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from ytarchive.errors import ServerUnavailable

_PROGRAMS: Final = frozenset({"ytarchive", "cli", "__main__.py"})
_CALL: Final = 80
_PATIENCE: Final = 5.0
"""Seconds for which the server of a killed predecessor may still hold the lock while it stops."""


_PASSING: Final = "passing"


class InUse(ServerUnavailable):
    """Somebody else runs on the state directory. One who is `passing` only reads, and will end by itself."""

    passing: bool = False


def held(path: Path) -> bool:
    """Tell whether somebody holds the lock on the file at `path`."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def sign(lock: int, *, passing: bool) -> None:
    """Write into a file that is locked who has it, and whether for reading alone. Raises `OSError`."""
    os.truncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}{f' {_PASSING}' if passing else ''}\n".encode(), 0)


def take(lock: int, path: Path) -> None:
    """Lock an open file for the directory at `path`. Raises `InUse` where somebody else keeps it."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder, _, why = os.pread(lock, 32, 0).strip().decode("ascii", "replace").partition(" ")
            # somebody who asks who has it, or the server of one that was killed, will not be long
            brief = not holder.isdecimal() or not alive(int(holder))
            if brief and time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            busy = InUse(
                f"another ytarchive (pid {holder or 'unknown'}{_words(holder)}) already runs on {path}",
                hint="Use it as it is, stop it, or name another place in YTARCHIVE_STATE_DIR.",
            )
            busy.passing = why == _PASSING and not brief
            raise busy from None
        else:
            return


def alive(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _words(pid: str) -> str:
    """Give what a process was called with, where the system tells."""
    try:
        words = (Path("/proc") / pid / "cmdline").read_text("utf-8", "replace").strip("\0").split("\0")
    except OSError:
        return ""
    named = next((at for at, word in enumerate(words, 1) if Path(word).name in _PROGRAMS), len(words))
    return f": {' '.join(words[named:])}"[:_CALL].rstrip(": ")
