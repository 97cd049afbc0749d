"""Two jobs actors on one log: neither believes that it knows all of it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from actors.jobs.desk import Desk
from schemas.commands import JobCommand
from schemas.common import State
from schemas.envelope import Envelope
from schemas.results import Result
from tests.jobs import JOB, fetched, submit
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime


def command(body: JobCommand) -> Envelope[JobCommand]:
    return Envelope(id="command", at=datetime.now(UTC), correlation_id="c", body=body)


def result(body: Result) -> Envelope[Result]:
    return Envelope(id="result", at=datetime.now(UTC), correlation_id="c", body=body)


@pytest.fixture
async def desks(bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> tuple[Desk, Desk]:
    """Two that have read the log while it was empty."""
    desks = Desk(runtime_on(bus)), Desk(runtime_on(bus))
    for desk in desks:
        await desk.catch_up()
    return desks


async def test_a_result_for_a_job_that_only_the_other_one_knows_is_recorded(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    await one.decide(command(submit()))
    (job,) = await other.decide(result(fetched()))
    assert job.state is State.DOWNLOADING


async def test_what_one_has_recorded_the_other_does_not_record_again(
    bus: Bus, desks: tuple[Desk, Desk]
) -> None:
    for desk in desks:
        await desk.decide(command(submit()))
    assert await event_log.last_sequence(bus) == 1
    assert [desk.catalogue.job(JOB).version for desk in desks] == [2, 2]


async def test_it_becomes_current_by_reading_what_the_other_has_written(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    assert await other.is_current()
    await one.decide(command(submit()))
    assert not await other.is_current()
    assert await other.is_current()
    assert other.catalogue.job(JOB) == one.catalogue.job(JOB)
