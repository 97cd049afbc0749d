"""A bug of ours that ended a program: a report in a file, for whoever can mend it.

It may be anything that is broken, so next to nothing of ours is used here.
"""

import contextlib
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ytarchive.errors import YtarchiveError
from ytarchive.passwords import without_passwords, without_secrets

FOLDER: Final = "crashes"
_KEPT: Final = 20


class Bug(YtarchiveError):
    """Something of ours is wrong. All that is known of it is in the file `report`, if it could be written."""

    report: str = ""


def bug(error: BaseException, words: Sequence[str], given: Mapping[str, Any] | None = None) -> Bug:
    """Make a report of what ended a program that was called with `words`, after the options `given`."""
    found = Bug(without_secrets(without_passwords(f"{type(error).__name__}: {error}")))
    try:
        found.report = str(_kept(error, words, _state_dir(given)))
        found.hint = f"That is a bug of ours. Please report it with {found.report}"
    except OSError as unwritten:
        found.hint = f"That is a bug of ours. Its report could not be written: {unwritten}"
    return found


def _state_dir(given: Mapping[str, Any] | None) -> Path | None:
    try:
        from ytarchive.sources import load  # noqa: PLC0415 - it may be what is broken

        return load(given).settings.state_dir
    except Exception:  # noqa: BLE001 - the same
        return None


def _kept(error: BaseException, words: Sequence[str], state_dir: Path | None) -> Path:
    """Write a report that only we may read: into the state directory, else beside temporary files.

    Raises OSError where it cannot be written at all.
    """
    text = without_secrets(without_passwords(_text(error, words))).encode(errors="backslashreplace")
    if state_dir and state_dir.is_dir():
        with contextlib.suppress(OSError):  # it may be what is broken
            folder = state_dir / FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
            for old in sorted(folder.iterdir())[: 1 - _KEPT]:  # who crashes again and again fills no disk
                old.unlink()
            return _written(text, folder)
    return _written(text, None)


def _written(text: bytes, folder: Path | None) -> Path:
    begins = f"ytarchive-crash-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-"
    descriptor, path = tempfile.mkstemp(".txt", begins, folder)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor: nobody else's file, and mode 0600
        file.write(text)
    return Path(path)


def _text(error: BaseException, words: Sequence[str]) -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only who crashes needs it

    return "\n".join(
        (
            f"ytarchive {version('ytarchive')}, Python {platform.python_version()}, {platform.platform()}",
            f"at {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"by {shlex.join((Path(sys.argv[0]).name, *words))}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
