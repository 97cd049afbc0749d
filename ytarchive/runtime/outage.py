"""A server that is away or hangs for a while: told once, not for everything that waits for it."""

import time
from typing import Final

import nats.errors
from nats.js.errors import ServiceUnavailableError

_AWAY: Final = (
    TimeoutError,
    ConnectionError,
    nats.errors.ConnectionClosedError,
    nats.errors.ConnectionReconnectingError,
    nats.errors.NoRespondersError,
    nats.errors.NoServersError,
    nats.errors.StaleConnectionError,
    ServiceUnavailableError,
)
_FORGOTTEN_SECONDS: Final = 60.0


def is_outage(error: BaseException) -> bool:
    """Tell whether an error is one that comes of a server which does not answer."""
    return isinstance(error, _AWAY)


class News:
    """Knows what was said last. It is news again once it has not been said for a minute."""

    def __init__(self) -> None:
        self._said, self._at = "", float("-inf")

    def __call__(self, said: str) -> bool:
        """Tell whether that is news."""
        now = time.monotonic()
        news = said != self._said or now - self._at > _FORGOTTEN_SECONDS
        self._said, self._at = said, now
        return news
