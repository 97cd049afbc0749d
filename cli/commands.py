"""How the command line is told: commands and options in sections, examples below, near misses named."""

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from ytarchive.errors import Interrupted, UsageError

_Run = TypeVar("_Run", bound=Callable[..., Any])
_Rows = list[tuple[str, str]]

PROGRAM: Final = "ytarchive"
_WHOLE: Final = 1000


class Commands(typer.Typer):
    """Commands that belong together. Each has examples, whole command lines without the program's name."""

    def __init__(self, help: str | None = None, **more: Any) -> None:  # noqa: A002 - Typer's word
        super().__init__(
            cls=Group,
            help=help,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            **more,
        )

    def command(
        self, name: str | None = None, *, examples: Sequence[str] = (), **more: Any
    ) -> Callable[[_Run], _Run]:
        """Give a decorator that makes a function a command."""
        epilog = "\n".join(f"{PROGRAM} {example}" for example in examples)
        return super().command(name, cls=Command, epilog=epilog, **more)

    def section(self, title: str, *parts: "Commands") -> None:
        """Have `parts` told below a title: a named one is a group, the others' commands are our own."""
        for part in parts:
            for command in part.registered_commands:
                command.rich_help_panel = None if part.info.name else title
            self.add_typer(part, rich_help_panel=title)


class Command(TyperCommand):
    """A command. Options that have a panel stand below its title, those without first."""

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - it fits, or a test fails
        """Give the first sentence, whole."""
        return super().get_short_help_str(_WHOLE)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, in sections."""
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer gives it
        """Write the examples, each on a line that is not broken."""
        if self.epilog:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.epilog.splitlines()))


class Group(TyperGroup):
    """A group of commands, in sections by their panels."""

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - it fits, or a test fails
        """Give the first sentence, whole."""
        return super().get_short_help_str(_WHOLE)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and then the commands."""
        _write_parameters(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer gives it
        """Write a line for each command, in sections."""
        found = [one for one in self.commands.items() if not one[1].hidden]
        width = max(len(name) for name, _ in found)
        rows = (
            (getattr(one, "rich_help_panel", None), name.ljust(width), one.get_short_help_str())
            for name, one in found
        )
        _write_sections(formatter, rows, "Commands")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words apart. Without any, help is what is wanted, and nothing was done."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _as_long_as_it_is_read():
            return super().invoke(ctx)

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Take the words apart; some of them, such as --help, write already."""
        with _as_long_as_it_is_read():
            return super().make_context(*given, **more)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command that is named. Raises `UsageError` with those that may be meant."""
        name = args[0]
        if name in self.commands or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        below = [" ".join(path) for path, _ in walk(self) if path[-1] == name]
        raise UsageError(
            f"there is no command {name!r}",
            hint=question(below or get_close_matches(name, self.commands))
            or f"`{ctx.command_path} --help` lists them.",
        )


@contextlib.contextmanager
def _as_long_as_it_is_read() -> Iterator[None]:
    """Whoever reads what we write may have had enough of it: that is no error.

    Raises `Interrupted` for a Ctrl-C before anything is begun, of which Typer says nothing.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise Interrupted("Stopped.") from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def walk(group: TyperGroup, *above: str) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Give every command, by the words that name it."""
    for name, one in group.commands.items():
        if isinstance(one, TyperGroup):
            yield from walk(one, *above, name)
        elif isinstance(one, TyperCommand):
            yield (*above, name), one


def question(names: Sequence[str]) -> str:
    """Give the question whether one of these was meant, or nothing where there is none."""
    return f"Did you mean {' or '.join(f'`{name}`' for name in names)}?" if names else ""


def _write_parameters(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:
    arguments: _Rows = []
    options: list[tuple[str | None, str, str]] = []
    for one in command.get_params(ctx):
        if told := one.get_help_record(ctx):
            if one.param_type_name == "argument":
                arguments.append(told)
            else:
                name, text = told
                options.append((getattr(one, "rich_help_panel", None), name, _in_words(text)))
    if arguments:
        with formatter.section("Arguments"):
            formatter.write_dl(arguments)
    _write_sections(formatter, options, "Options")


def _in_words(text: str) -> str:
    """Give what an option means with its range said as people say it."""
    text = re.sub(r"\b([\d.]+)<=x<=([\d.]+)", r"\1 to \2", text)
    return re.sub(r"\bx>=([\d.]+)", r"\1 or more", text)


def _write_sections(formatter: Any, rows: Iterable[tuple[str | None, str, str]], rest: str) -> None:
    sections: dict[str, _Rows] = {}
    for panel, first, second in rows:
        sections.setdefault(panel or rest, []).append((first, second))
    for title, held in sections.items():
        with formatter.section(title):
            formatter.write_dl(held)
