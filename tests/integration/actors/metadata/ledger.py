"""Whoever gives the metadata actor its tasks and its leave, and writes down what it reports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import ServiceConfig

from schemas import codec, subjects
from schemas.commands import Task
from schemas.common import Stage
from schemas.envelope import Envelope
from schemas.queries import Leave
from schemas.results import PageListed, Result
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus

JOB = "00000000000000aa"
RESULTS: codec.Codec[Envelope[Result]] = codec.Codec(Envelope[Result])


class Ledger:
    """What was reported about the one job there is."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.leaves: list[Leave] = []

    async def give(self, task: Task, stage: Stage, version: int = 7) -> None:
        """Put a task on its queue."""
        envelope = Envelope(id=f"{JOB}:{version}", at=datetime.now(UTC), correlation_id="c", body=task)
        await self._bus.publish(
            subjects.task(stage, JOB, version), codec.encode(envelope), msg_id=envelope.id
        )

    async def results(self) -> list[Envelope[Result]]:
        """Give what was reported so far."""
        last = (await self._bus.js.stream_info(topology.RESULTS)).state.last_seq
        stored = [await self._bus.js.get_msg(topology.RESULTS, number) for number in range(1, last + 1)]
        return [RESULTS.decode(message.data or b"") for message in stored]

    async def pages(self) -> list[PageListed]:
        """Give the pages that were reported so far."""
        return [one.body for one in await self.results() if isinstance(one.body, PageListed)]

    async def count(self, results: int) -> list[Envelope[Result]]:
        """Give what was reported once it is so much."""
        async with asyncio.timeout(180):
            while (await self._bus.js.stream_info(topology.RESULTS)).state.messages < results:
                await asyncio.sleep(0.02)
        return await self.results()

    async def until(self, kind: type[Result]) -> Result:
        """Give the first result of a kind, once there is one."""
        async with asyncio.timeout(180):
            while True:
                for one in await self.results():
                    if isinstance(one.body, kind):
                        return one.body
                await asyncio.sleep(0.05)

    async def answer(self, request: Request) -> None:
        """Give leave, with what is written down of the collection."""
        pages = await self.pages()
        leave = Leave(wait=0, pages=len(pages), resume=pages[-1].resume if pages else "")
        if codec.leave_requests.decode(request.data).take:
            self.leaves.append(leave)
        await request.respond(codec.encode(leave))


@asynccontextmanager
async def ledger(bus: Bus) -> AsyncIterator[Ledger]:
    """Answer who asks for leave as long as the block lasts."""
    kept = Ledger(bus)
    config = ServiceConfig(name="ytarchive-jobs", version="1.0.0")
    async with await add_service(bus.client, config) as service:
        await service.add_endpoint(name="leave", subject=subjects.query("leave"), handler=kept.answer)
        await bus.client.flush()
        yield kept
