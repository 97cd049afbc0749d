"""Metadata documents that no event refers to: of look-ups that were killed, called off or overtaken.

What the log has ever referred to stays, older versions too. Of the rest goes what was kept last before any
look-up that is under way began, and by a day: its result can be the only one to refer to it yet. And only
what is no older than the log, which speaks of nothing before it.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import nats.errors

from schemas.common import State
from ytarchive.runtime import documents

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from ytarchive.runtime.process import Runtime

_EVERY: Final = 6 * 3600.0
_GRACE: Final = timedelta(days=1)
"""Clocks differ, too."""


async def keep_tidy(runtime: "Runtime", desk: "Desk") -> None:
    """Sweep now and every few hours, until the runtime is stopping."""
    while not runtime.stopping.is_set():
        try:
            await sweep(runtime, desk)
        except (nats.errors.Error, TimeoutError) as error:  # another time
            runtime.log.warning("documents not swept", error=str(error) or type(error).__name__)
        await runtime.pause(_EVERY)


async def sweep(runtime: "Runtime", desk: "Desk", *, grace: timedelta = _GRACE) -> None:
    """Remove what nobody refers to, nor will. Raises nats errors, TimeoutError."""
    async with desk.turn:
        await desk.is_current()
        begun = [
            job.updated_at
            for job in desk.catalogue.unended()
            if job.state is State.RESOLVING and job.updated_at
        ]
        first = next((job.submitted_at for job in desk.catalogue), None)
    if not first:
        return
    if not desk.whole:
        runtime.log.warning("documents not swept", error="the log does not hold together")
        return
    until = min([datetime.now(UTC), *begun]) - grace
    removed = await documents.remove(runtime.bus, desk.catalogue.documents, since=first, until=until)
    for name in removed.names:
        runtime.log.info("document without a reference removed", document=name)
    if removed.broken:
        runtime.log.info("pieces of documents removed", count=removed.broken)
