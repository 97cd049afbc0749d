"""The page of exit codes says what the code does."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_group

from cli.app import app
from cli.commands import walk
from cli.failing import ending
from schemas.answers import ANSWERS, FINDS, Ending
from ytarchive import crashes, errors

PAGE: Final = Path(__file__).parents[3] / "docs" / "exit-codes.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="only a checkout holds the manual")


def kinds(
    above: type[errors.YtarchiveError] = errors.YtarchiveError,
) -> Iterator[type[errors.YtarchiveError]]:
    yield above
    for kind in above.__subclasses__():
        if kind.__module__ in {errors.__name__, crashes.__name__}:
            yield from kinds(kind)


def test_every_code_is_told_with_its_ending_and_no_other_is() -> None:
    told: defaultdict[int, set[str]] = defaultdict(set)
    for code, word in re.findall(r"^\| (\d+) \|.*\| (`\w+`)? ?\|$", PAGE.read_text("utf-8"), re.MULTILINE):
        told[int(code)].add(word.strip("`"))
    there = defaultdict(set, {0: {""}})
    for kind in kinds():
        there[kind.exit_code].add(ending(kind("")))
    assert told == there
    assert {word for words in told.values() for word in words} == {"", *Ending}


def test_the_short_list_below_the_help_is_of_those_codes() -> None:
    short = re.findall(r"(\d+) (\w+)", (get_group(app).epilog or "").partition("Exit codes: ")[2])
    assert [int(code) for code, _ in short] == [0, *sorted({kind.exit_code for kind in kinds()} - {130, 143})]


def test_what_is_found_is_told_of_every_command_that_ends_so() -> None:
    rows = re.findall(r"^\| `([\w ]+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == list(FINDS.items())
    assert set(FINDS) <= set(ANSWERS) <= {" ".join(path) for path, _ in walk(get_group(app))}
