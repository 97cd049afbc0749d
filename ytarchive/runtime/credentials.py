"""A user and a password for each role, so that the server can tell who may do what."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from ytarchive.errors import UsageError
from ytarchive.runtime.private_file import read_private, write_private

ROLES: Final = ("admin", "jobs", "metadata", "download", "storage", "logs", "cli")
FILE: Final = "credentials.json"


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who we are to the server. Printed, it does not show the password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """Show rich no more than `repr` shows."""
        return [("user", self.user)]


Credentials = dict[str, Login]
"""A login for each role."""


def ensure_credentials(folder: Path) -> Credentials:
    """Give the logins kept in `folder`, with a user and password for each role that has none yet.

    Raises `UsageError` for a file that others can read, or that is not ours.
    """
    return ensure_logins(folder / FILE, {role: role for role in ROLES})


def ensure_logins(path: Path, users: Mapping[str, str]) -> Credentials:
    """Give the logins kept at `path`, with a random password (256 bits) for each role that has none yet.

    `users` has the name of each role's user. Raises `UsageError` as `ensure_credentials`, OSError.
    """
    try:
        known = _read(path)
    except FileNotFoundError:
        known = {}
    new = {role: user for role, user in users.items() if role not in known}
    logins = known | {role: Login(user, secrets.token_urlsafe(32)) for role, user in new.items()}
    if logins != known:
        write_private(path, msgspec.json.format(msgspec.json.encode(logins)) + b"\n")
    return logins


def load_credentials(path: Path, role: str) -> Login:
    """Give the login of one role, from a file of the shape ``{"cli": {"user": ..., "password": ...}, ...}``.

    Raises `UsageError` where the file is missing, open to others, not of that shape, or without the role.
    """
    logins = logins_of(path)
    if role not in logins:
        raise UsageError(
            f"{path} has no login for the role {role!r}",
            hint=f"It has: {', '.join(sorted(logins)) or 'none'}.",
        )
    return logins[role]


def logins_of(path: Path) -> Credentials:
    """Give all that is in such a file. Raises `UsageError` for one that is missing or of no use."""
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no credentials file {path}",
            hint="YTARCHIVE_NATS_CREDENTIALS names it; `ytarchive up` makes its own.",
        ) from error


def _read(path: Path) -> Credentials:
    try:
        return msgspec.json.decode(read_private(path), type=Credentials)
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is not a credentials file: {error}",
            hint='It maps each role to {"user": ..., "password": ...}.',
        ) from error
