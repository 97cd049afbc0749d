"""The real jobs actor in this process, and how to tell and ask it something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import nats.errors
from nats.micro import add_service
from nats.micro.service import ServiceConfig

from actors.jobs.actor import run
from schemas import codec, subjects
from schemas.commands import JobCommand
from schemas.common import Stage, State
from schemas.envelope import Envelope
from schemas.queries import GetJobs, JobList
from schemas.results import Result
from tests.jobs import JOB, failed, job_list, submit
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime


class Jobs:
    """A jobs actor that runs."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def tell(self, *messages: JobCommand | Result) -> None:
        for body in messages:
            make: Any = Envelope
            envelope = make(id=uuid4().hex, at=datetime.now(UTC), correlation_id=JOB, body=body)
            command = isinstance(body, JobCommand)
            subject = subjects.job_command(body.job_id) if command else subjects.result(body.job_id)
            await self._bus.publish(subject, codec.encode(envelope), msg_id=envelope.id)

    async def ask(self) -> JobList:
        question = codec.encode(GetJobs(prefix=JOB))
        reply = await self._bus.client.request(subjects.query("jobs"), question, timeout=20)
        return job_list(reply.data)

    async def until(self, state: State) -> None:
        async with asyncio.timeout(60):
            while [job.state for job in (await self.ask()).jobs] != [state]:
                await asyncio.sleep(0.02)

    async def until_waiting(self) -> datetime:
        """Have a job fail once, and give when it is due again."""
        await self.tell(submit())
        await self.until(State.RESOLVING)
        await self.tell(failed(Stage.METADATA))
        await self.until(State.WAITING)
        (job,) = (await self.ask()).jobs
        assert job.due
        return job.due


@asynccontextmanager
async def jobs_actor(runtime: Runtime) -> AsyncIterator[Jobs]:
    config = ServiceConfig(name="ytarchive-jobs", version="1.0.0")
    async with await add_service(runtime.bus.client, config) as runtime.service:
        running, jobs = asyncio.create_task(run(runtime)), Jobs(runtime.bus)
        async with asyncio.timeout(60):
            while not running.done():
                try:
                    await jobs.ask()
                    break
                except nats.errors.NoRespondersError:
                    await asyncio.sleep(0.02)
        try:
            yield jobs
        finally:
            runtime.stopping.set()
            await running
