"""Folders that are made once and whole, whoever asks first."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path


def cached(folder: Path, make: Callable[[Path], None]) -> Path:
    """Give `folder`; if it is not there, `make` fills an empty one that then takes its name.

    A folder that exists is therefore complete. Processes that ask at once wait for the first of them; one
    that was killed leaves nothing but a ``.new`` folder that the next removes.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = folder.with_name(f"{folder.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            make(new)
            new.rename(folder)
    return folder
