"""Whether the library is there: where its disk is not mounted, there is a bare folder in its place, or none.

Nothing is downloaded into that. The state directory remembers in ``libraries``, a JSON list of paths, what
was a library; one shows it by the folder `.ytarchive` at its top, or by the lists of what it holds.
"""

import shlex
from typing import TYPE_CHECKING

import msgspec

from ytarchive.library.inventory import listing
from ytarchive.runtime.private_file import write_private
from ytarchive.runtime.state_dir import LIBRARIES

if TYPE_CHECKING:
    from pathlib import Path

    from ytarchive.settings import Settings


def away(settings: "Settings") -> str:
    """Say that what was the library shows nothing of it; empty where it does, or was none yet. Blocks."""
    folder = settings.library_dir
    if str(folder) not in _known(settings.state_dir):
        return ""
    try:
        if _mark(settings).is_dir() or listing(folder):
            return ""
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}"
    return f"{folder} holds nothing of what was archived there: is its disk mounted?"


def anew(settings: "Settings") -> str:
    """Give the command after which a library that is away is taken for a new one."""
    return f"mkdir -p {shlex.quote(str(_mark(settings)))}"


def begin(settings: "Settings") -> None:
    """Make the library if need be, and remember it. Raises OSError. Blocks."""
    _mark(settings).mkdir(parents=True, exist_ok=True)
    _remember(settings)


def recall(settings: "Settings") -> None:
    """Remember the library if there is one already. Raises OSError. Blocks."""
    if _mark(settings).is_dir():
        _remember(settings)


def _remember(settings: "Settings") -> None:
    known, ours = _known(settings.state_dir), str(settings.library_dir)
    if ours not in known:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(settings.state_dir / LIBRARIES, msgspec.json.encode([*known, ours]) + b"\n")


def _mark(settings: "Settings") -> "Path":
    return settings.staging_dir.parent


def _known(state_dir: "Path") -> list[str]:
    try:
        return msgspec.json.decode((state_dir / LIBRARIES).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return []
