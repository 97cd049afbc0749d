"""What makes no sense on a command line is said in words of people."""

import pytest
from typer.exceptions import TyperException

from cli.app import app
from cli.misuse import misused


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("jobs --limit x", "--limit cannot be 'x': it is a whole number, 1 or more", "jobs --help"),
        ("jobs --limit 0", "--limit cannot be 0: it is a whole number, 1 or more", "jobs --help"),
        ("logs -n 20000", "--limit cannot be 20000: it is a whole number from 0 to 10,000", "logs --help"),
        ("run URL -w many", "--workers cannot be 'many': it is a whole number from 1 to 64", "run --help"),
        ("run URL --newest x", "--newest cannot be 'x': it is a whole number", "run --help"),
        ("watch --timeout -1", "--timeout cannot be -1.0: it is a number, 0.1 or more", "watch --help"),
        ("recovery letter x", "N cannot be 'x': it is a whole number, 1 or more", "letter --help"),
        ("jobs one two", "more than is taken: one two", "jobs --help"),
        ("run URL --quality", "--quality takes a value, and has none", ""),
        ("limits set", "missing argument 'NAME=VALUE...'", "limits set --help"),
        ("audit --depth", "no such option: --depth", "Did you mean `--deep`?"),
    ],
)
def test_what_is_not_understood_is_said_in_our_words(words: str, said: str, hint: str) -> None:
    with pytest.raises(TyperException) as caught:
        app(words.split(), prog_name="ytarchive", standalone_mode=False)
    found = misused(caught.value)
    assert str(found) == said
    assert hint in found.hint
