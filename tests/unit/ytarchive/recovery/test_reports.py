from datetime import timedelta

import msgspec
import pytest

from schemas.commands import CancelJob, WakeJob
from schemas.common import Category, Failure, Severity, Stage, State
from schemas.reports import FailedTry
from tests.jobs import AT, JOB, URL, VIDEO, Desk, failed, fetched, submit
from ytarchive.recovery.reports import report

MINUTE = timedelta(minutes=1)


def test_a_job_that_waits_says_what_happened_what_was_tried_and_when_it_goes_on() -> None:
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD, Category.MEDIA))
    told = report(desk.job(), AT)

    assert told
    assert (told.job_id, told.url, told.title, told.state) == (JOB, URL, VIDEO.title, State.WAITING)
    assert (told.category, told.what, told.suggestion) == (Category.MEDIA, "it was the media", "Wait.")
    assert told.severity is Severity.WARNING
    assert told.tried == (FailedTry(stage=Stage.DOWNLOAD, category=Category.MEDIA, at=AT),)
    assert told.next == AT + MINUTE


def test_the_history_is_told_whole_and_makes_it_worse() -> None:
    desk = Desk(submit(), fetched())
    for attempt in (1, 2, 3):
        desk.when(
            failed(Stage.DOWNLOAD, Category.MEDIA, attempt),
            WakeJob(job_id=JOB, version=desk.job().version + 2),
        )
    desk.wait = None
    desk.when(failed(Stage.DOWNLOAD, Category.MEDIA, 4))
    told = report(desk.job(), AT)

    assert told
    assert (told.state, told.severity, told.next) == (State.FAILED, Severity.ERROR, None)
    assert len(told.tried) == 4


def test_a_video_nobody_has_seen_yet_has_no_title() -> None:
    told = report(Desk(submit(), failed(Stage.METADATA)).job(), AT)
    assert told
    assert told.title is None


@pytest.mark.parametrize(
    ("wait", "suggestion"),
    [(MINUTE, "Nothing has to be done"), (None, f"`ytarchive retry {JOB}` tries it again.")],
    ids=["waiting", "failed"],
)
def test_without_a_hint_it_is_said_what_can_be_done(wait: timedelta | None, suggestion: str) -> None:
    silent = msgspec.structs.replace(
        failed(Stage.METADATA), failure=Failure(category=Category.BUG, message="{braces} and all")
    )
    told = report(Desk(submit(), silent, wait=wait).job(), AT)
    assert told
    assert told.suggestion.startswith(suggestion)


def test_a_hint_names_the_job() -> None:
    hinted = msgspec.structs.replace(
        failed(Stage.METADATA),
        failure=Failure(category=Category.BUG, message="x", hint="See `ytarchive logs --job JOB`."),
    )
    told = report(Desk(submit(), hinted).job(), AT)
    assert told
    assert told.suggestion == f"See `ytarchive logs --job {JOB}`."


def test_a_job_without_a_failure_has_nothing_to_report() -> None:
    assert report(Desk(submit()).job(), AT) is None


def test_while_it_is_tried_again_there_is_nothing_to_report() -> None:
    desk = Desk(submit(), failed(Stage.METADATA))
    desk.when(WakeJob(job_id=JOB, version=desk.job().version))
    assert report(desk.job(), AT) is None


def test_a_job_called_off_while_it_waited_still_tells_why_it_did() -> None:
    told = report(Desk(submit(), failed(Stage.METADATA), CancelJob(job_id=JOB)).job(), AT)
    assert told
    assert (told.state, told.next) == (State.CANCELLED, None)
