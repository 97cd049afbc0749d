"""Jobs and batches by the beginning of their ids, with and without a jobs actor to ask."""

import pytest

from cli.finding import find, find_batch, find_job
from cli.listing import list_batches, list_jobs
from cli.submission import send
from schemas.batch_events import BatchSubmitted
from schemas.commands import SubmitVideo
from schemas.events import Event, JobSubmitted
from schemas.options import ArchiveOptions
from schemas.queries import BatchView, JobView
from tests.integration.cli.history import answer_questions, record
from tests.jobs import BATCH, CHANNEL, JOB, OTHER, URL
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime.bus import Bus

LIKE_JOB = f"{JOB[:8]}{'f' * 8}"
HISTORY: tuple[tuple[str, str, Event], ...] = (
    ("batch", BATCH, BatchSubmitted(title=CHANNEL, sources=(CHANNEL,), options=ArchiveOptions())),
    ("job", JOB, JobSubmitted(url=URL, options=ArchiveOptions())),
    ("job", OTHER, JobSubmitted(url=URL, options=ArchiveOptions(), batch=BATCH)),
    ("batch", LIKE_JOB, BatchSubmitted(title=URL, sources=(URL,), options=ArchiveOptions())),
)


@pytest.fixture(params=["asked", "folded"])
async def recorded(bus: Bus, request: pytest.FixtureRequest) -> Bus:
    """A bus on which jobs and batches are known, and somebody answers questions about them, or nobody."""
    await record(bus, *((aggregate, name, (event,)) for aggregate, name, event in HISTORY))
    if request.param == "asked":
        await answer_questions(bus)
    return bus


async def test_the_beginning_of_an_id_finds_a_job_or_a_batch(recorded: Bus) -> None:
    job, batch = await find(recorded, OTHER[:3]), await find(recorded, BATCH[:15])
    assert isinstance(job, JobView)
    assert isinstance(batch, BatchView)
    assert (job.job_id, job.batch, batch.batch_id) == (OTHER, BATCH, BATCH)
    assert await find_job(recorded, OTHER) == job
    assert await find_batch(recorded, BATCH) == batch


async def test_an_id_that_may_be_a_job_s_or_a_batch_s_is_not_guessed(recorded: Bus) -> None:
    with pytest.raises(UsageError, match=f"may be any of: {JOB}, {LIKE_JOB}"):
        await find(recorded, JOB[:4])
    with pytest.raises(UsageError, match="there is no job or batch 'abcd'"):
        await find(recorded, "abcd")


async def test_who_wants_the_one_is_told_that_it_is_the_other(recorded: Bus) -> None:
    with pytest.raises(UsageError, match="is a batch, not a job") as refused:
        await find_job(recorded, BATCH)
    assert f"jobs --batch {BATCH}" in refused.value.hint
    with pytest.raises(UsageError, match="is a job, not a batch"):
        await find_batch(recorded, JOB)


async def test_jobs_of_a_batch_and_those_of_none_are_told_apart(recorded: Bus) -> None:
    listed = {batch: await list_jobs(recorded, batch=batch) for batch in (BATCH, None, "")}
    assert {batch: [job.job_id for job in found.jobs] for batch, found in listed.items()} == {
        BATCH: [OTHER],
        None: [JOB],
        "": [OTHER, JOB],
    }
    assert [batch.batch_id for batch in (await list_batches(recorded, 1)).batches] == [LIKE_JOB]


async def test_what_was_asked_for_without_a_jobs_actor_is_said_to_be_kept(bus: Bus) -> None:
    await send(bus, SubmitVideo(job_id=JOB, url=URL, options=ArchiveOptions()))
    for name in (JOB, JOB[:6]):
        with pytest.raises(ServerUnavailable, match=f"{name} is kept, and nobody begins it until") as error:
            await find(bus, name)
        assert "`ytarchive actor jobs`" in error.value.hint
    with pytest.raises(UsageError, match="there is no job or batch 'abcd'"):
        await find(bus, "abcd")
