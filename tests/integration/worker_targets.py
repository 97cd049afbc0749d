"""What the workers of `test_workers` do."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable

from schemas.common import Category, Failure
from ytarchive.errors import StageFailed, UsageError

Emit = Callable[[bytes], None]


def work(argument: bytes, emit: Emit) -> bytes:
    """Do what the argument names."""
    return {
        b"pid": _pid,
        b"messages": _messages,
        b"says": _says,
        b"fail": _fail,
        b"misconfigured": _misconfigured,
        b"crash": _crash,
        b"segfault": _segfault,
        b"busy": _busy,
        b"deaf": _deaf,
    }[argument](emit)


def _pid(emit: Emit) -> bytes:
    return str(os.getpid()).encode()


def _messages(emit: Emit) -> bytes:
    for number in range(1000):
        emit(str(number).encode())
    emit(b"x" * 3_000_000)
    return b"y" * 3_000_000


def _says(emit: Emit) -> bytes:
    log = logging.getLogger("yt-dlp")
    log.debug("not at this level")
    log.info("looking %s up", "caf\udce9")
    log.error("it went wrong", exc_info=KeyError("formats"))
    return b""


def _fail(emit: Emit) -> bytes:
    raise StageFailed(Failure(category=Category.GEO, message="not here", hint="Go there."))


def _misconfigured(emit: Emit) -> bytes:
    raise UsageError("--exec is not allowed", hint="Take it out.")


def _crash(emit: Emit) -> bytes:
    raise KeyError("formats")


def _segfault(emit: Emit) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def _busy(emit: Emit) -> bytes:
    """Start a program that would outlive us, and name both of us."""
    with subprocess.Popen(["sleep", "60"]) as program:
        emit(f"{os.getpid()} {program.pid}".encode())
        time.sleep(60)
    return b""


def _deaf(emit: Emit) -> bytes:
    """Be busy, and not to be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _busy(emit)
