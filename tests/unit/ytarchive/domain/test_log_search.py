"""Exactly the lines that were asked for are given."""

from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest

from schemas.logs import AskLogs, KeptLine
from ytarchive.domain.log_search import fits, needles

ask = partial(AskLogs, limit=1000)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOB, OTHER, BATCH = "0123456789abcdef", "fedcba9876543210", "b" * 16
LINE = KeptLine(
    at=NOON - 9 * HOUR,
    stored_at=NOON,
    level="warning",
    actor="download",
    node="here",
    event="task failed",
    job_id=JOB,
    video="abc",
    batch=BATCH,
)


@pytest.mark.parametrize(
    "asked",
    [
        ask(),
        ask(level="warning"),
        ask(actor="download"),
        ask(since=NOON, until=NOON),
        ask(jobs=(OTHER, JOB)),
        ask(video="abc"),
        ask(batch=BATCH),
        ask(jobs=(OTHER,), video="abc"),
        ask(jobs=(OTHER,), batch=BATCH),
    ],
)
def test_a_line_that_was_asked_for_fits(asked: AskLogs) -> None:
    assert fits(asked, LINE)
    text = msgspec.json.encode(LINE)
    assert not needles(asked) or any(word in text for word in needles(asked))


@pytest.mark.parametrize(
    "asked",
    [
        ask(level="error"),
        ask(actor="storage"),
        ask(since=NOON + HOUR),
        ask(until=NOON - HOUR),
        ask(jobs=(OTHER,)),
        ask(video="abcd"),
        ask(batch=OTHER),
        ask(jobs=(JOB,), actor="storage"),
    ],
)
def test_another_line_does_not_fit(asked: AskLogs) -> None:
    assert not fits(asked, LINE)


def test_a_line_of_which_nobody_knows_when_it_was_taken_goes_by_its_own_clock() -> None:
    old = msgspec.structs.replace(LINE, stored_at=None)
    assert fits(ask(until=NOON - HOUR), old)
    assert not fits(ask(since=NOON), old)
