"""Searching log lines for an expression. It runs here, with who asks: no actor ever waits for a pattern."""

import re
from typing import TYPE_CHECKING, Final

from cli import render
from ytarchive.alarm import alarm
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from schemas.logs import KeptLine

_SECONDS: Final = 2.0


class Grep:
    """Tells which lines hold an expression; all do where there is none. Raises `UsageError` for a bad one."""

    def __init__(self, expression: str | None) -> None:
        try:
            self._found = re.compile(expression).search if expression else None
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(
                f"--grep: not a regular expression: {expression!r:.80}", hint=str(error)
            ) from error

    def __call__(self, line: "KeptLine") -> bool:
        """Tell whether it is in a line. Raises `UsageError` if that cannot be told in two seconds."""
        if self._found is None:
            return True
        slow = UsageError(
            "--grep takes too long on a line", hint="Repetitions within repetitions, as in (a+)+, are slow."
        )
        with alarm(_SECONDS, slow):
            return self._found(render.said(line)) is not None
