"""Where the server is, and as whom we come."""

from typing import TYPE_CHECKING

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.credentials import load_credentials
from ytarchive.runtime.state_dir import running

if TYPE_CHECKING:
    from ytarchive.runtime.credentials import Login
    from ytarchive.settings import Settings


def server_for(settings: "Settings", role: str) -> "tuple[str, Login | None]":
    """Give the address and login: of the configured server, else of the one running on the state directory.

    Raises `ServerUnavailable` when there is neither.
    """
    if settings.nats_url:
        path = settings.nats_credentials
        return settings.nats_url, load_credentials(path, role) if path else None
    if found := running(settings.state_dir):
        return found.url, load_credentials(found.credentials, role)
    raise ServerUnavailable(
        f"nothing runs on {settings.state_dir}",
        hint="`ytarchive up` starts everything; `ytarchive run URL` needs nothing started.",
    )
