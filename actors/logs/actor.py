"""The logs actor's process."""

import asyncio
from typing import TYPE_CHECKING

from actors.logs.archive import Archive
from schemas import codec, subjects
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve

if TYPE_CHECKING:
    from schemas.logs import LogRecord
    from ytarchive.runtime.process import Runtime


async def run(runtime: "Runtime") -> None:
    """Archive everybody's log lines until told to stop."""
    settings = runtime.settings
    archive = Archive(
        settings.state_dir / "logs" / "archive", days=settings.log_days, most_bytes=settings.log_bytes
    )

    async def keep(delivery: "Delivery[LogRecord]") -> None:
        await asyncio.to_thread(archive.add, delivery.body)

    lines = Queue(
        topology.LOGS,
        topology.work_consumer(f"logs-{runtime.node}", subjects.LOGS, slots=1, ack_wait=30),
        codec.logs,
        keep,
    )
    runtime.ready()
    await serve(runtime, lines)
