"""What others say is shown so that a terminal does nothing of it."""

import pytest

from ytarchive.plain import LINES, plain


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202egpj.exe\u2066", r"a\u202egpj.exe\u2066"),
        ("one\ntwo\rthree\u2028four\x85", r"one\ntwo\rthree\u2028four\x85"),
        ("\ud800", r"\ud800"),
        ("日本\u3000語 é 👩\u200d👧 \u00a0…", "日本\u3000語 é 👩\u200d👧 \u00a0…"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_and_nothing_else_is_changed(said: str, shown: str) -> None:
    assert plain(said) == shown


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert plain("a\n\tb\x1b", keep=LINES) == "a\n\tb\\x1b"
