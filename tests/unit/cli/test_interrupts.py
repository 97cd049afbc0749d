"""Ctrl-C is answered, however early it comes; so are a supervisor's SIGTERM, and the end of a terminal."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from cli.commands import Commands
from cli.failing import fail
from cli.runner import run_async
from ytarchive.errors import Interrupted, Terminated


def test_before_a_command_has_begun() -> None:
    some = Commands()

    @some.command()
    def early() -> None:
        raise KeyboardInterrupt

    @some.command()
    def other() -> None: ...

    with pytest.raises(Interrupted, match="Stopped"):
        some(["early"], standalone_mode=False)


def test_before_it_is_listened_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(running: Coroutine[Any, Any, None]) -> None:
        running.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run", early)
    waiting = asyncio.sleep(0)
    with pytest.raises(Interrupted, match="what to do"):
        run_async(waiting, interrupted="Stopped. That is what to do.")
    waiting.close()


@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGINT, Interrupted), (signal.SIGTERM, Terminated), (signal.SIGHUP, Terminated)],
)
def test_whoever_stops_it_is_told_what_becomes_of_the_work(
    number: signal.Signals, kind: type[Exception]
) -> None:
    async def stopped() -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(10)

    with pytest.raises(kind, match=r"Stopped\. It goes on\."):
        run_async(stopped(), interrupted="Stopped. It goes on.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_terminal_that_is_gone_changes_no_exit_code(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - it cannot be closed in order
    monkeypatch.setattr(sys, "stderr", gone)
    assert fail(Terminated("Stopped."), words, {}) == 143
    with contextlib.suppress(OSError):
        gone.close()
