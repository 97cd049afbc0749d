"""The server's clock, by which scheduled messages ring. Ours may show something else, and may be set."""

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ytarchive.runtime.stream_info import stream_info
from ytarchive.runtime.topology import TIMERS

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

_GOOD_SECONDS: Final = 10.0
"""For which an answer is gone by."""


class ServerClock:
    """Tells what the server's clock shows, and asks for that now and then."""

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._shown: datetime | None = None
        self._at = 0.0

    async def now(self) -> datetime:
        """Give the time of the server's clock. Raises nats errors."""
        asked = time.monotonic()
        if self._shown is None or asked - self._at > _GOOD_SECONDS:
            self._shown = (await stream_info(self._bus, TIMERS)).ts
            self._at = (asked + time.monotonic()) / 2
        return self._shown + timedelta(seconds=time.monotonic() - self._at)
