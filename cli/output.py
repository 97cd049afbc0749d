"""Where output goes: results to standard output, everything said about them to standard error."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from schemas import codec
from schemas.reports import EventLine

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.runtime.event_log import Entry

_FILE_COLUMNS: Final = 160


def write_json(document: msgspec.Struct) -> None:
    """Write one document, or one line of a stream, for programs."""
    sys.stdout.buffer.write(codec.encode(document) + b"\n")
    sys.stdout.buffer.flush()


@cache
def console(*, stderr: bool = False) -> "Console":
    """Give a console for people."""
    from rich.console import Console as AnyConsole

    class Console(AnyConsole):
        """One that leaves it to us what becomes of a command that nobody reads any more."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # titles hold brackets and colons of their own: nothing is taken for markup
    found = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _FILE_COLUMNS
    return found


def show(renderable: "RenderableType", *, whole: bool = False, on: "Console | None" = None) -> None:
    """Print for people, `on` standard output where nothing is said.

    Where a terminal ends, a line goes on in the next; those of long lists say that they are to be cut. No
    line that is wanted `whole`, to be copied, and none in a file ends before its time, or in blanks.
    """
    out = on or console()
    if out.is_terminal and whole:
        out.print(renderable, soft_wrap=True)
    elif out.is_terminal:
        # of a text by itself Rich forgets what it says of its own end
        cut = getattr(renderable, "no_wrap", None)
        out.print(renderable, no_wrap=cut, overflow="ellipsis" if cut else "fold")
    else:
        with out.capture() as captured:
            out.print(renderable, soft_wrap=True)
        blank_free = (line.rstrip(" ") for line in captured.get().split("\n"))
        out.file.write("\n".join(blank_free))
        out.file.flush()


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
