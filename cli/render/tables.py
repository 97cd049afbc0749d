"""Tables below each other."""

from itertools import dropwhile

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult


def stacked(*parts: RenderableType) -> RenderableType:
    """Show tables below each other, with one blank line between them: each has one above and below itself."""
    return Group(*parts[:1], *map(_Below, parts[1:]))


class _Below:
    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        _, *below = dropwhile(lambda segment: segment.text != "\n", console.render(self._part, options))
        yield from below
