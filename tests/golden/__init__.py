"""What people read, pinned: the help of every command, and the main screens.

``python -m tests.golden`` writes all of it anew; ``git diff`` then shows what a change does to it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.golden import helps, screens

FOLDER: Final = Path(__file__).parent


def wanted() -> Mapping[str, str]:
    """Give what is to be in every file, by its path in this folder."""
    return {**helps.texts(), **screens.texts()}


def found() -> Mapping[str, str]:
    """Give what is in every file."""
    return {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in FOLDER.rglob("*.txt")}
