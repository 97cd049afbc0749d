"""A server that goes away while somebody watches: how long it is waited for, and what is said meanwhile."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.state_dir import running

if TYPE_CHECKING:
    from cli.session import System
    from ytarchive.settings import Settings

_SHORT_ABSENCE: Final = 2.0


class SystemGone(Exception):
    """What we used belonged to another command, which has ended."""


class Away:
    """Since when the server is away, if it is. `tell` is told again and again, and nothing once it is back.

    Who watches `alone` waits for nobody else to bring a system that is gone back.
    """

    def __init__(self, settings: "Settings", tell: Callable[[str], None], *, alone: bool = False) -> None:
        self._settings = settings
        self._tell = tell
        self._alone = alone
        self._since: float | None = None

    def check(self, system: "System") -> None:
        """Say how long it is away, and when it is back.

        Raises `ServerUnavailable` when that is for too long, and `SystemGone`.
        """
        if system.bus.client.is_connected:
            if self._since is not None:
                self._since = None
                self._tell("")
            return
        self._since = self._since or time.monotonic()
        away, limit = time.monotonic() - self._since, self._settings.server_patience
        if self._alone and away > _SHORT_ABSENCE and system.failure is None and self._could_be_ours():
            raise SystemGone
        if away > limit:
            raise ServerUnavailable(
                f"the server went away and did not come back within {limit:g} s",
                hint="The jobs are kept: `ytarchive up` goes on with them, `ytarchive watch` shows them.",
            )
        self._tell(f"the server is away for {away:.0f} s; the jobs are kept, waiting for it …")

    def _could_be_ours(self) -> bool:
        return not self._settings.nats_url and running(self._settings.state_dir) is None
