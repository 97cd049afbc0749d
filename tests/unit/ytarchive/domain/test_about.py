"""A line says which job, video, batch, attempt and conversation it has to do with."""

from typing import Any

import msgspec

from schemas.commands import CancelBatch, DiscardStaging, FetchMetadata
from schemas.envelope import Envelope
from schemas.fixity_commands import WakeAudit
from schemas.results import VideoUnwanted
from tests.jobs import AT, JOB, URL, VIDEO
from ytarchive.domain.about import about, about_job
from ytarchive.domain.job import Job

BATCH = "b" * 16


def envelope(body: Any, **known: str) -> Envelope[Any]:
    return Envelope(id="1", at=AT, correlation_id="c1", body=body, **known)


def test_a_task_tells_its_job_its_attempt_and_what_its_envelope_knows() -> None:
    task = envelope(FetchMetadata(job_id=JOB, attempt=2, url=URL), batch=BATCH, video="abc")
    expected = {"job_id": JOB, "attempt": 2, "batch": BATCH, "video": "abc", "correlation": "c1"}
    assert about(task) == expected


def test_a_body_knows_the_video_better_than_its_envelope() -> None:
    body = VideoUnwanted(job_id=JOB, attempt=1, video=VIDEO, reason="short")
    assert about(envelope(body, video="other"))["video"] == VIDEO.video_id


def test_what_is_not_known_is_not_said() -> None:
    assert about(envelope(DiscardStaging(job_id=JOB))) == {"job_id": JOB, "correlation": "c1"}
    assert about(envelope(CancelBatch(batch_id=BATCH))) == {"batch": BATCH, "correlation": "c1"}
    assert about(envelope(WakeAudit(audit_id=JOB))) == {"audit": JOB, "correlation": "c1"}


def test_a_message_without_an_envelope_is_about_nothing() -> None:
    assert about(DiscardStaging(job_id=JOB)) == {}


def test_a_job_tells_what_it_knows_of_itself() -> None:
    assert about_job(Job(job_id=JOB, url=URL))["video"] == VIDEO.video_id
    job = Job(job_id=JOB, batch=BATCH, correlation_id="c1")
    assert about_job(job) == {"job_id": JOB, "batch": BATCH, "correlation": "c1"}
    job = msgspec.structs.replace(job, video=VIDEO, started={job.stage: 3})
    assert about_job(job)["video"] == VIDEO.video_id
    assert about_job(job)["attempt"] == 3
