"""Messages come one by one and are decided on together; none has to answer for another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import nats.errors
import pytest

from actors.jobs.clerk import Clerk
from actors.jobs.desk import Desk
from schemas.commands import JobCommand
from schemas.common import Entry, State
from schemas.envelope import Envelope
from schemas.results import PageListed, Result
from tests.jobs import JOB, OTHER, fetched, listing, submit
from ytarchive.domain.decider import begun
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

JOBS = [f"{number:016x}" for number in range(30)]


def message(body: JobCommand | Result) -> Envelope[Any]:
    make: Any = Envelope
    made: Envelope[Any] = make(id=str(body)[:200], at=datetime.now(UTC), correlation_id="c", body=body)
    return made


class Office:
    """A clerk at a desk. `turns` are how many messages were decided on together, one time after the other."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clerk = Clerk(desk, self._turn)
        self.turns: list[int] = []

    async def _turn(self, messages: list[Envelope[Any]]) -> None:
        self.turns.append(len(messages))
        async with self.desk.turn:
            await self.desk.decide(*messages)

    def hear(self, *bodies: JobCommand | Result) -> list["asyncio.Task[None]"]:
        return [asyncio.create_task(self.clerk.hear(message(body))) for body in bodies]


@pytest.fixture
async def office(bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> AsyncIterator[Office]:
    office = Office(Desk(runtime_on(bus)))
    serving = asyncio.create_task(office.clerk.run())
    yield office
    serving.cancel()
    await asyncio.wait({serving})


async def test_what_waits_is_decided_on_together(office: Office) -> None:
    await asyncio.gather(*office.hear(*map(submit, JOBS)))
    assert office.turns == [30]
    assert [job.job_id for job in office.desk.catalogue] == JOBS


async def test_what_is_about_the_same_job_is_decided_on_one_after_the_other(office: Office) -> None:
    await asyncio.gather(*office.hear(submit(), fetched(), submit(OTHER), fetched(job_id=OTHER)))
    assert office.turns[0] == 2
    assert [office.desk.catalogue.job(job_id).state for job_id in (JOB, OTHER)] == [
        State.DOWNLOADING,
        State.WAITING,
    ]


async def test_a_message_that_cannot_be_decided_hinders_no_other(office: Office) -> None:
    """Given a page that is too large for the log among others, then it alone is given back."""
    begin = listing()
    await office.desk.record(
        lambda _at: (
            [office.desk.decision("job", JOB, begun(begin.submitted), "c", "c")]
            if not office.desk.catalogue.job(JOB).version
            else []
        )
    )
    entries = tuple(Entry(video_id=f"{number}", title="x" * 8000) for number in range(140))
    large = PageListed(job_id=JOB, attempt=1, page=1, entries=entries)
    heard = office.hear(submit(OTHER), large, *map(submit, JOBS))
    await asyncio.wait(heard)
    assert isinstance(heard[1].exception(), nats.errors.MaxPayloadError)
    assert [task.exception() for task in (heard[0], *heard[2:])] == [None] * 31
    assert len(office.desk.catalogue) == 32
    assert office.desk.last == await event_log.last_sequence(office.desk._runtime.bus)


async def test_who_no_longer_waits_is_not_served(office: Office) -> None:
    """Given a turn that lasts, when somebody who waits behind it is stopped, then the message is left."""
    async with office.desk.turn:
        first = office.hear(submit())
        await asyncio.sleep(0.05)
        (second,) = office.hear(submit(OTHER))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait({second})
    await asyncio.gather(*first)
    await asyncio.gather(*office.hear(submit(JOBS[1])))
    assert [job.job_id for job in office.desk.catalogue] == [JOB, JOBS[1]]
