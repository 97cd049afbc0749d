"""Which tasks are put on their queues, and in which order."""

import pytest

from actors.jobs.dispatch import Dispatch, takes_turns
from schemas.commands import CancelJob, JobCommand, PauseJob, ResumeJob, RetryJob
from schemas.common import Stage
from schemas.results import Result
from tests.jobs import (
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
)

JOBS = [f"{number:016x}" for number in range(1, 31)]
Heard = JobCommand | Result | Begin


class Dispatched:
    """A desk, and a dispatch that is told of every job a message was about."""

    def __init__(self, *, metadata: int = 1, download: int = 1) -> None:
        self.desk = Desk()
        slots = {Stage.LISTING: 1, Stage.METADATA: metadata, Stage.DOWNLOAD: download}
        self.dispatch = Dispatch(self.desk.catalogue, slots)

    def when(self, *messages: Heard) -> list[str]:
        """Give the jobs whose tasks are put out after these messages."""
        for message in messages:
            self.desk.when(message)
            self.dispatch.note(self.desk.job(message.job_id))
        return [ask.task.job_id for ask in self.dispatch.due()]


@pytest.mark.parametrize(("slots", "room"), [(1, 2), (2, 3), (4, 5), (8, 10), (16, 20)])
def test_so_many_are_put_out_as_there_are_workers_and_a_quarter_ahead(slots: int, room: int) -> None:
    dispatched = Dispatched(metadata=slots)
    assert dispatched.when(*map(submit, JOBS)) == JOBS[:room]
    assert dispatched.when() == []


def test_who_is_done_makes_room_for_the_next() -> None:
    dispatched = Dispatched()
    dispatched.when(*map(submit, JOBS[:4]))
    assert dispatched.when(failed(Stage.METADATA, job_id=JOBS[0])) == [JOBS[2]]
    assert dispatched.when(CancelJob(job_id=JOBS[1])) == [JOBS[3]]


def test_each_stage_has_its_own_room() -> None:
    dispatched = Dispatched()
    assert dispatched.when(submit(), submit(OTHER), listing(THIRD)) == [THIRD, JOB, OTHER]
    assert dispatched.when(fetched()) == [JOB]


def test_a_task_is_put_out_once_however_often_its_job_is_noted() -> None:
    dispatched = Dispatched()
    assert dispatched.when(listing()) == [JOB]
    assert dispatched.when(page(1, "one"), page(2, "two")) == []
    assert dispatched.dispatch.is_out(dispatched.desk.job())
    assert dispatched.when(listed(3)) == [JOB], "another attempt is another task"


def test_who_stops_waiting_is_not_put_out_and_has_to_wait_anew() -> None:
    dispatched = Dispatched()
    dispatched.when(*map(submit, JOBS[:4]))
    dispatched.when(PauseJob(job_id=JOBS[2]))
    assert dispatched.when(CancelJob(job_id=JOBS[0])) == [JOBS[3]]
    assert dispatched.when(ResumeJob(job_id=JOBS[2])) == []
    assert dispatched.when(CancelJob(job_id=JOBS[1])) == [JOBS[2]]


def test_a_single_video_goes_before_a_batch_and_batches_take_turns() -> None:
    dispatched = Dispatched()
    large = [of_batch(job_id) for job_id in JOBS[:6]]
    small = [of_batch(job_id, batch="00000000000000bb") for job_id in JOBS[6:8]]
    assert dispatched.when(*large, *small) == [JOBS[0], JOBS[6]]
    assert dispatched.when(submit(), CancelJob(job_id=JOBS[0])) == [JOB]
    assert dispatched.when(CancelJob(job_id=JOBS[6])) == [JOBS[1]]
    assert dispatched.when(CancelJob(job_id=JOB)) == [JOBS[7]]
    assert dispatched.when(CancelJob(job_id=JOBS[1])) == [JOBS[2]]


@pytest.mark.parametrize(
    ("history", "turns"),
    [
        ((), True),
        ((fetched(),), True),
        ((fetched(), downloaded()), False),
        ((fetched(), failed(Stage.DOWNLOAD)), False),
        ((fetched(), CancelJob(job_id=JOB)), False),
        ((fetched(), downloaded(), stored()), False),
        ((fetched(), CancelJob(job_id=JOB), RetryJob(job_id=JOB)), True),
    ],
)
def test_what_waits_for_a_worker_takes_turns_and_what_is_left_behind_does_not(
    history: tuple[JobCommand | Result, ...], *, turns: bool
) -> None:
    assert takes_turns(Desk(submit(), *history).job()) is turns


def test_tasks_that_could_not_be_put_out_are_put_out_later() -> None:
    dispatched = Dispatched()
    dispatched.when()
    for job_id in JOBS[:3]:
        dispatched.desk.when(submit(job_id))
        dispatched.dispatch.note(dispatched.desk.job(job_id))
    asks = list(dispatched.dispatch.due())
    assert [ask.task.job_id for ask in asks] == JOBS[:2]
    dispatched.dispatch.take_back(asks)
    assert not dispatched.dispatch.is_out(dispatched.desk.job(JOBS[0]))
    dispatched.dispatch.slots[Stage.METADATA] = 8
    assert sorted(ask.task.job_id for ask in dispatched.dispatch.due()) == JOBS[:3]


def test_more_workers_take_more() -> None:
    dispatched = Dispatched()
    assert len(dispatched.when(*(of_batch(job_id, batch=BATCH) for job_id in JOBS))) == 2
    dispatched.dispatch.slots[Stage.METADATA] = 4
    assert len(dispatched.when()) == 3
