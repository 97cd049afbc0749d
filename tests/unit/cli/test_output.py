"""Whatever is shown, no terminal obeys it; and no line of a file ends with blanks."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.table import Table
from rich.text import Text

from cli.output import console, show

EVIL = "\x1b]0;owned\x07 \u202egpj"
CALM = r"\x1b]0;owned"


@contextlib.contextmanager
def standard_output(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> Iterator[io.StringIO]:
    file = io.StringIO()
    monkeypatch.setattr("sys.stdout", file)
    monkeypatch.setattr(file, "isatty", lambda: terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COLUMNS", raising=False)
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
    with standard_output(monkeypatch, terminal=terminal) as out:
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
