"""The help of every command, as terminals of 80 and 120 columns show it."""

from collections.abc import Iterator, Mapping

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from cli.app import app

NARROW, WIDE = 80, 120
Tell = TyperCommand | TyperGroup


def texts() -> Mapping[str, str]:
    """Give the help of every command and group, by the path of its file."""
    wide = {f"help-{WIDE}/{name}": text for name, text in of_width(WIDE).items()}
    return {f"help/{name}": text for name, text in of_width(NARROW).items()} | wide


def of_width(columns: int) -> Mapping[str, str]:
    """Give the help of every command and group on a terminal of so many columns, by the name of its file."""
    return {f"{'-'.join(path)}.txt": told(one, path, columns) for path, one in tree()}


def tree() -> Iterator[tuple[tuple[str, ...], Tell]]:
    """Give every command and group with the words that name it, the program's among them."""
    root = get_group(app)
    yield ("ytarchive",), root
    yield from _below(root, "ytarchive")


def _below(group: TyperGroup, *above: str) -> Iterator[tuple[tuple[str, ...], Tell]]:
    for name, one in group.commands.items():
        assert isinstance(one, Tell)
        yield (*above, name), one
        if isinstance(one, TyperGroup):
            yield from _below(one, *above, name)


def told(command: Tell, path: tuple[str, ...], columns: int) -> str:
    """Give what `--help` shows on a terminal."""
    width = min(columns, 100) - 2
    settings = dict(app.info.context_settings or {}, terminal_width=width)
    context = typer.Context(command, info_name=" ".join(path), obj={}, **settings)
    return f"{command.get_help(context)}\n"
