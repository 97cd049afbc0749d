"""One worker process, seen from its parent."""

import asyncio
import atexit
import contextlib
import functools
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
import structlog

from schemas.common import Failure
from ytarchive.errors import StageFailed, Unfinished
from ytarchive.workers.child import (
    ARGUMENT,
    CRASH,
    FAILURE,
    HEADER,
    LINE,
    MESSAGE,
    READY,
    Crash,
    Line,
    frame,
    serve,
)

OnMessage = Callable[[bytes], Awaitable[None]]


class WorkerDied(Unfinished):
    """A worker process ended in the middle of its work, by a signal or by itself."""


class WorkCrashed(Exception):
    """The work raised something unforeseen. The worker's own traceback is a note of the exception."""


class Worker:
    """One worker process, seen from its parent."""

    def __init__(
        self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int
    ) -> None:
        self.served = 0
        self._process = process
        self._reader = reader
        self._writer = writer
        self._pid = pid
        self._ending: asyncio.Task[None] | None = None
        # multiprocessing would wait for it at exit: nobody may be left by then.
        self._at_exit = functools.partial(_kill_group, pid)
        atexit.register(self._at_exit)

    @classmethod
    async def start(cls, context: ForkServerContext, target: str, level: int) -> "Worker":
        """Fork a worker. In a thread, because the first waits until the server has imported everything."""
        _go_where_all_may()
        ours, theirs = socket.socketpair()
        with theirs:
            process = context.Process(target=serve, args=(theirs, target, level), daemon=True)
            try:
                await asyncio.to_thread(process.start)
                reader, writer = await asyncio.open_unix_connection(sock=ours)
            except BaseException:
                ours.close()
                raise
        assert process.pid is not None
        return cls(process, reader, writer, process.pid)

    @property
    def alive(self) -> bool:
        """Whether it has not gone, as far as we have heard."""
        return self._process.is_alive() and not self._reader.at_eof()

    async def introduced(self) -> None:
        """Wait until it can work. Raises `WorkCrashed` if it cannot import its target, and `WorkerDied`."""
        kind, payload = await self._receive()
        if kind != READY:
            result(kind, payload)

    async def ask(self, argument: bytes, on_message: OnMessage | None) -> tuple[bytes, bytes]:
        """Send an argument and give the frame that ends its work. Raises `WorkerDied`."""
        self.served += 1
        with contextlib.suppress(ConnectionError):  # it is gone: reading tells
            self._writer.write(frame(ARGUMENT, argument))
            await self._writer.drain()
        while True:
            kind, payload = await self._receive()
            if kind == LINE:
                _log(payload)
            elif kind != MESSAGE:
                return kind, payload
            elif on_message is not None:
                await on_message(payload)

    async def stop(self, patience: float) -> None:
        """Ask it to end, wait up to `patience` seconds, kill its process group and reap it."""
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end(patience))
        await asyncio.shield(self._ending)

    async def _end(self, patience: float) -> None:
        try:
            if patience and self._process.is_alive():
                os.kill(self._pid, signal.SIGINT)
                await asyncio.wait_for(self._silence(), patience)
        except (TimeoutError, ConnectionError, ProcessLookupError):
            pass  # it would not listen, or was faster
        finally:
            _kill_group(self._pid)
            if self._process.is_alive():  # it had no group of its own yet
                self._process.kill()
        await asyncio.to_thread(self._process.join)
        atexit.unregister(self._at_exit)
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _silence(self) -> None:
        while await self._reader.read(1 << 16):
            pass

    async def _receive(self) -> tuple[bytes, bytes]:
        try:
            kind, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            return kind, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self.stop(0)
            raise WorkerDied(f"worker process {self._pid} died ({_cause(self._process.exitcode)})") from error


def _log(payload: bytes) -> None:
    line = msgspec.json.decode(payload, type=Line)
    structlog.get_logger().log(line.level, line.event, logger=line.logger)


def result(kind: bytes, payload: bytes) -> bytes:
    """Give what the work returned, or raise what it raised. See `WorkerPool.run`."""
    if kind == FAILURE:
        raise StageFailed(msgspec.json.decode(payload, type=Failure))
    if kind == CRASH:
        crash = msgspec.json.decode(payload, type=Crash)
        error = WorkCrashed(crash.summary)
        error.add_note(crash.traceback)
        raise error
    return payload


def _cause(exit_code: int | None) -> str:
    return signal.Signals(-exit_code).name if exit_code and exit_code < 0 else f"exit code {exit_code}"


def _go_where_all_may() -> None:
    """Leave a folder that is gone, or not ours to enter, as under `sudo`: a worker begins by entering it."""
    try:
        os.chdir(Path.cwd())
    except OSError:
        os.chdir("/")


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
