"""Child processes that do not outlive us: each leads a process group of its own, and hears of our death."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

_PR_SET_PDEATHSIG: Final = 1
_STDERR: Final = 2
_TAIL_BYTES: Final = 4096


async def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: IO[bytes] | None = None,
    keep: Sequence[int] = (),
) -> Process:
    """Start a program without a terminal: Ctrl-C does not reach it, and on Linux it gets SIGTERM when we die.

    `output` takes what it prints, None lets it through to our own stderr. `keep` are file descriptors it
    inherits. Raises OSError when there is no such program. Call it from the main thread: to Linux, "we" are
    the thread that starts the child.
    """
    return await asyncio.create_subprocess_exec(
        *command,
        env=dict(environment),
        stdin=DEVNULL,
        stdout=output or _STDERR,
        stderr=output or _STDERR,
        pass_fds=keep,
        start_new_session=True,
        preexec_fn=_dies_with(os.getpid()),
    )


async def stop(process: Process, patience: float) -> None:
    """Ask the process to end with SIGTERM; after `patience` seconds, or if we are cancelled, kill its group.

    What it started and left behind in its group is killed in any case.
    """
    try:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience)
    finally:
        kill_group(process)
        await process.wait()


def kill_group(process: Process) -> None:
    """Kill the process and whatever is left of its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def tail(log: Path, since: int) -> list[str]:
    """Give the last lines a child has printed to `log` after byte `since`; none where there is no log."""
    try:
        with log.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(since if since <= size else 0, size - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def _dies_with(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
