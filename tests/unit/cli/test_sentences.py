"""Sentences end between words on a terminal, and nowhere in a pipe."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from cli.sentences import broken

HINT = (
    "Wait a little. `ytarchive diagnostics doctor --online` tells more of https://example.org/a-long-address."
)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (None, HINT),
        (200, HINT),
        (
            60,
            (
                "Wait a little. `ytarchive diagnostics doctor --online` tells\n"
                "  more of https://example.org/a-long-address."
            ),
        ),
        (
            20,
            (
                "Wait a little.\n  `ytarchive diagnostics doctor --online`\n  tells more of\n"
                "  https://example.org/a-long-address."
            ),
        ),
    ],
)
def test_neither_words_nor_commands_are_cut(columns: int | None, told: str) -> None:
    assert broken(HINT, columns) == told


def test_lines_stay_lines_with_what_they_begin_with() -> None:
    assert broken("one two\n  three\n\n", 80) == "one two\n  three\n\n"


@pytest.mark.parametrize("columns", [0, 40, 80])
def test_an_error_on_a_terminal_ends_between_words(columns: int) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    subprocess.run(
        [sys.executable, "-m", "cli", "watch", "--since-when-ever-that-is-what-nobody-knows", "words"],
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # EIO, where Linux says that this is the end
        while part := os.read(ours, 4096):
            told += part
    os.close(ours)
    said = told.decode().replace("\r\n", "\n").splitlines()
    if columns == 40:
        assert said[:2] == ["error: no such option:", "  --since-when-ever-that-is-what-nobody-knows"]
    else:
        assert said[0] == "error: no such option: --since-when-ever-that-is-what-nobody-knows"
