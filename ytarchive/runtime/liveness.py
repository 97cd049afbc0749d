"""Whether an actor does its work: its queues tell, and its supervisor is told.

The event loop alone proves little: what takes messages may have stopped while it turns. So each queue says
when it asked for messages, and when it has a reason not to ask.
"""

import time
from collections.abc import Callable
from typing import Final

LONGEST_TURN: Final = 30.0
"""Seconds. A queue asks for messages every 2.5 s, and every 5.5 s while the server is away."""


class Liveness:
    """When each queue last turned."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turned: dict[str, float] = {}

    def turns(self, queue: str) -> None:
        """Note that a queue asks for messages, and has to ask again within `LONGEST_TURN`."""
        self._turned[queue] = self._clock()

    def rests(self, queue: str) -> None:
        """Note that a queue asks for none: its hands are full, it has no leave, or it has come to an end."""
        self._turned.pop(queue, None)

    @property
    def stuck(self) -> list[str]:
        """Which queues ought to have turned and did not."""
        now = self._clock()
        return sorted(queue for queue, at in self._turned.items() if now - at > LONGEST_TURN)
