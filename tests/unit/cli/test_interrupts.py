"""Ctrl-C is answered, however early it comes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from cli.commands import Commands
from cli.runner import run_async
from ytarchive.errors import Interrupted


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
