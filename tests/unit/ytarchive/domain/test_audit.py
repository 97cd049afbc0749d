from datetime import timedelta

import msgspec

from schemas.commands import CancelJob, RetryJob
from schemas.common import ArchivedFile, Category, Role, Stage, State
from schemas.fixity import JobFiles, Scope
from tests.jobs import (
    AT,
    JOB,
    MEDIA,
    OTHER,
    VERIFIED,
    VIDEO,
    Desk,
    downloaded,
    failed,
    fetched,
    stored,
    submit,
)
from ytarchive.domain.audit import Survey, being_stored, files_of, kept_elsewhere, within
from ytarchive.domain.findings import absent
from ytarchive.domain.health import Health
from ytarchive.domain.job import Job

INFO = ArchivedFile(path="jawed/2005/zoo [jNQXAC9IVRw].info.json", role=Role.INFO, bytes=3, sha256="b" * 64)


def archived(job_id: str = JOB, *files: ArchivedFile, channel: str | None = None, days: int = 0) -> Job:
    video = msgspec.structs.replace(VIDEO, channel=channel, channel_id=channel and f"UC{channel}")
    return Job(
        job_id=job_id,
        version=9,
        state=State.ARCHIVED,
        files=files or (MEDIA,),
        video=video,
        verified=VERIFIED,
        updated_at=AT + timedelta(days=days),
    )


def test_what_jobs_archived_is_looked_at_and_nothing_else() -> None:
    """Given an archived job and a duplicate of it, then the files belong to the one that made them."""
    desk = Desk(submit(), fetched(), downloaded(), stored(), submit(OTHER), fetched(job_id=OTHER))
    assert within(desk.catalogue, Scope(), "a") == [JOB]
    assert within(Desk(submit(), fetched(), downloaded()).catalogue, Scope(), "a") == []
    assert files_of(desk.catalogue.job(JOB)) == JobFiles(job_id=JOB, files=(MEDIA,), verified=VERIFIED)


def test_a_scope_leaves_out_what_is_not_asked_for() -> None:
    jobs = [archived(JOB, channel="Jawed"), archived(OTHER, channel="Other", days=2)]
    jobs.append(msgspec.structs.replace(jobs[0], job_id="5" * 16, video=None, updated_at=None))

    def ids(scope: Scope) -> list[str]:
        return within(jobs, scope, "a")

    assert ids(Scope(jobs=(OTHER,))) == [OTHER]
    assert ids(Scope(channel="OTHER")) == ids(Scope(channel="ucother")) == [OTHER]
    assert ids(Scope(channel="jawed")) == [JOB, OTHER, "5" * 16]  # the name of the folder
    assert ids(Scope(since=AT + timedelta(days=1))) == [OTHER]
    assert ids(Scope(since=AT + timedelta(days=1), channel="nobody")) == []


def test_a_sample_is_the_share_asked_for_and_the_same_in_the_same_audit() -> None:
    jobs = [archived(f"{number:016x}") for number in range(1000)]
    first, again = (within(jobs, Scope(sample=10), "audit") for _ in range(2))
    assert first == again
    assert first == sorted(first)
    assert 60 < len(first) < 140
    assert within(jobs, Scope(sample=10), "another") != first
    assert len(within(jobs, Scope(sample=0), "audit")) == 1
    assert len(within(jobs, Scope(sample=100), "audit")) == 1000
    assert within([], Scope(sample=5), "audit") == []


def test_an_audit_of_everything_leaves_nothing_out() -> None:
    assert Scope().everything
    narrow = (Scope(since=AT), Scope(channel="c"), Scope(jobs=(JOB,)), Scope(sample=0))
    assert not any(scope.everything for scope in narrow)


def test_names_that_no_job_archived_are_strays() -> None:
    survey = Survey([archived(JOB, MEDIA, INFO), Job(job_id=OTHER, files=(MEDIA,))])
    survey.see(MEDIA.path, 7)
    survey.see("stray.mp4", 1)
    survey.see("link", None)
    survey.see("settling.mp4", 1)
    survey.settle(lambda path: path.startswith("settling"))
    assert survey.due == 2
    assert survey.unseen(INFO.path)
    assert not survey.unseen(MEDIA.path)
    assert survey.strays == {"stray.mp4": 1, "link": None}


def test_what_has_the_size_of_another_lies_in_a_place_of_which_the_survey_knows() -> None:
    survey = Survey([archived(JOB, MEDIA, INFO)])
    survey.see(MEDIA.path, INFO.bytes)
    survey.see(INFO.path, INFO.bytes)
    assert survey.misfits(INFO.bytes) == [MEDIA.path]
    assert survey.misfits(MEDIA.bytes) == []


def test_a_name_in_other_letters_is_another() -> None:
    survey = Survey([archived()])
    survey.see(MEDIA.path.upper(), 7)
    assert survey.unseen(MEDIA.path)
    assert list(survey.strays) == [MEDIA.path.upper()]


def test_a_missing_file_may_be_a_stray_of_its_size_first_of_its_name_then_of_its_folder() -> None:
    survey = Survey([archived()])
    name = MEDIA.path.rpartition("/")[2]
    for path in ("b.mp4", "jawed/2005/c.mp4", f"elsewhere/{name}"):
        survey.see(path, MEDIA.bytes)
    survey.see("jawed/2005/d.mp4", MEDIA.bytes + 1)
    survey.settle(lambda _path: False)
    assert survey.like(MEDIA) == [f"elsewhere/{name}", "jawed/2005/c.mp4", "b.mp4"]
    del survey.strays["b.mp4"]
    assert survey.like(MEDIA) == [f"elsewhere/{name}", "jawed/2005/c.mp4"]
    assert survey.like(INFO) == []


def test_files_that_are_not_here_may_be_another_nodes_which_has_a_library_of_its_own() -> None:
    """Given a job of another node, none of whose files are here, then they are there."""
    job = files_of(archived(JOB, MEDIA, INFO))
    health = Health()
    health.hear_archived(JOB, "there", AT)
    gone = [absent(JOB, file) for file in job.files]
    assert not kept_elsewhere(health, "here", job, gone)  # "here" is no node: "there" may have been renamed
    health.hear_archived(OTHER, "here", AT)
    assert kept_elsewhere(health, "here", job, gone)
    assert not kept_elsewhere(health, "there", job, gone)
    assert not kept_elsewhere(health, "here", job, gone[:1])


def test_a_video_is_being_stored_while_a_worker_is_asked_to() -> None:
    def settling(desk: Desk) -> list[object]:
        return list(being_stored(desk.catalogue))

    desk = Desk(submit(), fetched())
    assert settling(desk) == []
    desk.when(downloaded())
    assert settling(desk) == [VIDEO]
    desk.when(failed(Stage.STORAGE, Category.DISK))  # all files or none: nothing is left by it
    assert settling(desk) == []
    desk.when(RetryJob(job_id=JOB))
    assert settling(desk) == [VIDEO]
    desk.when(stored(2))
    assert settling(desk) == []
    assert settling(Desk(submit(), fetched(), downloaded(), CancelJob(job_id=JOB))) == []
