"""So many at a time, and how many may change meanwhile."""

import asyncio
from typing import Self


class Slots:
    """A semaphore of which the size may change while it is held. Who has a slot keeps it to the end."""

    def __init__(self, size: int) -> None:
        self._size, self.taken = size, 0
        self._news = asyncio.Event()

    @property
    def size(self) -> int:
        """How many there may be."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        self._size = size
        self._news.set()

    async def __aenter__(self) -> Self:
        while self.taken >= self._size:
            self._news.clear()
            await self._news.wait()
        self.taken += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.taken -= 1
        self._news.set()
