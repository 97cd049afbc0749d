"""What runs inside a worker process: take an argument, do the work, answer; die with the parent.

A worker leads a session of its own, so that whatever it starts (ffmpeg, deno) is killed with it, and
Ctrl-C at a terminal does not reach it. SIGINT is how its parent asks it to stop.

Frames go both ways over one socket: a byte for the kind, four for the length, then the payload.
"""

import importlib
import logging
import os
import signal
import struct
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from socket import socket
from typing import BinaryIO, Final

import msgspec

from schemas.common import Category, Failure
from ytarchive.errors import StageFailed, UsageError

Work = Callable[[bytes, Callable[[bytes], None]], bytes]
"""What a worker does: it takes an argument and `emit`, to say how far it is, and returns the result."""

HEADER: Final = struct.Struct(">cI")
READY, ARGUMENT, MESSAGE, LINE, RESULT, FAILURE, CRASH = b"+", b"a", b"m", b"l", b"r", b"f", b"c"


class Crash(msgspec.Struct, frozen=True):
    """An exception nobody foresaw, in words: exceptions themselves do not travel."""

    summary: str
    traceback: str


class Line(msgspec.Struct, frozen=True):
    """What the work wrote into the log of `logger`. `level` is a number of Python's `logging`."""

    level: int
    logger: str
    event: str


class _Lines(logging.Handler):
    """Hands log lines on to the parent, who knows what they are about."""

    def __init__(self, send: Callable[[bytes, bytes], None]) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter())
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        event = self.format(record).encode("utf-8", "backslashreplace").decode()
        self._send(LINE, msgspec.json.encode(Line(record.levelno, record.name, event)))


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """Give the bytes of one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def serve(channel: socket, target: str, level: int) -> None:
    """Do what arrives on `channel`, one argument after the other, with the function ``module:name``.

    What that logs at `level` and above goes to the parent.

    Never returns: the process group ends when the parent closes the channel or asks for it with SIGINT.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A supervisor's SIGTERM to everybody is for the parent to act on. Not SIG_IGN: programs inherit that.
    signal.signal(signal.SIGTERM, lambda *_: None)
    writing = threading.Lock()

    def send(kind: bytes, payload: bytes = b"") -> None:
        with writing:
            channel.sendall(frame(kind, payload))

    arguments: SimpleQueue[bytes] = SimpleQueue()
    logging.basicConfig(handlers=[_Lines(send)], level=level, force=True)
    try:
        threading.Thread(target=_listen, args=(channel.makefile("rb"), arguments), daemon=True).start()
        try:
            work = _function(target)
        except Exception as error:  # noqa: BLE001 - whatever an import raises is told
            send(CRASH, _crash(error))
            return
        send(READY)
        while True:
            send(*_answer(work, arguments.get(), lambda message: send(MESSAGE, message)))
    except (KeyboardInterrupt, OSError):
        pass  # asked to stop, or the parent is gone
    finally:
        os.killpg(0, signal.SIGKILL)


def _answer(work: Work, argument: bytes, emit: Callable[[bytes], None]) -> tuple[bytes, bytes]:
    try:
        return RESULT, work(argument, emit)
    except StageFailed as failed:
        return FAILURE, msgspec.json.encode(failed.failure)
    except UsageError as error:  # the operator's settings: nothing else is given to a worker by a person
        return FAILURE, msgspec.json.encode(
            Failure(category=Category.ENVIRONMENT, message=str(error)[:500], hint=error.hint)
        )
    except Exception as error:  # noqa: BLE001 - told to the parent, who raises it
        return CRASH, _crash(error)


def _crash(error: Exception) -> bytes:
    summary = "".join(traceback.format_exception_only(error)).strip()
    return msgspec.json.encode(Crash(summary, "".join(traceback.format_exception(error))))


def _listen(channel: BinaryIO, arguments: SimpleQueue[bytes]) -> None:
    """Hand on what arrives. At the end of it, which is the parent's end too, kill the whole group."""
    try:
        while header := channel.read(HEADER.size):
            _, length = HEADER.unpack(header)
            arguments.put(channel.read(length))
    finally:
        os.killpg(0, signal.SIGKILL)


def _function(target: str) -> Work:
    module, _, name = target.partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    return work
