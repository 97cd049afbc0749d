"""What the tests of transfers run in a process of its own: one that is killed, one that may make no links."""

import ctypes
import errno
import os
import platform
import sys
from itertools import count
from pathlib import Path, PurePosixPath

from ytarchive.library.transfer import Incoming, store

LINK_CALLS = {"x86_64": (86, 265), "aarch64": (37,)}
"""The numbers of ``link`` and ``linkat``."""


def forbid_links() -> None:
    """Let the kernel answer every hard link with EPERM, as it does for file systems that have none."""

    def instruction(code: int, yes: int, no: int, value: int) -> bytes:
        return code.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")

    load, equal, give = 0x20, 0x15, 0x06
    forbidden = LINK_CALLS[platform.machine()]
    program = b"".join(
        (
            instruction(load, 0, 0, 0),
            *(instruction(equal, len(forbidden) - at, 0, nr) for at, nr in enumerate(forbidden)),
            instruction(give, 0, 0, 0x7FFF0000),
            instruction(give, 0, 0, 0x00050000 | errno.EPERM),
        )
    )

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    filters = ctypes.byref(Program(len(program) // 8, program))
    for arguments in ((38, 1, 0, 0, 0), (22, 2, filters, 0, 0)):  # no new privileges; this filter
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")


def store_for_ever(source: Path, root: Path) -> None:
    """Store `source` twice under ever new names, and write a dot for every step."""

    def step(_done: int) -> None:
        os.write(1, b".")

    for number in count():
        stem = PurePosixPath(f"channel {number % 3}", f"{number}")
        media, sidecar = (stem.with_name(f"{stem.name}{suffix}") for suffix in (".mp4", ".info.json"))
        store([Incoming(source, media, step), Incoming(source, sidecar, step)], root)


def main() -> None:
    """Do what the first argument says with the source, the root and so on that follow."""
    source, root = Path(sys.argv[2]), Path(sys.argv[3])
    if sys.argv[1] == "for-ever":
        store_for_ever(source, root)
    name = PurePosixPath(sys.argv[4])

    def take(done: int) -> None:
        if sys.argv[5] == "meanwhile" and done == source.stat().st_size:
            root.joinpath(name).write_bytes(b"other")

    forbid_links()
    (stored,) = store([Incoming(source, name, take)], root)
    sys.stdout.write(stored.path)


if __name__ == "__main__":
    main()
