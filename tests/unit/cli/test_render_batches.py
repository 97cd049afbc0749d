from datetime import timedelta
from typing import Any

import msgspec
import pytest
from rich.console import RenderableType

from cli import render
from schemas.common import BatchState, Category, State
from schemas.reports import BatchReport
from tests.jobs import AT, BATCH, CHANNEL, JOB, OTHER
from tests.unit.cli.jobs import job
from tests.unit.cli.members import batch, member
from tests.unit.cli.shown import shown

CHANGED, LATER = (render.clock(AT + timedelta(minutes=minutes))[:-3] for minutes in (0, 1))
SHORT = BATCH[:8]


def drawn(renderable: RenderableType) -> list[str]:
    """Give the lines on a narrow terminal."""
    return [line.rstrip() for line in shown(renderable, width=80).splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ({}, "nothing yet"),
        ({"state": BatchState.FINISHED}, "no videos"),
        ({"counts": {State.ARCHIVED: 1234}, "queued": 5}, "1,234 archived, 5 to come"),
        (
            {"state": BatchState.CANCELLED, "counts": {State.CANCELLED: 1}, "queued": 5},
            "1 cancelled, 5 not begun",
        ),
        (
            {"counts": {State.ARCHIVED: 3}, "damaged": 1},
            "3 archived, 1 damaged (`ytarchive repair --all`)",
        ),
        ({"known": 2, "counts": {State.DUPLICATE: 3}}, "5 archived before"),
        ({"skipped": 2, "counts": {State.SKIPPED: 1}}, "3 left out"),
        (
            {"counts": {state: 1 for state in State if state not in (State.LISTED, State.LISTING)}},
            (
                "1 archived, 1 archived before, 1 left out, 1 cancelled, 1 failed, 1 paused, 1 waiting, "
                "1 storing, 1 downloading, 1 resolving, 1 submitted"
            ),
        ),
        ({"listings": {State.LISTING: 1}}, "1 list being read"),
        (
            {
                "listings": {
                    State.LISTING: 1,
                    State.WAITING: 2,
                    State.FAILED: 2,
                    State.LISTED: 9,
                    State.CANCELLED: 1,
                }
            },
            "3 lists being read, 2 lists failed, 1 list cancelled",
        ),
    ],
)
def test_a_batch_says_what_it_comes_to(stands: dict[str, Any], said: str) -> None:
    assert str(render.batch_total(batch(**stands))) == said


def test_a_batch_that_goes_on_says_how_fast_and_for_how_long() -> None:
    going = batch(counts={State.DOWNLOADING: 2})
    now = render.batch_now(going, speed=2_500_000.0, per_hour=1234.5, left=3723.0)
    assert str(now) == "2 downloading · 2.5 MB/s · 1,234 an hour · 1:02:03 left"
    assert str(render.batch_now(going, speed=0.0, per_hour=0.54, left=None)) == "2 downloading · 0.5 an hour"
    paused = msgspec.structs.replace(going, state=BatchState.PAUSED)
    assert str(render.batch_now(paused, speed=1.0, per_hour=9, left=9)) == (
        f"2 downloading · paused: `ytarchive resume {SHORT}` goes on"
    )


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ({"counts": {State.ARCHIVED: 3}, "known": 2}, "3 archived, 2 archived before in 1:00"),
        ({"known": 50, "listings": {State.LISTED: 1}}, "nothing new: 50 archived before in 1:00"),
        (
            {"counts": {State.DUPLICATE: 2, State.SKIPPED: 1}},
            "nothing new: 2 archived before, 1 left out in 1:00",
        ),
        ({"known": 5, "listings": {State.FAILED: 1}}, "5 archived before, 1 list failed in 1:00"),
        ({"known": 5, "counts": {State.FAILED: 1}}, "5 archived before, 1 failed in 1:00"),
        ({}, "no videos in 1:00"),
        ({"state": BatchState.CANCELLED, "known": 5, "queued": 1}, "5 archived before, 1 not begun"),
        ({"state": BatchState.RUNNING, "counts": {State.WAITING: 1}}, "1 waiting"),
    ],
)
def test_in_the_end_a_batch_says_what_came_of_it_and_how_it_is_named(
    stands: dict[str, Any], said: str
) -> None:
    ended = batch(**{"state": BatchState.FINISHED} | stands)
    assert str(render.batch_end(ended)) == f"{said} · batch {SHORT}"


