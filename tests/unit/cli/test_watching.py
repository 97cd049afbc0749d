import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import msgspec
import pytest

from cli.screens.json_lines import JsonLines
from cli.screens.lines import Lines
from cli.screens.protocol import Silent
from cli.tail import Watched
from cli.watching import Watch
from schemas.batch_events import BatchPaused
from schemas.common import BatchState, Stage, State
from schemas.events import DuplicateFound, JobCancelled, RetryScheduled
from schemas.heartbeats import AbsentView
from schemas.queries import BatchView, PaceView
from schemas.reports import EventLine
from tests.jobs import AT, BATCH, JOB, MEDIA, OTHER, THIRD, URL
from tests.unit.cli.jobs import refusal
from tests.unit.cli.log import Log
from tests.unit.cli.members import batch
from ytarchive.domain.job import Job
from ytarchive.domain.registry import SILENCE
from ytarchive.settings import Settings

SOON, LATE = (datetime.now(UTC) + timedelta(hours=hours) for hours in (12, 48))
DAY = timedelta(days=1).total_seconds()
ELSEWHERE = "00000000000000bb"


class Heard(Silent):
    """A screen that remembers what it was told."""

    def __init__(self) -> None:
        self.states: list[tuple[str, State]] = []

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        assert lines
        self.states.append((job.job_id, job.state))

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Nothing."""


def test_a_jobs_actor_that_is_mute_is_missed_after_a_while(
    patient: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert patient._mute() == ()
    now += SILENCE
    assert patient._mute() == ()
    now += 5
    (absent,) = patient._mute()
    assert (absent.actor, absent.node, absent.seconds) == ("jobs", "here", SILENCE + 5)


def job(state: State, due: datetime | None = None) -> Job:
    return Job(job_id=JOB, version=1, url=URL, state=state, due=due)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def patient(settings: Settings) -> Watch:
    return Watch(settings, JsonLines(Path()), {JOB: URL}, patience=DAY)


@pytest.fixture
def of_batch(settings: Settings) -> Watch:
    return Watch(settings, Heard(), {}, batch_id=BATCH, patience=DAY)


@pytest.mark.parametrize("state", [State.WAITING, State.PAUSED])
def test_what_rests_is_waited_for_no_longer_than_patience_lasts(patient: Watch, state: State) -> None:
    assert not patient._rests(job(state, SOON))
    assert patient._rests(job(state, LATE))


def test_what_a_person_paused_is_waited_for_until_it_is_resumed(patient: Watch) -> None:
    assert not patient._rests(job(State.PAUSED))


def test_what_may_not_be_begun_is_waited_for_like_what_rests(patient: Watch) -> None:
    ours = refusal(egress=patient._settings.egress, until=LATE)
    patient._refused = (msgspec.structs.replace(ours, egress="somebody else"),)
    assert not patient._rests(job(State.RESOLVING))
    patient._refused = (ours,)
    assert patient._rests(job(State.RESOLVING))
    assert not patient._rests(job(State.DOWNLOADING))
    patient._refused = (msgspec.structs.replace(ours, until=SOON),)
    assert not patient._rests(job(State.RESOLVING))


def test_what_waits_for_room_on_the_disk_is_waited_for_no_longer_than_patience_lasts(
    patient: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    full = AbsentView(actor="download", node="here", seconds=0, rests="only 2.5 MB free")
    for told in ([], [msgspec.structs.replace(full, rests="")], [full], [full]):
        patient._rest_for_room(told)
        assert not patient._rests(job(State.DOWNLOADING))
    now += DAY + 1
    assert patient._rests(job(State.DOWNLOADING))
    assert not patient._rests(job(State.STORING))
    patient._rest_for_room([])
    assert not patient._rests(job(State.DOWNLOADING))


def test_without_a_limit_only_an_end_is_the_end(settings: Settings, log: Log) -> None:
    watch = Watch(settings, Heard(), {JOB: URL})
    watch._refused = (refusal(egress=settings.egress, until=LATE),)
    for entry in (log.begun(JOB, batch=""), log.entry(JOB, RetryScheduled(stage=Stage.METADATA, due=LATE))):
        watch.hear(entry)
        assert not watch.ended()
    watch.hear(log.entry(JOB, JobCancelled()))
    assert watch.ended()


def test_who_is_refused_is_printed_once_for_each_refusal(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines(settings.library_dir)
    for until in (SOON, SOON, LATE):
        lines.refused([refusal(until=until)])
    lines.refused([])
    assert capsys.readouterr().out.count("here: paused until") == 2


def test_who_waits_for_the_videos_of_the_next_hour_is_printed_once_until_that_is_over(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines(settings.library_dir)
    paced = [
        PaceView(egress="here", until=AT + timedelta(seconds=second), per_hour=10) for second in range(3)
    ]
    for told in ([paced[0]], [paced[1]], [], [paced[2]]):
        lines.paced(told)
    out = capsys.readouterr().out
    assert out.count("here: 10 videos an hour at most (YTARCHIVE_VIDEOS_PER_HOUR), the next at 20") == 2


def test_jobs_are_given_as_they_were_asked_for_whatever_was_heard_of_them(
    settings: Settings, log: Log
) -> None:
    watch = Watch(settings, Heard(), {JOB: URL, OTHER: "elsewhere"})
    assert [(one.job_id, one.url) for one in watch.jobs()] == [(JOB, URL), (OTHER, "elsewhere")]
    for entry in (log.begun(OTHER), *log.archived(OTHER), log.begun(JOB)):
        watch.hear(entry)
    assert [(one.job_id, one.state) for one in watch.jobs()] == [
        (JOB, State.RESOLVING),
        (OTHER, State.ARCHIVED),
    ]
    assert (watch.unended, watch.ended(), watch.all_well()) == (True, False, False)
    for entry in log.archived(JOB):
        watch.hear(entry)
    assert (watch.unended, watch.ended(), watch.all_well()) == (False, True, True)


def test_every_job_is_watched_for_ever(settings: Settings, log: Log) -> None:
    watch = Watch(settings, Heard(), None, patience=0)
    for entry in (log.begun(JOB), *log.archived(JOB)):
        watch.hear(entry)
        assert not watch.ended()
    assert [one.job_id for one in watch.jobs()] == [JOB]


def test_a_batch_is_watched_with_its_jobs_and_no_others(of_batch: Watch, log: Log) -> None:
    for name, whose in ((JOB, BATCH), (OTHER, ELSEWHERE), (THIRD, "")):
        of_batch.hear(log.begun(name, batch=whose))
        for entry in log.archived(name):
            of_batch.hear(entry)
    assert isinstance(of_batch.screen, Heard)
    assert [state for name, state in of_batch.screen.states if name == JOB][-1] is State.ARCHIVED
    assert {name for name, _ in of_batch.screen.states} == {JOB}


def test_of_a_batch_only_what_did_not_end_well_is_kept(of_batch: Watch, log: Log) -> None:
    heard = [log.begun(JOB), *log.archived(JOB), log.begun(OTHER), log.entry(OTHER, JobCancelled())]
    of_batch.library.mkdir(parents=True)
    heard += [log.begun(THIRD), log.entry(THIRD, DuplicateFound(of=JOB, files=(MEDIA,)))]
    for entry in (*heard, *heard):  # and what is heard once more is known
        of_batch.hear(entry)
    assert [(one.job_id, one.state) for one in of_batch.jobs()] == [
        (OTHER, State.CANCELLED),
        (THIRD, State.DUPLICATE),  # its file is not there
    ]
    assert isinstance(of_batch.screen, Heard)
    assert len(of_batch.screen.states) == len(heard)


@pytest.mark.parametrize(
    ("state", "counts", "over"),
    [
        (BatchState.FINISHED, {State.ARCHIVED: 2, State.FAILED: 1}, True),
        (BatchState.CANCELLED, {State.CANCELLED: 2}, True),
        (
            BatchState.CANCELLED,
            {State.CANCELLED: 1, State.DOWNLOADING: 1},
            False,
        ),  # it has not heard of it yet
        (BatchState.PAUSED, {State.PAUSED: 2}, False),
        (BatchState.RUNNING, {State.ARCHIVED: 2}, False),  # more may come
    ],
)
def test_a_batch_is_over_when_it_says_so_and_none_of_its_jobs_goes_on(
    of_batch: Watch, state: BatchState, counts: dict[State, int], *, over: bool
) -> None:
    assert not of_batch.ended()  # nobody has said yet how it stands
    of_batch.batch = batch(state, counts=counts)
    assert of_batch.ended() is over
    assert of_batch.unended is not over
    assert of_batch.all_well() is (state is BatchState.FINISHED)


def test_a_batch_is_not_over_before_its_last_events_were_heard(of_batch: Watch) -> None:
    of_batch.batch, of_batch._asked_at = batch(BatchState.FINISHED), 7
    of_batch.after = 6
    assert not of_batch.ended()
    of_batch.after = 7
    assert of_batch.ended()


def test_a_batch_all_of_which_rests_too_long_is_waited_for_no_longer(of_batch: Watch, log: Log) -> None:
    of_batch.batch = batch(counts={State.WAITING: 1})
    of_batch.hear(log.begun(JOB))
    of_batch.hear(log.entry(JOB, RetryScheduled(stage=Stage.METADATA, due=LATE)))
    assert not of_batch.ended()  # something may go on behind it
    of_batch._heard = time.monotonic() - 60
    assert of_batch.ended()
    of_batch._next_check = 0
    of_batch.hear(log.begun(OTHER))
    of_batch._heard = time.monotonic() - 60
    assert not of_batch.ended()


def test_what_a_batch_says_of_itself_is_asked_for_at_once(of_batch: Watch, log: Log) -> None:
    of_batch._next_look = 99.0
    of_batch.hear(log.entry(ELSEWHERE, BatchPaused(), aggregate="batch"))
    assert of_batch._next_look == 99.0
    of_batch.hear(log.entry(BATCH, BatchPaused(), aggregate="batch"))
    assert of_batch._next_look == 0


def test_a_job_that_was_begun_before_is_looked_up_once(log: Log) -> None:
    watched = Watched((), BATCH)
    begun, further = log.begun(JOB), next(log.archived(JOB))
    assert not watched.lacks(begun)
    assert watched.lacks(further)
    watched.forget(JOB)  # it was looked up, and is none of ours
    assert not watched.lacks(further)
    assert watched.apply(further) is None
    assert not watched.lacks(log.entry(BATCH, BatchPaused(), aggregate="batch"))


def test_a_job_watched_by_its_id_is_looked_up_unless_it_begins_just_now(log: Log) -> None:
    watched = Watched([JOB])
    begun, further = log.begun(JOB), next(log.archived(JOB))
    assert not watched.lacks(begun)
    assert watched.lacks(further)
    assert watched.apply(begun)
    assert not watched.lacks(further)
    assert not watched.lacks(log.begun(OTHER))


def test_a_message_that_cannot_be_read_changes_nothing(log: Log) -> None:
    watched = Watched(None)
    broken = log.begun(JOB)._replace(payload=b"{")
    assert watched.apply(broken) is None
    assert watched.jobs == []


@pytest.mark.parametrize("batch_id", [BATCH, ""], ids=["of a batch", "by themselves"])
def test_what_an_event_costs_does_not_grow_with_the_jobs(settings: Settings, log: Log, batch_id: str) -> None:
    names = [f"{number:016x}" for number in range(1000)]
    urls = {} if batch_id else dict.fromkeys(names, URL)
    watch = Watch(settings, Heard(), urls, batch_id=batch_id, patience=DAY)
    watch.batch = batch()

    def cost(jobs: Iterable[str]) -> int:
        entries = [entry for name in jobs for entry in (log.begun(name, batch_id), *log.archived(name))]

        def hear() -> None:
            for entry in entries:
                watch.hear(entry)
                watch.ended()

        return calls(hear)

    first = cost(names[:50])
    for name in names[50:900]:  # go on meanwhile
        watch.hear(log.begun(name, batch_id))
    assert cost(names[900:950]) < first * 1.1


def calls(what: Callable[[], None]) -> int:
    """Count the calls of functions while something is done: time would depend on what else runs."""
    number = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        what()
    finally:
        sys.setprofile(None)
    return number
