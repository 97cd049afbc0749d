"""The documents name what there is: commands and options, pages and their headings, files, modules."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.core import TyperCommand
from typer.main import get_group

from cli.app import app
from cli.commands import walk

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
PAGES: Final = (README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
MANUAL: Final = (README, ROOT / "docs/archive.md", ROOT / "docs/operations.md")
COMMANDS: Final = {" ".join(path): command for path, command in walk(get_group(app))}
GROUPS: Final = {name.split()[0] for name in COMMANDS if " " in name}
GLOBAL: Final = {option for one in get_group(app).params for option in one.opts} | {"--help"}
OTHERS: Final = {"--proxy", "--cookies", "--sponsorblock-api", "--extra", "--upgrade-package", "--nats"}
"""Options of yt-dlp, uv and pytest that the manual names by themselves."""
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN: Final = re.compile(r"`([^`\n]+)`")
FOLDERS: Final = ("actors/", "cli/", "deploy/", "docs/", "schemas/", "tests/", "ytarchive/")

pytestmark = pytest.mark.skipif(not README.exists(), reason="only a checkout holds the documents")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


EVERY_PAGE: Final = pytest.mark.parametrize("page", PAGES, ids=name)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def slugs(page: Path) -> set[str]:
    """Give the anchors of a page, as a forge makes them of its headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EVERY_PAGE
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in slugs(target), link


@EVERY_PAGE
def test_every_file_and_module_that_is_named_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for span in SPAN.findall(prose(page)):
        path = span.split(":")[0]
        if path.startswith(FOLDERS) and not re.search(r"[\s<>*{…]|\b[A-Z]+\b", path):
            assert (ROOT / path).exists(), span
    for module in set(re.findall(r"python -m (tests[\w.]*|schemas[\w.]*)", text)):
        assert importlib.util.find_spec(module), module


def lines(page: Path) -> Iterator[str]:
    """Give what a shell is told in blocks, line by line, and every span of code."""
    text = page.read_text("utf-8")
    for kind, block in FENCE.findall(text):
        for line in block.splitlines() if kind in ("", "console") else ():
            yield from re.split(r"\s#\s|[|;&]", line.removeprefix("$ ")) if _asks(kind, line) else ()
    for span in SPAN.findall(prose(page)):
        yield span.replace("\\|", "|")


def _asks(kind: str, line: str) -> bool:
    return line.startswith("$ ") or (
        kind == "" and re.match(r"(\w+=\S+ )*(uv run .*|sudo .*)?ytarchive ", line) is not None
    )


def called(line: str) -> tuple[str, list[str]] | None:
    """Give the command that a line calls and what follows it, or None where it calls none of ours."""
    _, program, after = f" {line}".rpartition(" ytarchive ")
    words = (after if program else line).split()
    while words and words[0] in ("--library", "--state"):
        del words[:2]
    for length in (2, 1):
        if (command := " ".join(words[:length])) in COMMANDS:
            return command, words[length:]
    if program and words and re.fullmatch("[a-z]+", words[0]):
        assert words[0] in GROUPS, line
        assert not re.fullmatch("[a-z]+", " ".join(words[1:2])), line
    return None


def options(words: list[str]) -> set[str]:
    return {found[0] for word in words if (found := re.match(r"--[a-z][a-z-]*|-[a-z]$", word))}


@EVERY_PAGE
def test_every_command_that_is_named_has_the_options_that_it_is_named_with(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return  # what was once is told there too
    for line in lines(page):
        if call := called(line):
            command, words = call
            assert options(words) <= of(COMMANDS[command]) | GLOBAL, line


def of(command: TyperCommand) -> set[str]:
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


@pytest.mark.parametrize("page", MANUAL, ids=name)
def test_every_option_that_the_manual_names_by_itself_is_one_of_some_command(page: Path) -> None:
    every = GLOBAL | OTHERS | {option for command in COMMANDS.values() for option in of(command)}
    for span in SPAN.findall(prose(page)):
        if span.startswith("-"):
            assert options(span.split()) <= every, span
