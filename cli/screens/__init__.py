"""How watching looks: live on a terminal that can, lines of text elsewhere, lines of JSON for programs."""

from pathlib import Path

from cli.output import console
from cli.screens.board import Board
from cli.screens.json_lines import JsonLines
from cli.screens.lines import Lines
from cli.screens.outcomes import Quiet, all_well, is_lost
from cli.screens.protocol import Screen, Unseen

__all__ = ["Screen", "Unseen", "all_well", "is_lost", "screen"]


def screen(library: Path, *, as_json: bool, quiet: bool = False) -> Screen:
    """Choose by who watches."""
    if as_json:
        return JsonLines(library)
    if quiet:
        return Quiet(library)
    return Board(library) if console().is_interactive else Lines(library)
