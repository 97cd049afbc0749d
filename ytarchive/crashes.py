"""A bug of ours that ended a program: a report in a file, for whoever can mend it.

It may be anything that is broken, so next to nothing of ours is used here.
"""

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ytarchive.passwords import without_passwords

FOLDER = "crashes"


def keep(error: BaseException, words: Sequence[str], state_dir: Path | None) -> Path:
    """Write what is known of `error`, which ended a program that was called with `words`. Gives the file.

    It lies in the state directory if there is one, else among the temporary files. Only we may read it, and
    there are no passwords in it. Raises OSError where it cannot be written at all.
    """
    text = without_passwords(_text(error, words)).encode(errors="backslashreplace")
    if state_dir and state_dir.is_dir():
        try:
            (state_dir / FOLDER).mkdir(mode=0o700, exist_ok=True)
            return _written(text, state_dir / FOLDER)
        except OSError:
            pass  # it may be what is broken
    return _written(text, None)


def _written(text: bytes, folder: Path | None) -> Path:
    descriptor, path = tempfile.mkstemp(f"-{os.getpid()}.txt", "ytarchive-crash-", folder)
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
