"""One request for all that some addresses lead to."""

from datetime import timedelta

import pytest

from schemas import codec
from schemas.batch_events import (
    BatchCancelled,
    BatchEvent,
    BatchExtended,
    BatchFinished,
    BatchPaused,
    BatchResumed,
    BatchRetried,
    BatchSubmitted,
)
from schemas.commands import (
    BatchCommand,
    CancelBatch,
    CancelJob,
    ExtendBatch,
    JobCommand,
    PauseBatch,
    PauseJob,
    ResumeBatch,
    ResumeJob,
    RetryBatch,
    RetryJob,
    SubmitBatch,
)
from schemas.common import BatchState, Category, Entry, Priority, Stage, State
from schemas.envelope import Commit
from schemas.events import JobSubmitted
from schemas.options import ArchiveOptions, Quality
from schemas.results import Result
from tests.jobs import (
    AT,
    BATCH,
    CHANNEL,
    JOB,
    OTHER,
    URL,
    Desk,
    downloaded,
    failed,
    fetched,
    listing,
    of_batch,
    page,
    stored,
    submit,
)
from ytarchive.domain.batch import (
    Batch,
    Passed,
    decide_batch,
    fold_batch,
    listing_job,
    obeys,
    steers,
    video_job,
)

OPTIONS = ArchiveOptions(quality=Quality.P720)
SUBMIT = SubmitBatch(
    batch_id=BATCH, title="two", sources=(CHANNEL, URL), options=OPTIONS, priority=Priority.LOW, whole=True
)
MORE = SubmitBatch(batch_id=BATCH, title="many", sources=(URL,), more=True)
CANCEL = CancelBatch(batch_id=BATCH, reason="enough", keep=True)
PAUSE, RESUME = PauseBatch(batch_id=BATCH, reason="night"), ResumeBatch(batch_id=BATCH)
RETRY = RetryBatch(batch_id=BATCH)
LATER = AT + timedelta(hours=1)


def extend(part: int, *, more: bool = False) -> ExtendBatch:
    return ExtendBatch(batch_id=BATCH, part=part, sources=(CHANNEL, URL), more=more)


class Told:
    """A batch that hears commands, each in a message of its own; what is folded has been bytes."""

    def __init__(self, *commands: BatchCommand) -> None:
        self.batch = Batch(batch_id=BATCH)
        self.now = AT
        self.number = 0
        self.passed = Passed()
        self.when(*commands)

    def when(self, *commands: BatchCommand) -> tuple[BatchEvent, ...]:
        """Give the events that followed from the last command."""
        events: tuple[BatchEvent, ...] = ()
        for command in commands:
            self.number += 1
            events = self.again(command)
        return events

    def again(self, command: BatchCommand) -> tuple[BatchEvent, ...]:
        """Hear a command in the message that came last."""
        events = decide_batch(self.batch, command, f"message {self.number}", self.passed)
        if events:
            self.record(*events)
        return events

    def record(self, *events: BatchEvent) -> Batch:
        payload = codec.encode(
            Commit(
                aggregate="batch",
                aggregate_id=BATCH,
                version=self.batch.version + 1,
                previous="",
                at=self.now,
                correlation_id="conversation",
                causation_id=f"message {self.number}",
                events=events,
            )
        )
        commit: Commit[BatchEvent] = codec.Codec[Commit[BatchEvent]](Commit[BatchEvent]).decode(payload)
        self.batch = fold_batch(self.batch, commit)
        return self.batch


# what a batch is told


def test_a_submission_begins_a_batch_that_runs() -> None:
    told = Told()
    assert told.when(SUBMIT) == (
        BatchSubmitted(
            title="two",
            sources=(CHANNEL, URL),
            options=OPTIONS,
            priority=Priority.LOW,
            whole=True,
            more=False,
        ),
    )
    assert told.batch == Batch(
        batch_id=BATCH,
        version=1,
        title="two",
        options=OPTIONS,
        priority=Priority.LOW,
        correlation_id="conversation",
        sources=2,
        videos=1,
        whole=True,
        submitted_at=AT,
        updated_at=AT,
    )


def test_further_sources_are_taken_in_their_order_and_once() -> None:
    told = Told(MORE)
    assert told.when(extend(2)) == ()
    assert told.when(extend(1, more=True)) == (BatchExtended(part=1, sources=(CHANNEL, URL), more=True),)
    assert told.when(extend(1)) == ()
    told.when(extend(2))
    assert (told.batch.parts, told.batch.sources, told.batch.videos, told.batch.more) == (2, 5, 3, False)
    assert told.when(extend(3)) == ()


def test_a_batch_rests_and_goes_on() -> None:
    told = Told(SUBMIT)
    assert told.when(PAUSE) == (BatchPaused(reason="night"),)
    assert (told.batch.state, told.batch.reason) == (BatchState.PAUSED, "night")
    told.now = LATER
    assert told.when(RESUME) == (BatchResumed(),)
    assert (told.batch.state, told.batch.reason, told.batch.resumed_at) == (BatchState.RUNNING, "", LATER)
    assert (told.batch.submitted_at, told.batch.updated_at) == (AT, LATER)


