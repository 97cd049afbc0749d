"""Lists of jobs, with and without a jobs actor to ask."""

from datetime import timedelta

import pytest
from nats.aio.msg import Msg

from actors.jobs.answers import answer
from cli import listing, render
from cli.replaying import Replay
from schemas import codec, subjects
from schemas.common import Category, Stage, State
from schemas.events import AttemptFailed, JobEvent, JobSubmitted, RetryScheduled, StageBlocked
from schemas.options import ArchiveOptions
from tests.jobs import AT, JOB, OTHER, URL, failure
from ytarchive.domain.replay import Head
from ytarchive.errors import UsageError
from ytarchive.runtime import event_log
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
    last = 0
    for job_id, events in HISTORY.items():
        decision = event_log.Decision("job", job_id, Head(), events, "", "")
        (entry,) = await event_log.append(bus, [decision], last=last, at=AT)
        last = entry.sequence
    if request.param == "asked":
        replay = await Replay.of(bus)

        async def reply(message: Msg) -> None:
            await message.respond(answer(replay.jobs, replay.last, codec.queries.decode(message.data)))

        await bus.client.subscribe(subjects.query("jobs"), cb=reply)
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
