"""Where the server is, and as whom we come."""

from typing import TYPE_CHECKING, Final

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.credentials import load_credentials
from ytarchive.runtime.state_dir import running

if TYPE_CHECKING:
    from pathlib import Path

    from ytarchive.runtime.credentials import Login
    from ytarchive.settings import Settings

_VISITORS: Final = ("cli", "admin")
"""Roles of those who take what is there. All others are actors."""


def find_server(settings: "Settings", *, to_stay: bool = False) -> "tuple[str, Path | None]":
    """Give the address and the credentials file of the configured server, else of the one running here.

    With `to_stay`, not of one that is there only as long as somebody looks. Raises `ServerUnavailable` when
    there is neither.
    """
    if settings.nats_url:
        return settings.nats_url, settings.nats_credentials
    if (found := running(settings.state_dir)) and not (to_stay and found.passing):
        return found.url, found.credentials
    raise ServerUnavailable(
        f"nothing runs on {settings.state_dir}",
        hint="`ytarchive up` starts everything; `ytarchive run URL` needs nothing started.",
    )


def logins_of(settings: "Settings") -> str:
    """Name the file with the logins; empty where there is none, or no server."""
    try:
        return str(find_server(settings)[1] or "")
    except ServerUnavailable:
        return ""


def server_for(settings: "Settings", role: str) -> "tuple[str, Login | None]":
    """Give the server's address and the login of a role. Raises `ServerUnavailable` and `UsageError`."""
    url, credentials = find_server(settings, to_stay=role not in _VISITORS)
    return url, load_credentials(credentials, role) if credentials else None