@pytest.mark.parametrize("command", [PAUSE, CANCEL])
def test_what_was_passed_over_is_known_of_a_batch_that_rests_or_was_called_off(command: BatchCommand) -> None:
    told = Told(SUBMIT)
    told.passed = Passed(known=7, skipped=2)
    told.when(command)
    assert (told.batch.known, told.batch.skipped) == (7, 2)


@pytest.mark.parametrize("history", [(MORE,), (MORE, PAUSE)], ids=["running", "paused"])
def test_a_batch_is_called_off_and_takes_no_more_sources(history: tuple[BatchCommand, ...]) -> None:
    told = Told(*history)
    assert told.when(CANCEL) == (BatchCancelled(reason="enough", keep=True),)
    assert (told.batch.state, told.batch.reason, told.batch.keep) == (BatchState.CANCELLED, "enough", True)
    assert told.when(extend(1)) == ()


@pytest.mark.parametrize("history", [(), (PAUSE,), (CANCEL,)], ids=["running", "paused", "cancelled"])
def test_a_batch_is_tried_again_whatever_became_of_it(history: tuple[BatchCommand, ...]) -> None:
    told = Told(SUBMIT, *history)
    told.now = LATER
    assert told.when(RETRY) == (BatchRetried(),)
    assert (told.batch.state, told.batch.reason, told.batch.retried_at) == (BatchState.RUNNING, "", LATER)


def test_a_batch_that_has_finished_says_what_it_passed_over_and_can_be_tried_again() -> None:
    told = Told(SUBMIT)
    batch = told.record(BatchFinished(counts={State.ARCHIVED: 2}, known=3, skipped=4))
    assert (batch.state, batch.known, batch.skipped) == (BatchState.FINISHED, 3, 4)
    for ignored in (PAUSE, RESUME, CANCEL):
        assert told.when(ignored) == ()
    told.when(RETRY)
    assert told.batch.state is BatchState.RUNNING


HISTORIES: dict[str, tuple[BatchCommand, ...]] = {
    "submit": (SUBMIT,),
    "extend": (MORE, extend(1, more=True)),
    "pause": (SUBMIT, PAUSE),
    "resume": (SUBMIT, PAUSE, RESUME),
    "cancel": (SUBMIT, CANCEL),
    "retry": (SUBMIT, CANCEL, RETRY),
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_the_same_message_a_second_time_leads_to_nothing(history: tuple[BatchCommand, ...]) -> None:
    assert Told(*history).again(history[-1]) == ()


def test_whoever_asks_once_more_to_try_again_is_heard() -> None:
    told = Told(SUBMIT, RETRY)
    told.now = LATER
    assert told.when(RETRY) == (BatchRetried(),)
    assert told.batch.retried_at == LATER


@pytest.mark.parametrize("command", [extend(1), CANCEL, PAUSE, RESUME, RETRY])
def test_a_batch_nobody_submitted_hears_nothing(command: BatchCommand) -> None:
    told = Told()
    assert told.when(command) == ()
    assert told.batch.version == 0


def test_the_fold_accepts_whatever_order_the_log_has() -> None:
    told = Told()
    events: tuple[BatchEvent, ...] = (
        BatchFinished(counts={}),
        BatchResumed(),
        BatchExtended(part=9, sources=(URL,)),
        BatchCancelled(),
        BatchRetried(),
        BatchPaused(),
    )
    states = [told.record(event).state for event in events]
    assert " ".join(states) == "finished running running cancelled running paused"
    assert (told.batch.version, told.batch.parts) == (6, 9)


# what its jobs are told then


def member(*history: JobCommand | Result) -> Desk:
    return Desk(of_batch(), *history)


HISTORY: dict[str, tuple[JobCommand | Result, ...]] = {
    "resolving": (),
    "downloading": (fetched(),),
    "storing": (fetched(), downloaded()),
    "waiting": (failed(Stage.METADATA),),
    "refused": (failed(Stage.METADATA, Category.RATE_LIMIT),),
    "paused": (PauseJob(job_id=JOB),),
    "archived": (fetched(), downloaded(), stored()),
    "cancelled": (CancelJob(job_id=JOB),),
}


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY)
def test_every_job_of_a_batch_that_is_called_off_is_told_until_it_has_ended(
    history: tuple[JobCommand | Result, ...],
) -> None:
    desk, batch = member(*history), Told(SUBMIT, CANCEL).batch
    ended = desk.job().state.final
    command = obeys(batch, desk.job())
    assert command == (None if ended else CancelJob(job_id=JOB, reason="enough", keep=True))
    if command:
        desk.when(command)
        assert desk.job().state is State.CANCELLED
        assert obeys(batch, desk.job()) is None


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY)
def test_every_job_of_a_batch_that_rests_is_told_to_and_goes_on_with_it(
    history: tuple[JobCommand | Result, ...],
) -> None:
    desk, told = member(*history), Told(SUBMIT, PAUSE)
    ended, rests = desk.job().state.final, desk.job().paused_by_hand
    command = obeys(told.batch, desk.job())
    assert command == (None if ended or rests else PauseJob(job_id=JOB, reason="night"))
    if command:
        desk.when(command)
    assert obeys(told.batch, desk.job()) is None
    desk.now = told.now = LATER
    told.when(RESUME)
    command = obeys(told.batch, desk.job())
    assert command == (None if ended else ResumeJob(job_id=JOB))
    if command:
        desk.when(command)
        assert desk.job().active
    assert obeys(told.batch, desk.job()) is None


