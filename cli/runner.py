"""Running a command's coroutine so that Ctrl-C and a supervisor's SIGTERM end it in good order."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from ytarchive.errors import Interrupted, Terminated

T = TypeVar("T")

NOTHING: Final = "Stopped. Nothing was changed."
ASKED: Final = "Stopped. What was asked for by then goes on: `ytarchive jobs` shows it."


def run_async(main: Coroutine[Any, Any, T], *, interrupted: str | Callable[[], str] = NOTHING) -> T:
    """Run `main`. SIGINT, SIGTERM and a closed terminal cancel it, and what it opened is closed in turn.

    Raises `Interrupted` or `Terminated`, saying `interrupted`, which may depend on how far it came.
    """
    received: list[int] = []

    async def guarded() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task

        def stop(number: int) -> None:
            received.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop, number)
        return await main

    try:
        return asyncio.run(guarded())
    except KeyboardInterrupt as early:  # before it was listened for
        raise Interrupted(_said(interrupted)) from early
    except asyncio.CancelledError as cancelled:
        stopped = Interrupted if signal.SIGINT in received else Terminated
        raise stopped(_said(interrupted)) from cancelled


def _said(interrupted: str | Callable[[], str]) -> str:
    return interrupted if isinstance(interrupted, str) else interrupted()