def test_batches_are_a_row_each_that_fits_the_window() -> None:
    counts = {State.ARCHIVED: 1, State.DOWNLOADING: 3}
    rows = [batch(title=CHANNEL * 9, counts=counts, queued=4), batch(BatchState.PAUSED, took=0, known=3)]
    assert drawn(render.overview(rows, ())) == [
        " batch      state         sources        videos                changed",
        " " + "─" * 78,
        f" {SHORT}   › running     @jawedhttps…   1 archived, 3         {LATER}",
        "                                         downloading, 4 to",
        "                                         come",
        f" {SHORT}   … paused      @jawed         3 archived before     {CHANGED}",
    ]


def test_a_batch_is_shown_with_its_lists_and_what_did_not_end_well() -> None:
    report = BatchReport(
        batch=batch(
            BatchState.FINISHED, counts={State.ARCHIVED: 1, State.FAILED: 1}, listings={State.LISTED: 1}
        ),
        listings=(
            job(State.LISTED, lists=True, entries=1, title="jawed", reason="lists within it: 1"),
            job(State.FAILED, Category.GONE, job_id=OTHER, url=CHANNEL, lists=True),
        ),
        jobs=(job(State.FAILED, Category.GONE, title="Me at the zoo", updated_at=AT),),
        more=1100,
    )
    lines = drawn(render.batch_status(report))
    assert lines[:9] == [
        f"batch    {BATCH}",
        "state    ✓ finished",
        f"sources  {CHANNEL}",
        "videos   1 archived, 1 failed",
        f"{JOB[:8]}  ✓ listed    1 entry  jawed",
        "                               lists within it: 1",
        f"{OTHER[:8]}  ✗ failed  0 entries  {CHANNEL}",
        "                               it was the gone",
        " job        state           video                       size   changed",
    ]
    assert lines[-2:] == [
        f" {JOB[:8]}   ✗ failed        Me at the zoo                      {CHANGED}",
        f"and 1,100 more: `ytarchive jobs --batch {SHORT}`",
    ]


def test_a_paused_batch_says_once_how_it_goes_on() -> None:
    jobs = (job(State.PAUSED), job(State.PAUSED, Category.RATE_LIMIT, job_id=OTHER, due=AT))
    report = BatchReport(batch=batch(BatchState.PAUSED, reason="enough"), listings=(), jobs=jobs)
    lines = drawn(render.batch_status(report))
    assert [line for line in lines if "resume" in line] == [f"goes on  with `ytarchive resume {SHORT}`"]
    assert "because  enough" in lines
    assert lines[-1].endswith("because: it was the rate_limit")
    running = msgspec.structs.replace(report, batch=batch())
    assert f"ytarchive resume {JOB[:8]}" in shown(render.batch_status(running))


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        (State.ARCHIVED, {}, "✓ archived  Video 1  7 bytes, 0:19 verified"),
        (State.DUPLICATE, {"of": OTHER}, "= duplicate  Video 1"),
        (State.SKIPPED, {"reason": "a short"}, "- skipped  Video 1  a short"),
        (State.CANCELLED, {"reason": "enough"}, "- cancelled  Video 1  enough"),
        (State.LISTED, {"entries": 1200}, "✓ listed  jawed  1,200 entries"),
        (State.LISTED, {"entries": 1}, "✓ listed  jawed  1 entry"),
        (State.LISTED, {"entries": 3, "met": "x"}, "✓ listed  jawed  3 entries, the rest as before"),
        (State.LISTED, {"met": "x"}, "✓ listed  jawed  as before"),
        (State.LISTED, {"reason": "it has no end"}, "✓ listed  jawed  0 entries  it has no end"),
    ],
)
def test_a_job_of_a_batch_says_in_one_line_how_it_ended(
    state: State, more: dict[str, Any], said: str
) -> None:
    assert str(render.member(member(state, **more))) == said
