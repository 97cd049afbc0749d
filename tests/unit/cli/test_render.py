from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cli import render
from schemas.common import Category, State
from tests.jobs import AT, JOB, URL
from tests.unit.cli.jobs import job, refusal
from tests.unit.cli.shown import shown
from ytarchive.domain.job import Job

UNTIL = render.clock(AT)
REFUSED = job(State.PAUSED, Category.RATE_LIMIT, due=AT)


def test_what_the_site_refuses_is_paused_until_then_and_says_why() -> None:
    assert str(render.resting(REFUSED)) == f"until {UNTIL} because: it was the rate_limit"


def test_what_a_person_paused_names_the_command_that_goes_on_with_it() -> None:
    resumed = f"by hand, until `ytarchive resume {JOB[:8]}`"
    assert str(render.resting(job(State.PAUSED))) == resumed
    assert str(render.resting(job(State.PAUSED, reason="[no] room"))) == f"{resumed} because: [no] room"


def test_below_the_list_every_resting_job_says_until_when_and_why() -> None:
    lines = shown(render.jobs_table([REFUSED, job(State.ARCHIVED), job(State.PAUSED)]), width=80).splitlines()
    assert [line.rstrip() for line in lines[-2:]] == [
        f"{JOB[:8]} … paused until {UNTIL} because: it was the rate_limit",
        f"{JOB[:8]} … paused by hand, until `ytarchive resume {JOB[:8]}`",
    ]
    assert "because" not in shown(render.jobs_table([job(State.ARCHIVED)]))


@pytest.mark.parametrize(("resting", "said"), [(0, "no jobs rest"), (1, "1 job rests"), (3, "3 jobs rest")])
def test_an_identity_that_is_refused_says_until_when_why_and_how_many_jobs_rest(
    resting: int, said: str
) -> None:
    told = str(render.refused(refusal(resting), AT - timedelta(seconds=1)))
    assert told == f"… here: paused until {UNTIL}, {said}, because: HTTP Error 429"


def test_once_its_time_has_come_the_next_job_tries() -> None:
    assert f"here: was paused until {UNTIL}, the next job tries" in str(render.refused(refusal(), AT))


def test_a_line_about_a_paused_job_says_why() -> None:
    paused = Job(job_id=JOB, url=URL, state=State.PAUSED, failure=REFUSED.error, due=AT)
    assert str(render.change(paused, AT)).endswith(f"until {UNTIL} because: it was the rate_limit")
    assert "by hand" in str(render.change(msgspec.structs.replace(paused, due=None), AT))


def test_a_failed_job_says_when_it_is_looked_at_again() -> None:
    assert f"looked at again  {UNTIL}" in shown(
        render.status(job(State.FAILED, Category.GONE, due=AT), [], Path("/library"))
    )
