"""Lists of jobs, with and without a jobs actor to ask."""

from datetime import timedelta

import pytest

from cli import listing, render
from schemas.common import Category, Stage, State
from schemas.events import AttemptFailed, JobEvent, JobSubmitted, RetryScheduled, StageBlocked
from schemas.options import ArchiveOptions
from tests.integration.cli.history import answer_questions, record
from tests.jobs import AT, JOB, OTHER, URL, failure
from ytarchive.errors import UsageError
from ytarchive.runtime.bus import Bus

THIRD = "00112233445566ff"
LATER = AT + timedelta(hours=1)
SUBMITTED = JobSubmitted(url=URL, options=ArchiveOptions())
NETWORK = AttemptFailed(stage=Stage.METADATA, attempt=1, failure=failure(Category.NETWORK), node="here")
WAITS = RetryScheduled(stage=Stage.METADATA, due=LATER)
BLOCKED = StageBlocked(
    stage=Stage.METADATA, attempt=1, failure=failure(Category.RATE_LIMIT), until=LATER, egress="here"
)
HISTORY: dict[str, tuple[JobEvent, ...]] = {
    JOB: (SUBMITTED, NETWORK, WAITS),
    OTHER: (SUBMITTED, BLOCKED),
    THIRD: (SUBMITTED, BLOCKED),
}


@pytest.fixture(params=["asked", "folded"])
async def recorded(bus: Bus, request: pytest.FixtureRequest) -> Bus:
    """A bus on which three jobs are in trouble, and somebody answers questions about them, or nobody."""
    await record(bus, *(("job", job_id, events) for job_id, events in HISTORY.items()))
    if request.param == "asked":
        await answer_questions(bus)
    return bus


async def test_jobs_come_newest_first_with_whom_the_site_refuses(recorded: Bus) -> None:
    found = await listing.list_jobs(recorded)
    assert [(job.job_id, job.state) for job in found.jobs] == [
        (THIRD, State.PAUSED),
        (OTHER, State.PAUSED),
        (JOB, State.WAITING),
    ]
    (refused,) = found.blocked
    assert (refused.egress, refused.until, refused.failure) == ("here", LATER, BLOCKED.failure)
    assert (refused.resting, found.total, found.sequence) == (2, 3, 3)


async def test_jobs_are_listed_by_state_and_no_more_than_asked_for(recorded: Bus) -> None:
    waiting = await listing.list_jobs(recorded, (State.WAITING,))
    assert [job.job_id for job in waiting.jobs] == [JOB]
    some = await listing.list_jobs(recorded, (State.PAUSED,), 1)
    assert ([job.job_id for job in some.jobs], some.total) == ([THIRD], 2)


async def test_without_a_jobs_actor_the_list_says_that_nobody_goes_on_with_it(
    recorded: Bus, request: pytest.FixtureRequest
) -> None:
    absent = (await listing.list_jobs(recorded)).absent
    if "folded" in request.node.callspec.id:
        assert [render.absent(one).plain for one in absent] == [
            "! no jobs actor is at work: `ytarchive diagnostics actors`"
        ]
    else:
        assert absent == ()


async def test_a_list_longer_than_an_answer_is_asked_for_page_by_page(
    recorded: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_PAGE", 2)
    assert [job.job_id for job in (await listing.list_jobs(recorded)).jobs] == [THIRD, OTHER, JOB]


def test_names_there_are_not_are_answered_with_those_there_are() -> None:
    assert listing.check_states(["failed", "waiting"]) == (State.FAILED, State.WAITING)
    with pytest.raises(UsageError, match="lost") as refused:
        listing.check_states(["lost"])
    assert "submitted, listing, resolving" in refused.value.hint
    with pytest.raises(UsageError, match="unknown state: 'faild'") as refused:
        listing.check_states(["failed", "faild"])
    assert refused.value.hint.startswith("Did you mean `failed`? ")
    with pytest.raises(UsageError, match="weather") as refused:
        listing.check_categories(["weather"])
    assert "network, server_error" in refused.value.hint
