"""What log lines name, they name as the document of the wire says, and the same everywhere."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import actors
import ytarchive
from ytarchive.domain.about import about_peer

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "wire.md"
LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "log"})
OF_THE_LINE: Final = frozenset({"job_id"})
"""What has a field of its own."""
BOUND: Final = frozenset({"audit", *about_peer("", "", 0)})
"""What is given as a whole: by whoever handles a message, and of another actor."""
GIVEN: Final = {"exc_info": "exception"}


def said(folder: Path) -> Iterator[str]:
    """Give the field of every value that a line of the source tells."""
    for source in folder.rglob("*.py"):
        for call in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                names = [one.arg for one in call.keywords if one.arg] if call.func.attr in LEVELS else []
                yield from (GIVEN.get(name, name) for name in names if name not in OF_THE_LINE)


@pytest.mark.skipif(not DOCUMENT.exists(), reason="only a checkout holds the documents")
def test_every_field_of_a_log_line_is_documented_and_no_other_is() -> None:
    section = DOCUMENT.read_text("utf-8").partition("### Log lines")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    told = {word for row in rows for word in row.split("`")[1::2]}
    folders = [Path(str(package.__file__)).parent for package in (actors, ytarchive)]
    assert told == {name for folder in folders for name in said(folder)} | BOUND
