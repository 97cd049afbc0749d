"""The limiter: tells every actor which limits are in force, and has this one obey them at once."""

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.limits import LimitsInForce

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from actors.jobs.leave import Door
    from ytarchive.runtime.process import Runtime


class Limiter:
    """Announces the limits of the log. `recount` is set when there may be more workers, or fewer."""

    def __init__(self, runtime: "Runtime", desk: "Desk", door: "Door") -> None:
        self._runtime, self._desk, self._door = runtime, desk, door
        self._news = asyncio.Event()
        self.recount = asyncio.Event()

    async def announce(self, key: str) -> None:
        """Leave the last word for every actor; `key` makes one of what is told twice."""
        limits = self._desk.catalogue.limits
        told = LimitsInForce(version=limits.version, changed=limits.changed)
        message_id = f"limits:{limits.version}:{key}"
        await self._runtime.bus.publish(subjects.LIMITS, codec.encode(told), msg_id=message_id)

    async def run(self) -> None:
        """Have the pace be as it is in force, until cancelled; whoever waits for leave asks again."""
        await self.announce(str(os.getpid()))
        with self._runtime.limited(self._news.set):
            while True:
                self._news.clear()
                self._door.limit(self._runtime.settings.videos_per_hour, datetime.now(UTC))
                for egress in self._door.egresses:
                    await self._runtime.bus.client.publish(subjects.egress_signal(egress))
                self.recount.set()
                await self._news.wait()