@pytest.mark.parametrize("wait", [timedelta(minutes=1), None], ids=["waiting", "failed"])
@pytest.mark.parametrize(
    "last",
    [failed(Stage.METADATA), failed(Stage.METADATA, Category.RATE_LIMIT), CancelJob(job_id=JOB)],
    ids=["failed", "refused", "cancelled"],
)
def test_a_retry_reaches_every_job_that_does_not_go_on(
    last: JobCommand | Result, wait: timedelta | None
) -> None:
    desk, told = Desk(of_batch(), wait=wait), Told(SUBMIT)
    desk.when(last)
    told.now = LATER
    told.when(RETRY)
    assert obeys(told.batch, desk.job()) == RetryJob(job_id=JOB)
    desk.now = LATER
    desk.when(RetryJob(job_id=JOB))
    assert obeys(told.batch, desk.job()) is None


def test_what_fails_after_a_retry_is_not_tried_again_for_it() -> None:
    desk, told = member(), Told(SUBMIT, RETRY)
    desk.now = LATER
    desk.when(failed(Stage.METADATA))
    assert obeys(told.batch, desk.job()) is None


@pytest.mark.parametrize("name", ["resolving", "downloading", "storing", "archived"])
def test_a_retry_leaves_alone_what_goes_on_and_what_is_done(name: str) -> None:
    told = Told(SUBMIT)
    told.now = LATER
    told.when(RETRY)
    assert obeys(told.batch, member(*HISTORY[name]).job()) is None


def test_a_retry_downloads_no_video_beside_the_job_that_is_at_work_on_it() -> None:
    desk = Desk(submit(OTHER), fetched(job_id=OTHER), of_batch(), fetched())
    assert desk.job().follows
    told = Told(SUBMIT)
    told.now = LATER
    told.when(RETRY)
    assert obeys(told.batch, desk.job()) is None


def test_what_was_paused_after_the_batch_was_resumed_stays_so() -> None:
    desk, told = member(), Told(SUBMIT, PAUSE, RESUME)
    desk.now = LATER
    desk.when(PauseJob(job_id=JOB))
    assert obeys(told.batch, desk.job()) is None


def test_the_jobs_that_list_are_told_too() -> None:
    desk = Desk(listing(), page(1, "one"))
    assert obeys(Told(SUBMIT, PAUSE).batch, desk.job()) == PauseJob(job_id=JOB, reason="night")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ((), False),
        ((PAUSE,), True),
        ((PAUSE, RESUME), True),
        ((CANCEL,), True),
        ((RETRY,), True),
    ],
)
def test_jobs_need_to_be_told_once_something_was_asked_of_the_batch(
    history: tuple[BatchCommand, ...], *, expected: bool
) -> None:
    assert steers(Told(SUBMIT, *history).batch) is expected


# its jobs


def test_a_job_for_a_video_asks_what_the_batch_asks() -> None:
    job_id, submitted = video_job(Told(SUBMIT).batch, Entry(video_id="jNQXAC9IVRw", title="zoo"))
    assert submitted == JobSubmitted(
        url=URL, options=OPTIONS, batch=BATCH, priority=Priority.LOW, title="zoo"
    )
    assert len(job_id) == 16


def test_a_job_for_a_list_says_what_is_known_of_it() -> None:
    _, submitted = listing_job(Told(SUBMIT).batch, CHANNEL, ("one", "two"), OTHER)
    assert submitted == JobSubmitted(
        url=CHANNEL,
        options=OPTIONS,
        batch=BATCH,
        priority=Priority.LOW,
        lists=True,
        known=("one", "two"),
        previous=OTHER,
    )


def test_the_same_video_of_the_same_batch_is_the_same_job_wherever_it_was_found() -> None:
    batch, other = Told(SUBMIT).batch, Batch(batch_id="00000000000000bb", version=1)
    one = Entry(video_id="one", title="here")
    again = Entry(video_id="one", title="there", url="https://youtu.be/one", duration=1.0)
    assert video_job(batch, one)[0] == video_job(batch, again)[0]
    ids = {
        video_job(batch, one)[0],
        video_job(other, one)[0],
        video_job(batch, Entry(video_id="two"))[0],
        video_job(batch, Entry(video_id="one", site="vimeo"))[0],
        listing_job(batch, CHANNEL, (), None)[0],
        listing_job(other, CHANNEL, (), None)[0],
        listing_job(batch, URL, (), None)[0],
    }
    assert len(ids) == 7
    assert listing_job(batch, CHANNEL, (), None)[0] == listing_job(batch, CHANNEL, ("one",), JOB)[0]
