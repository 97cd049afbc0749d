"""Which messages may be decided on together."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.commands import (
    BatchCommand,
    CancelBatch,
    CancelJob,
    JobCommand,
    PauseBatch,
    PauseJob,
    ResumeJob,
    RetryJob,
    WakeJob,
)
from schemas.common import Category, Stage
from schemas.envelope import Envelope
from schemas.fixity import Depth, Finding, Repair, Trouble
from schemas.fixity_commands import AuditCommand, FinishAudit, RecordAudit, WakeAudit
from schemas.limits import LIMITS, ChangeLimits, Limit
from schemas.results import Result
from tests.jobs import (
    AT,
    BATCH,
    JOB,
    MEDIA,
    OTHER,
    THIRD,
    VIDEO,
    Desk,
    downloaded,
    failed,
    fetched,
    stored,
    submit,
)
from ytarchive.domain.independence import independent

Body = JobCommand | BatchCommand | AuditCommand | ChangeLimits | Result
AUDIT = "a" * 16
ELSEWHERE = msgspec.structs.replace(VIDEO, video_id="elsewhere")
REFUSED = failed(Stage.METADATA, Category.RATE_LIMIT, egress="here")
REFUSED_TOO = failed(Stage.METADATA, Category.RATE_LIMIT, egress="here", job_id=OTHER)
BOTH_KNOW = (submit(), submit(OTHER, force=True), fetched(), fetched(job_id=OTHER))


def chosen(desk: Desk, *bodies: Body) -> list[int]:
    """Give the places of those that are independent of each other."""
    make: Any = Envelope
    messages = [
        make(id=str(place), at=AT, correlation_id="c", body=body) for place, body in enumerate(bodies)
    ]
    return [int(message.id) for message in independent(desk.catalogue, messages)]


def test_messages_about_different_jobs_are_independent() -> None:
    assert chosen(Desk(), submit(), submit(OTHER), submit(THIRD)) == [0, 1, 2]
    assert chosen(Desk()) == []


def test_what_is_about_the_same_job_waits_and_keeps_its_order() -> None:
    pause, resume = PauseJob(job_id=JOB), ResumeJob(job_id=JOB)
    assert chosen(Desk(submit()), pause, CancelJob(job_id=OTHER), resume, pause) == [0, 1]


def test_what_is_about_the_same_batch_waits() -> None:
    assert chosen(Desk(), PauseBatch(batch_id=BATCH), submit(), CancelBatch(batch_id=BATCH)) == [0, 1]


def test_who_waits_for_one_is_waited_for_too() -> None:
    """Given the second about both the first and the third, then the third does not go before it."""
    desk = Desk(submit(), submit(OTHER), fetched())
    assert chosen(desk, CancelJob(job_id=JOB), fetched(job_id=OTHER), CancelJob(job_id=OTHER)) == [0]


def test_two_jobs_that_come_to_the_same_video_are_decided_one_after_the_other() -> None:
    desk = Desk(submit(), submit(OTHER), submit(THIRD))
    third = msgspec.structs.replace(fetched(job_id=THIRD), video=ELSEWHERE)
    assert chosen(desk, fetched(), fetched(job_id=OTHER), third) == [0, 2]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (downloaded(), stored(job_id=OTHER)),
        (stored(), downloaded(job_id=OTHER)),
        (RetryJob(job_id=JOB), RetryJob(job_id=OTHER)),
        (ResumeJob(job_id=JOB), ResumeJob(job_id=OTHER)),
        (WakeJob(job_id=JOB, version=4), WakeJob(job_id=OTHER, version=4)),
        (CancelJob(job_id=JOB), WakeJob(job_id=OTHER, version=4)),
    ],
    ids=lambda message: type(message).__name__,
)
def test_whatever_is_about_two_jobs_of_one_video_is_decided_one_after_the_other(
    first: Body, second: Body
) -> None:
    assert chosen(Desk(*BOTH_KNOW), first, second) == [0]


def test_two_timers_of_one_video_begin_one_download() -> None:
    """Given two downloads that wait, when both are due, then what is decided together begins one."""
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD))
    desk.when(submit(OTHER), fetched(job_id=OTHER), failed(Stage.DOWNLOAD, job_id=OTHER))
    desk.now += timedelta(minutes=1)
    timers = [WakeJob(job_id=job_id, version=desk.job(job_id).version) for job_id in (JOB, OTHER)]
    assert chosen(desk, *timers) == [0]
    desk.when(*timers)
    assert [desk.job(job_id).active for job_id in (JOB, OTHER)] == [True, False]


def test_refusals_of_one_identity_are_decided_one_after_the_other() -> None:
    desk = Desk(submit(), submit(OTHER))
    assert chosen(desk, REFUSED, REFUSED_TOO) == [0]
    assert chosen(desk, REFUSED, msgspec.structs.replace(REFUSED_TOO, egress="there")) == [0, 1]
    passing = failed(Stage.METADATA, egress="here", job_id=OTHER)
    assert chosen(desk, REFUSED, passing) == [0, 1]


def test_who_lets_a_refused_job_go_is_heard_before_or_after_the_next_refusal() -> None:
    desk = Desk(submit(), submit(OTHER), REFUSED)
    assert chosen(desk, RetryJob(job_id=JOB), REFUSED_TOO) == [0]
    assert chosen(desk, RetryJob(job_id=OTHER), REFUSED) == [0, 1]


def test_what_an_audit_tells_of_a_job_waits_for_what_is_about_that() -> None:
    missing = Finding(kind=Trouble.MISSING, path=MEDIA.path, job_id=OTHER, detail="")
    stray = Finding(kind=Trouble.UNEXPECTED, path="stray", detail="")
    told = RecordAudit(
        audit_id=AUDIT, part=1, jobs=(JOB,), files=1, bytes=1, depth=Depth.CONTENT, findings=(missing, stray)
    )
    for job_id in (JOB, OTHER):
        assert chosen(Desk(), told, CancelJob(job_id=job_id)) == [0]
    assert chosen(Desk(), told, CancelJob(job_id=THIRD)) == [0, 1]
    assert chosen(Desk(), told, FinishAudit(audit_id=AUDIT, parts=1), WakeAudit(audit_id=BATCH)) == [0, 2]


def test_what_a_repair_brings_back_waits_for_what_is_about_the_repaired() -> None:
    repair = Repair(job_id=JOB, files=(MEDIA,))
    desk = Desk(msgspec.structs.replace(submit(OTHER), repairs=repair))
    assert chosen(desk, stored(job_id=OTHER), CancelJob(job_id=JOB)) == [0]


def test_limits_are_changed_one_after_the_other() -> None:
    change = ChangeLimits(limits_id=LIMITS, changes=(Limit(name="retry_pace", value="2"),))
    assert chosen(Desk(), change, submit(), change) == [0, 1]
