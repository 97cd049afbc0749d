"""Whatever is shown, no terminal obeys it; and no line of a file ends with blanks."""

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

import actors
import cli
import ytarchive
from cli.meter import meter
from cli.output import console, show
from cli.render.hanging import Hanging, hanging
from cli.render.words import cut
from cli.screens import screen
from cli.screens.board import Board
from cli.screens.lines import Lines

EVIL = "\x1b]0;owned\x07 \u202egpj"
CALM = r"\x1b]0;owned"


@contextlib.contextmanager
def standard_output(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, **environment: str
) -> Iterator[io.StringIO]:
    file = io.StringIO()
    monkeypatch.setattr(file, "isatty", lambda: terminal)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", file)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm"} | environment).items():
        monkeypatch.setenv(name, value)
    console.cache_clear()
    yield file
    console.cache_clear()


@pytest.mark.parametrize("terminal", [False, True])
def test_what_others_say_is_shown_as_it_is_and_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    table = Table()
    table.add_column(min_width=40)
    table.add_row(Text(EVIL))
    table.add_row(EVIL)
    with standard_output(monkeypatch, terminal=terminal, NO_COLOR="1") as out:
        for one in (EVIL, Text(EVIL, "red"), table):
            console().print(one)
    assert out.getvalue().count(CALM) == 4
    assert out.getvalue().count(r"\u202e") == 4
    assert "]0;" not in out.getvalue().replace(CALM, "")
    assert "\u202e" not in out.getvalue()


def test_a_table_in_a_file_is_not_padded(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("name", "value", box=None, pad_edge=False, expand=True)
    table.add_row("one", "two")
    with standard_output(monkeypatch, terminal=False) as out:
        show(table)
    lines = out.getvalue().splitlines()
    assert lines == [line.rstrip() for line in lines]
    assert lines[1].startswith("one")


def test_no_line_of_a_file_ends_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    told = " ".join(["word"] * 100)
    table = Table("name", "value", expand=True)
    table.add_column("told", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row("one", told, told)
    tree = Tree("root")
    tree.add("branch").add(hanging(Text("head "), Text(told)))
    with standard_output(monkeypatch, terminal=False) as out:
        padded = Padding(table, 1)
        for one in (table, padded, tree, cut(told), Hanging(Text("head"), Text(told))):
            show(one)
    assert out.getvalue().count(told) == 7
    assert max(map(len, out.getvalue().splitlines())) < 3 * len(told)


def test_a_file_for_which_columns_are_named_has_tables_as_a_terminal_of_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = Table("name", expand=True)
    table.add_column("told", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row("whole", "word " * 50)
    with standard_output(monkeypatch, terminal=False) as out:
        monkeypatch.setenv("COLUMNS", "60")
        show(table)
    assert {len(line) for line in out.getvalue().splitlines()} == {60}
    assert "whole" in out.getvalue()


@pytest.mark.parametrize(
    ("words", "target", "why"),
    [
        ("--help", "/dev/full", "No space left on device"),
        ("config show", "/dev/full", "No space left on device"),
        ("config init --print", "/dev/full", "No space left on device"),
        ("--version", "&-", "it is closed"),
    ],
)
def test_an_output_that_takes_nothing_is_named_and_is_no_bug(words: str, target: str, why: str) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m cli {words} >{target}'],
        env=os.environ | {"YTARCHIVE_CONFIG": ""},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert f"standard output cannot be written: {why}" in ended.stderr
    assert "bug" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "+ x ????|?|-"),
        ({"PYTHONIOENCODING": "latin-1:strict"}, "+ x ????|é|·"),
        ({"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}, "+ x ????|?|-"),
        ({"PYTHONIOENCODING": "utf-8"}, "✓ ✗ 題名|é|·"),
    ],
)
def test_signs_an_output_has_not_are_said_by_others_as_wide(environment: dict[str, str], told: str) -> None:
    text = ascii("✓ ✗ 題\u0301名|é|·")
    script = f"for out in (sys.stdout, sys.stderr): print({text}, file=out)"
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys, cli.standard_output as o; o.watched()\n{script}"],
        env={name: value for name, value in os.environ.items() if name not in {"LC_ALL", "LANG"}}
        | environment,
        capture_output=True,
        check=False,
    )
    encoding = environment.get("PYTHONIOENCODING", "ascii").partition(":")[0]
    for out in (ended.stdout, ended.stderr):
        assert out.decode(encoding).replace("\u0301", "") == f"{told}\n"


def test_a_command_has_something_to_say_in_any_encoding() -> None:
    program = [sys.executable, "-m", "cli", "config", "check"]
    environment = os.environ | {"YTARCHIVE_CONFIG": "", "PYTHONIOENCODING": "ascii"}
    told, document = (
        subprocess.run([*program, *more], env=environment, capture_output=True, check=True).stdout
        for more in ((), ("--json",))
    )
    assert told.startswith(b"+ nothing wrong")
    assert json.loads(document)["ok"]


@pytest.mark.parametrize(
    ("terminal", "environment", "colours", "moves"),
    [
        (True, {}, True, True),
        (True, {"NO_COLOR": ""}, True, True),
        (True, {"NO_COLOR": "1"}, False, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, True),
        (True, {"TERM": "dumb"}, False, False),
        (False, {}, False, False),
        (False, {"FORCE_COLOR": "1"}, False, False),
        (False, {"TTY_COMPATIBLE": "1", "CLICOLOR_FORCE": "1"}, False, False),
    ],
)
def test_only_a_terminal_that_wants_them_has_colours_and_only_one_that_can_what_moves(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], colours: bool, moves: bool
) -> None:
    with standard_output(monkeypatch, terminal=terminal, **environment) as out:
        for stderr in (False, True):
            console(stderr=stderr).print(Text("red", "red"))
            assert ("\x1b[31m" in out.getvalue()) == colours
            out.truncate(0)
        assert type(screen(Path(), as_json=False)) is (Board if moves else Lines)
        with meter("bytes", 10, quiet=False) as progress:
            progress(10)
        assert bool(out.getvalue()) == moves


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in (cli, actors, ytarchive):
        for path in Path(package.__path__[0]).rglob("*.py"):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_else_makes_a_console_or_writes_what_a_terminal_would_obey() -> None:
    """So that what is true of the console above is true of every command."""
    makers: dict[str, list[ast.Call]] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                assert "\x1b" not in str(node.value), f"{path}:{node.lineno}"
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert name not in {"secho", "style", "print_json"}, f"{path}:{node.lineno}"
                if name == "Console":
                    makers.setdefault(path.name, []).append(node)
                if name in {"Live", "Progress"} and cli.__path__[0] in str(path):
                    assert "console" in {word.arg for word in node.keywords}, f"{path}:{node.lineno}"
    assert set(makers) == {"output.py", "reporting.py"}
    (for_a_file,) = makers["reporting.py"]
    assert {word.arg: ast.unparse(word.value) for word in for_a_file.keywords}["color_system"] == "None"
