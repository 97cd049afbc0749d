"""Lines that go on below their own second part, so that what stands before them stays a column."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class Hanging:
    """A line that goes on below its second part where a terminal ends, and nowhere in a file."""

    def __init__(self, head: Text, rest: Text) -> None:
        self._head, self._rest = head, rest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.no_wrap:
            yield Text.assemble(self._head, self._rest)
        else:
            yield hanging(self._head, self._rest)


def hanging(head: Text, rest: Text) -> Table:
    """Give a line that goes on below its second part."""
    table = Table.grid()
    table.add_column(no_wrap=True, width=head.cell_len)
    table.add_column(overflow="fold")
    table.add_row(head, rest)
    return table
