"""The read model beside the log, where both are right, and where one has gone astray."""

from collections.abc import Callable

import pytest
from nats.aio.msg import Msg

from actors.jobs.answers import answer
from actors.jobs.desk import Desk
from cli.comparing import differences
from cli.replaying import Replay
from schemas import codec, subjects
from schemas.envelope import Commit
from schemas.events import Event, JobCancelled, JobSubmitted
from schemas.options import ArchiveOptions
from tests.jobs import AT, JOB, OTHER, THIRD, URL
from ytarchive.domain.catalogue import Catalogue
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

SUBMITTED = JobSubmitted(url=URL, options=ArchiveOptions())


async def record(desk: Desk, job_id: str, event: Event) -> None:
    version = desk.catalogue.job(job_id).version
    decided = desk.decision("job", job_id, (event,), "c", "m")
    await desk.record(lambda _at: [decided] if desk.catalogue.job(job_id).version == version else [])


@pytest.fixture
async def desk(bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> Desk:
    """A log of two jobs."""
    desk = Desk(runtime_on(bus))
    await desk.catch_up()
    for job_id in (JOB, OTHER):
        await record(desk, job_id, SUBMITTED)
    return desk


async def answering(bus: Bus, catalogue: Catalogue) -> None:
    """Have somebody answer from a read model."""

    async def respond(message: Msg) -> None:
        await message.respond(answer(catalogue, 0, codec.queries.decode(message.data)))

    await bus.client.subscribe(subjects.query("jobs"), cb=respond)


def happened(catalogue: Catalogue, job_id: str, event: Event) -> None:
    """Have something happen that is not in the log."""
    version = catalogue.job(job_id).version + 1
    commit: Commit[Event] = Commit(
        aggregate="job",
        aggregate_id=job_id,
        version=version,
        previous="",
        at=AT,
        correlation_id="c",
        causation_id="m",
        events=(event,),
    )
    catalogue.apply(commit)


async def test_where_both_say_the_same_nothing_differs_though_both_move_on(bus: Bus, desk: Desk) -> None:
    """Given a job called off and another begun since the log was read, then that is read too."""
    folded = await Replay.of(bus)
    await record(desk, JOB, JobCancelled())
    await record(desk, THIRD, SUBMITTED)
    await answering(bus, desk.catalogue)
    assert await differences(bus, folded) == {}


async def test_a_read_model_that_has_gone_astray_is_told_job_by_job(bus: Bus, desk: Desk) -> None:
    astray = Catalogue()
    for job in (JOB, THIRD):
        happened(astray, job, SUBMITTED)
    happened(astray, JOB, JobCancelled(reason="never"))
    await answering(bus, astray)
    found = await differences(bus, await Replay.of(bus))
    assert found.keys() == {JOB, OTHER, THIRD}
    assert found[OTHER] == "in the log, but not in the read model"
    assert found[THIRD] == "in the read model, but not in the log"
    assert found[JOB].startswith("the read model differs in state, ")
    assert (await differences(bus, await Replay.of(bus, JOB), JOB)).keys() == {JOB}


async def test_where_nobody_answers_nothing_can_differ(bus: Bus, desk: Desk) -> None:
    with pytest.raises(ServerUnavailable):
        await differences(bus, await Replay.of(bus))
