"""Where output goes: results to standard output, everything said about them to standard error."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from cli.sentences import broken
from schemas import codec
from schemas.reports import EventLine
from ytarchive.plain import LINES, plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.segment import Segment

    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.runtime.event_log import Entry

Report = TypeVar("Report", bound=msgspec.Struct)

_ENDLESS: Final = 10_000
"""Columns of a file: no line is broken there."""


def write_json(document: msgspec.Struct) -> None:
    """Write one document, or one line of a stream, for programs."""
    sys.stdout.buffer.write(codec.encode(document) + b"\n")
    sys.stdout.buffer.flush()


def write_line(text: str) -> None:
    """Write one line of a stream into a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@cache
def console(*, stderr: bool = False) -> "Console":
    """Give a console for people."""
    from rich.console import Console as AnyConsole
    from rich.table import Table
    from rich.text import Text

    class Console(AnyConsole):
        """One that shows no terminal what it would obey, and neither pads nor breaks the lines of a file.

        It leaves it to us what becomes of a command that nobody reads any more.
        """

        def render(self, renderable: Any, options: Any = None) -> Iterable["Segment"]:
            """Render without what a terminal would obey; in a file a table is as wide as what it says."""
            if self.width == _ENDLESS and isinstance(renderable, Table) and renderable.expand:
                renderable = copy(renderable)
                renderable.expand = False
            if isinstance(renderable, str):
                renderable = plain(renderable, keep=LINES)
            elif isinstance(renderable, Text) and (said := plain(renderable.plain, keep=LINES)) != str(
                renderable
            ):
                renderable = renderable.copy()
                renderable.plain = said
            return super().render(renderable, options)

        def print(self, *objects: Any, **how: Any) -> None:
            """Print, into a file without the blanks behind what a line says."""
            if self.is_terminal:
                super().print(*objects, **how)
                return
            with self.capture() as held:
                super().print(*objects, **how)
            self.file.write("\n".join(line.rstrip(" ") for line in held.get().split("\n")))
            self.file.flush()

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    file = sys.stderr if stderr else sys.stdout  # None where it is closed
    # titles hold brackets and colons of their own: nothing is taken for markup. What a variable such as
    # FORCE_COLOR makes of a pipe is no terminal: whoever reads it would be sent what moves a cursor
    found = Console(
        stderr=stderr, force_terminal=bool(file and file.isatty()), highlight=False, markup=False, emoji=False
    )
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _ENDLESS
    return found


def show(renderable: "RenderableType", *, whole: bool = False, on: "Console | None" = None) -> None:
    """Print for people, `on` standard output where nothing is said.

    Where a terminal ends, a line goes on in the next; those of long lists say that they are to be cut. No
    line that is wanted `whole`, to be copied, and none in a file ends before its time, or in blanks.
    """
    out = on or console()
    if whole or not out.is_terminal:
        out.print(renderable, soft_wrap=True)
    else:
        # of a text by itself Rich forgets what it says of its own end
        cut = getattr(renderable, "no_wrap", None)
        out.print(renderable, no_wrap=cut, overflow="ellipsis" if cut else "fold")


def complain(text: str, *, wrong: bool = False) -> None:
    """Say beside the result what should be known; or what is `wrong`, with a sign before it."""
    if wrong:
        tell(f"✗ {text}", "red")
    else:
        tell(text, "yellow")


def tell(text: str, style: str = "") -> None:
    """Say something beside the result, in sentences."""
    err = console(stderr=True)
    err.print(broken(text, err.width if err.is_terminal else None), style=style, soft_wrap=True)


def answer(
    report: Report, drawn: "Callable[[Report], RenderableType]", *, as_json: bool, whole: bool = False
) -> None:
    """Give what was found: a document for programs, or what is `drawn` of it for people, as by `show`."""
    if as_json:
        write_json(report)
    else:
        show(drawn(report), whole=whole)


def event_lines(entry: "Entry", commit: "Commit[Event]") -> Iterator[EventLine]:
    """Give a message of the log as one line for each event in it."""
    return lines_of(entry.sequence, commit)


def lines_of(sequence: int, commit: "Commit[Event]") -> Iterator[EventLine]:
    """Give a message that is number `sequence` likewise."""
    for number, event in enumerate(commit.events):
        data = msgspec.to_builtins(event)
        yield EventLine(
            seq=sequence,
            aggregate=commit.aggregate,
            job_id=commit.aggregate_id,
            version=commit.version + number,
            type=data.pop("type"),
            at=commit.at,
            data=data,
        )
