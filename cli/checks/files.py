"""Whether what we keep has room, is ours to write, and nobody else's to read."""

import os
import shlex
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.checks import image
from schemas.diagnostics_reports import DiskReport, Finding, Grade
from ytarchive.amounts import amount
from ytarchive.domain.verdict import ROOM
from ytarchive.runtime import mount
from ytarchive.runtime.credentials import FILE as CREDENTIALS
from ytarchive.runtime.disk import nearest
from ytarchive.runtime.state_dir import SIGNING_KEY

if TYPE_CHECKING:
    from ytarchive.settings import Settings

_LITTLE: Final = 1 << 30
_OF_THE_SYSTEM: Final = 2
"""Parts of a path, the root among them, that is not ours to take: ``/``, ``/srv``."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def disks(report: DiskReport) -> Iterator[Finding]:
    """Look whether there is room where we write."""
    for place in report.places:
        most = {"library": report.min_free_bytes, "state": ROOM}.get(place.what)
        if most is None:
            continue
        check, free = (
            f"disk of the {place.what}",
            f"{amount(place.free)} free of {amount(place.total)}",
        )
        command = f"du -xh -d1 {shlex.quote(str(nearest(Path(place.path))))} | sort -h"
        if place.free < most:
            text = f"{free}, less than the {amount(most)} that must be left"
            yield Finding(check=check, grade=Grade.FAILED, text=text, command=command)
        elif place.free < most + _LITTLE:
            yield Finding(check=check, grade=Grade.WARNING, text=f"{free}: soon full", command=command)
        else:
            yield Finding(check=check, grade=Grade.OK, text=free)


def library(settings: "Settings") -> Iterator[Finding]:
    """Look whether the library can be written, and whether a rename out of staging is one."""
    folder, check = settings.library_dir, "library"
    if why := mount.away(settings):
        text = f"{why} If it is to begin anew: {mount.anew(settings)}"
        yield Finding(check=check, grade=Grade.FAILED, text=text, command="sudo mount -a")
        return
    if trouble := _unwritable(folder):
        text, command = trouble
        yield Finding(check=check, grade=Grade.FAILED, text=f"{folder} {text}", command=command)
        return
    staging = nearest(settings.staging_dir)
    if folder.exists() and staging.stat().st_dev != folder.stat().st_dev:
        text = f"{staging} is on another file system than {folder}: files are copied twice"
        command = f"umount {shlex.quote(str(staging))}"
        yield Finding(check=check, grade=Grade.FAILED, text=text, command=command)
    else:
        told = "can be written, staging on the same file system" if folder.exists() else "will be made"
        yield Finding(check=check, grade=Grade.OK, text=f"{folder} {told}")


def _unwritable(folder: Path) -> tuple[str, str] | None:
    """Say why a folder cannot be written, or made, and what mends that. It leaves what is in it alone."""
    name, there = shlex.quote(str(folder)), nearest(folder)
    if not there.is_dir():
        text = "is no folder" if there == folder else f"cannot be made: {there} is no folder"
        return text, f"mv -n {shlex.quote(str(there))} {shlex.quote(f'{there}.before')}"
    try:
        with tempfile.TemporaryDirectory(prefix=".ytarchive-", dir=there):
            return None
    except OSError as error:
        what = "written" if there == folder else "made"
        text = f"cannot be {what}: {error.strerror}"
        if not isinstance(error, PermissionError):
            return f"{text}; YTARCHIVE_LIBRARY_DIR names another place", "ytarchive config show"
    if folder == there and folder.stat().st_uid == os.geteuid():
        return text, f"chmod u+rwx {name}"
    if image.inside():
        return text, image.owned(there)
    if len(folder.parts) <= _OF_THE_SYSTEM:
        own = folder / "ytarchive"
        text, name = f"{text}; let YTARCHIVE_LIBRARY_DIR be {own}", shlex.quote(str(own))
    return text, f"sudo install -d -o $USER {name}"


def permissions(settings: "Settings") -> Iterator[Finding]:
    """Look whether nobody else can read what is secret."""
    state = settings.state_dir
    secret = {
        state: 0o700,
        state / CREDENTIALS: 0o600,
        state / "nats-server.conf": 0o600,
        state / SIGNING_KEY: 0o600,
        settings.nats_credentials: 0o600,
        settings.signing_key_file: 0o600,
    }
    wrong = [finding for path, mode in secret.items() if path for finding in _private(path, mode)]
    yield from wrong
    if not wrong and not state.exists():
        yield Finding(check="permissions", grade=Grade.OK, text=f"{state} will be made, and be ours alone")
    elif not wrong:
        yield Finding(
            check="permissions", grade=Grade.OK, text=f"{state} and the secrets in it are ours alone"
        )


def _private(path: Path, mode: int) -> Iterator[Finding]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        yield Finding(check="permissions", grade=Grade.FAILED, text=f"{path}: {error.strerror}")
        return
    name = shlex.quote(str(path))
    if found.st_uid not in (os.geteuid(), 0):
        text = f"{path} belongs to somebody else (user id {found.st_uid})"
        yield Finding(check="permissions", grade=Grade.FAILED, text=text, command=f"sudo chown $USER {name}")
    elif found.st_mode & _OTHERS:
        text = f"{path} is open to others (mode {stat.S_IMODE(found.st_mode):04o})"
        yield Finding(check="permissions", grade=Grade.FAILED, text=text, command=f"chmod {mode:o} {name}")
