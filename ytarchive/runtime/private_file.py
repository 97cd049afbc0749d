"""Files that nobody but their owner may read, replaced as a whole or not at all."""

import contextlib
import os
import secrets
import shlex
import stat
from pathlib import Path

from ytarchive.errors import UsageError
from ytarchive.small_file import opened


def write_private(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 at `path`; after a crash there is the old one or the new. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, because only os.open takes O_EXCL
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_private(path: Path) -> bytes:
    """Read a file that is ours, or root's, and closed to everybody else.

    One that systemd gave to this service alone may show the group's bit, by which its access list is shown.
    Raises `UsageError` for any other, FileNotFoundError where there is none.
    """
    try:
        with opened(path) as file:
            found = os.fstat(file.fileno())
            others = stat.S_IRWXO if _given_by_systemd(path) else stat.S_IRWXG | stat.S_IRWXO
            if found.st_mode & others:
                raise UsageError(
                    f"{path} is open to others (mode {stat.S_IMODE(found.st_mode):o})",
                    hint=f"Its passwords may be known already: remove it, or `chmod 600 {path}`.",
                    command=f"chmod 600 {shlex.quote(str(path))}",
                )
            if found.st_uid not in (os.geteuid(), 0):
                raise UsageError(
                    f"{path} belongs to somebody else (user id {found.st_uid})",
                    hint="Whoever owns it knows what is in it: use a file of your own.",
                )
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", hint="Check its owner and permissions."
        ) from error


def _given_by_systemd(path: Path) -> bool:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return bool(folder) and path.absolute().parent == Path(folder)
