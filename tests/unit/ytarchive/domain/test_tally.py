"""What the jobs of a batch come to."""

from datetime import timedelta

import pytest

from schemas.commands import CancelJob, JobCommand, PauseJob, RetryJob
from schemas.common import Category, Stage, State
from schemas.envelope import Commit
from schemas.fixity import Finding, Trouble
from schemas.fixity_events import FixityFailed, FixityRepaired
from schemas.results import Result
from tests.jobs import (
    AT,
    BATCH,
    JOB,
    OTHER,
    THIRD,
    Begin,
    Desk,
    downloaded,
    failed,
    fetched,
    listed,
    listing,
    of_batch,
    page,
    stored,
    submit,
    unwanted,
)
from ytarchive.domain.tally import Tally


def tally(desk: Desk) -> Tally:
    return desk.catalogue.tally(BATCH)


def counts(desk: Desk) -> dict[str, int]:
    return {state: number for state, number in tally(desk).videos.items() if number}


def test_a_batch_without_jobs_comes_to_nothing() -> None:
    found = Desk().catalogue.tally(BATCH)
    assert (found.videos, found.listings, found.listed, found.in_flight, found.unended) == ({}, {}, 0, 0, 0)


@pytest.mark.parametrize(
    ("history", "state", "in_flight", "unended"),
    [
        ((), State.RESOLVING, 1, 1),
        ((fetched(), downloaded()), State.STORING, 1, 1),
        ((failed(Stage.METADATA),), State.WAITING, 0, 1),
        ((failed(Stage.METADATA, Category.RATE_LIMIT),), State.PAUSED, 1, 1),
        ((PauseJob(job_id=JOB),), State.PAUSED, 0, 1),
        ((failed(Stage.METADATA), RetryJob(job_id=JOB)), State.RESOLVING, 1, 1),
        ((fetched(), downloaded(), stored()), State.ARCHIVED, 0, 0),
        ((unwanted(),), State.SKIPPED, 0, 0),
        ((CancelJob(job_id=JOB),), State.CANCELLED, 0, 0),
        ((CancelJob(job_id=JOB), RetryJob(job_id=JOB)), State.RESOLVING, 1, 1),
    ],
)
def test_a_job_counts_in_its_state_and_as_in_flight_while_a_worker_may_be_needed(
    history: tuple[JobCommand | Result, ...], state: State, in_flight: int, unended: int
) -> None:
    desk = Desk(of_batch(), *history)
    assert counts(desk) == {state: 1}
    assert (tally(desk).in_flight, tally(desk).unended) == (in_flight, unended)


def test_jobs_add_up_and_lists_count_apart() -> None:
    desk = Desk(listing(THIRD), page(1, "one", "two", job_id=THIRD), of_batch(), of_batch(OTHER))
    assert counts(desk) == {State.RESOLVING: 2}
    assert tally(desk).listings == {State.LISTING: 1}
    assert (tally(desk).listed, tally(desk).in_flight, tally(desk).unended) == (2, 2, 3)
    assert tally(desk).reads
    desk.when(listed(1, job_id=THIRD), failed(Stage.METADATA))
    assert (tally(desk).in_flight, tally(desk).unended) == (1, 2)
    assert tally(desk).listings[State.LISTED] == 1
    assert not tally(desk).reads


def test_a_job_counts_as_damaged_until_its_files_are_whole_again() -> None:
    desk = Desk(of_batch(), fetched(), downloaded(), stored())
    (file,) = desk.job().files
    found = Finding(kind=Trouble.MISSING, path=file.path, job_id=JOB, detail="not on disk")
    for event, damaged in (
        (FixityFailed(audit="a" * 16, finding=found), 1),
        (FixityRepaired(path=file.path, file=file, how="returned"), 0),
    ):
        desk.catalogue.apply(
            Commit(
                aggregate="job",
                aggregate_id=JOB,
                version=desk.job().version + 1,
                previous="",
                at=AT,
                correlation_id="",
                causation_id="",
                events=(event,),
            )
        )
        assert tally(desk).damaged == damaged


def test_a_follower_is_not_in_flight_but_has_not_ended() -> None:
    desk = Desk(submit(OTHER), fetched(job_id=OTHER), of_batch(), fetched())
    assert counts(desk) == {State.WAITING: 1}
    assert (tally(desk).in_flight, tally(desk).unended) == (0, 1)


def test_a_job_that_failed_and_is_looked_at_again_some_day_has_ended() -> None:
    desk = Desk(of_batch(), wait=timedelta(1))
    desk.wait = None
    desk.when(failed(Stage.METADATA, Category.NEEDS_AUTH))
    assert desk.job().due
    assert (counts(desk), tally(desk).unended) == ({State.FAILED: 1}, 0)


def test_another_batch_and_jobs_of_none_count_elsewhere() -> None:
    begin: Begin = of_batch(OTHER, batch="00000000000000bb")
    assert counts(Desk(submit(), begin)) == {}
