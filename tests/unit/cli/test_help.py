"""Every command there is, however new: how it is told, and what it promises to programs."""

import shlex
from difflib import unified_diff

import pytest
from typer.core import TyperCommand
from typer.main import get_group

from cli.app import app
from cli.commands import PROGRAM, walk
from schemas import documents
from schemas.answers import ANSWERS, SILENT
from tests import golden
from tests.e2e import answers
from tests.golden import helps

COMMANDS = {" ".join(path): command for path, command in walk(get_group(app))}
EVERY_COMMAND = pytest.mark.parametrize("name", COMMANDS)
OF_FILES = {"catalogue", "log_begins", "log_message", "log_ends"}
"""Documents that also, or only, files are made of."""


def test_help_and_screens_are_as_they_were_seen_last() -> None:
    now, before = golden.wanted(), golden.found()
    differing = [path for path in sorted(now.keys() | before.keys()) if now.get(path) != before.get(path)]
    assert not differing, "`python -m tests.golden` writes them anew\n" + "".join(
        line
        for path in differing
        for line in unified_diff(
            before.get(path, "").splitlines(keepends=True),
            now.get(path, "").splitlines(keepends=True),
            f"tests/golden/{path}",
            "now",
        )
    )


def test_no_part_of_help_or_of_a_screen_is_two_blank_lines_below_another() -> None:
    assert [path for path, text in golden.wanted().items() if "\n\n\n" in text] == []


@pytest.mark.parametrize(("columns", "most"), [(80, 78), (120, 98)])
def test_no_line_of_help_is_wider_than_the_terminal(columns: int, most: int) -> None:
    for path, text in helps.of_width(columns).items():
        assert [line for line in text.splitlines() if len(line) > most] == [], path


def test_in_a_list_every_command_has_one_line_that_is_a_whole_sentence() -> None:
    for path, one in list(helps.tree())[1:]:
        told = one.get_short_help_str()
        assert told.endswith("."), path
        assert len(told) <= 64, (path, told)  # beside the longest name, on 80 columns


@EVERY_COMMAND
def test_every_command_shows_one_to_three_examples_that_it_understands(name: str) -> None:
    examples = (COMMANDS[name].epilog or "").splitlines()
    assert 1 <= len(examples) <= 3, f"give `examples=(...)` to {name!r}"
    for example in examples:
        program, *words = shlex.split(example)
        assert program == PROGRAM
        while words[0] in ("--library", "--state"):
            del words[:2]
        own = name.split()
        assert words[: len(own)] == own
        COMMANDS[name].make_context(name, words[len(own) :], obj={}).close()


def test_every_command_stands_in_a_section() -> None:
    for name, one in get_group(app).commands.items():
        assert getattr(one, "rich_help_panel", None), f"{name!r} belongs below `app.section`"


@EVERY_COMMAND
def test_every_command_that_answers_takes_json(name: str) -> None:
    takes = any("--json" in one.opts for one in COMMANDS[name].params)
    assert takes == (name not in SILENT), "every command takes --json, or says in `SILENT` why it does not"


def test_every_command_says_which_documents_it_prints() -> None:
    assert sorted(ANSWERS) == sorted(COMMANDS.keys() - SILENT.keys())
    printed = {name for names in ANSWERS.values() for name in names}
    assert printed <= documents.REPORTS.keys() | documents.MESSAGES.keys()
    assert documents.REPORTS.keys() - OF_FILES <= printed | {"error"}


def test_every_command_is_really_called_and_its_answer_held_to_its_schema() -> None:
    assert answers.CALLS.keys() | answers.CALLED_ELSEWHERE.keys() == ANSWERS.keys()


def test_every_option_says_what_it_means() -> None:
    for name, command in COMMANDS.items():
        assert isinstance(command, TyperCommand)
        for one in command.params:
            assert getattr(one, "help", ""), f"{name} {one.opts}"
