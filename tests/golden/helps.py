"""The help of every command, as a terminal of 80 columns shows it."""

from collections.abc import Iterator, Mapping

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from cli.app import app

Tell = TyperCommand | TyperGroup


def texts(columns: int = 80) -> Mapping[str, str]:
    """Give the help of every command and group, by the path of its file."""
    return {f"help/{'-'.join(path)}.txt": told(one, path, columns) for path, one in tree()}


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
