"""The logs actor's process: one queue in, files out, questions answered from them."""

import asyncio
from typing import TYPE_CHECKING, Final

import nats.errors

from actors.logs.archive import Archive
from actors.logs.keeper import Keeper
from actors.logs.pages import Pages
from schemas import codec, subjects
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Queue, serve

if TYPE_CHECKING:
    from nats.micro.request import Request

    from ytarchive.runtime.process import Runtime

_SLOTS: Final = 256
"""Lines that may wait for being kept together."""
_AFTER_TROUBLE: Final = 1.0


async def run(runtime: "Runtime") -> None:
    """Archive everybody's log lines, and answer questions for them, until told to stop."""
    settings = runtime.settings
    archive = Archive(
        settings.state_dir / "logs" / "archive", days=settings.log_days, most_bytes=settings.log_bytes
    )
    keeper, pages = Keeper(runtime, archive), Pages(archive, runtime.node)

    async def answer(request: "Request") -> None:
        try:
            asked = codec.log_requests.decode(request.data)
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))
            return
        async with keeper.turn:
            page = await asyncio.to_thread(pages.page, asked, keeper.last)
        await request.respond(codec.encode(page))

    await _resume(runtime, keeper, pages)
    service = runtime.service
    await service.add_endpoint(name="logs", subject=subjects.query("logs"), handler=answer)
    await service.add_endpoint(
        name="logs-here", subject=subjects.query("logs", node=runtime.node), handler=answer
    )
    await runtime.bus.client.flush()  # who hears that we are ready may ask at once
    lines = Queue(
        topology.LOGS,
        topology.work_consumer(f"logs-{runtime.node}", subjects.LOGS, slots=_SLOTS, ack_wait=30),
        codec.logs,
        keeper.keep,
        slots=_SLOTS,
    )
    keeping = asyncio.create_task(keeper.run())
    runtime.ready()
    try:
        await serve(runtime, lines)
    finally:
        keeping.cancel()


async def _resume(runtime: "Runtime", keeper: Keeper, pages: Pages) -> None:
    newest = await asyncio.to_thread(pages.newest)
    while not runtime.stopping.is_set():
        try:
            await keeper.resume(newest)
        except (nats.errors.Error, TimeoutError) as error:
            runtime.log.warning("interrupted", error=str(error) or type(error).__name__)
            await runtime.pause(_AFTER_TROUBLE)
            newest = await asyncio.to_thread(pages.newest)
        else:
            return
