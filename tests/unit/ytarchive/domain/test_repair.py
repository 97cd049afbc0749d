"""What is to be done for what was found, and what it means for the jobs."""

import msgspec
import pytest

from schemas.commands import StoreMedia, SubmitVideo
from schemas.common import ArchivedFile, Role, State
from schemas.events import DuplicateFound, StageStarted
from schemas.fixity import Finding, Mended, Repair, Trouble
from schemas.fixity_events import FixityFailed, FixityRepaired
from schemas.results import MediaStored
from tests.jobs import JOB, MEDIA, OTHER, THIRD, URL, VERIFIED, Desk, downloaded, fetched, stored, submit
from ytarchive.domain.archive_saga import Ask, pending
from ytarchive.domain.audit import files_of
from ytarchive.domain.fixity import Recorded
from ytarchive.domain.holdings import holding
from ytarchive.domain.job import Job
from ytarchive.domain.repair import downloads, mended, needed, plan, repairing_job

INFO = ArchivedFile(path="jawed/2005/zoo [jNQXAC9IVRw].info.json", role=Role.INFO, bytes=2, sha256="b" * 64)
BETTER = ArchivedFile(path="jawed/2005/zoo [jNQXAC9IVRw].webm", role=Role.MEDIA, bytes=9, sha256="c" * 64)
REPAIR = Repair(job_id=JOB, files=(MEDIA,))


def found(file: ArchivedFile, kind: Trouble = Trouble.MISSING, *, job_id: str = JOB, at: str = "") -> Finding:
    return Finding(kind=kind, path=file.path, job_id=job_id, detail="", at=at)


def archived(job_id: str = JOB, *files: ArchivedFile) -> Job:
    return Job(job_id=job_id, version=7, state=State.ARCHIVED, files=files or (MEDIA, INFO))


def test_what_lies_elsewhere_is_fetched_and_the_rest_of_a_job_downloaded_together() -> None:
    steps = plan([archived()], [found(MEDIA), found(INFO)], {INFO.path: "elsewhere.json"})
    assert [(step.file, step.at) for step in steps] == [(MEDIA, ""), (INFO, "elsewhere.json")]
    assert downloads(steps, keep=True) == [Repair(job_id=JOB, files=(MEDIA,), keep=True)]


def test_files_that_changed_places_are_moved_and_what_is_archived_twice_is_copied() -> None:
    """Given a copy that was archived where it lies, then it stays, unless another is missed in its place."""
    job, both = archived(), [found(MEDIA, Trouble.RENAMED), found(INFO, Trouble.RENAMED)]
    swapped = {MEDIA.path: INFO.path, INFO.path: MEDIA.path}
    steps = plan([job], both, swapped, {MEDIA.path, INFO.path})
    assert [(step.how, step.displaced) for step in steps] == [("returned", True)] * 2

    twin = msgspec.structs.replace(INFO, path="jawed/2006/twin.info.json")
    (step,) = plan([job], [found(INFO)], {INFO.path: twin.path}, {twin.path})
    assert (step.how, step.displaced) == ("copied", False)
    lost = [found(INFO), found(twin, job_id=OTHER)]
    copies = {INFO.path: "stray", twin.path: INFO.path}
    steps = plan([job, archived(OTHER, twin)], lost, copies, {INFO.path, twin.path})
    assert [(step.how, step.displaced) for step in steps] == [("returned", False), ("copied", False)]
    assert [step.how for step in plan([job], [found(MEDIA)], {})] == ["downloaded"]


def test_what_is_no_longer_a_file_of_the_job_is_passed_over() -> None:
    strays = [
        Finding(kind=Trouble.UNEXPECTED, path="x", detail=""),
        found(BETTER),
        found(MEDIA, job_id=THIRD),
    ]
    gone = msgspec.structs.replace(archived(THIRD), state=State.CANCELLED)
    assert plan([archived(), gone], strays, {}) == []


def test_a_file_of_two_jobs_is_brought_back_once_for_both() -> None:
    jobs = [archived(), archived(OTHER, MEDIA)]
    (step,) = plan(jobs, [found(MEDIA), found(MEDIA, job_id=OTHER)], {})
    assert step.jobs == (JOB, OTHER)
    (repair,) = downloads([step], keep=False)
    assert (repair.job_id, repair.others, repair.jobs) == (JOB, (OTHER,), (JOB, OTHER))


def test_who_asks_for_a_repair_twice_asks_once() -> None:
    assert repairing_job(JOB, 0) == repairing_job(JOB, 0)
    assert len({repairing_job(JOB, 0), repairing_job(JOB, 1), repairing_job(OTHER, 0)}) == 3


@pytest.fixture
def desk() -> Desk:
    """A job that is archived, with its media missing, and one that is to repair it."""
    desk = Desk(submit(), fetched(), downloaded(), stored())
    desk.record(FixityFailed(finding=found(MEDIA)))
    desk.when(SubmitVideo(job_id=OTHER, url=URL, repairs=REPAIR))
    return desk


def test_the_video_is_looked_up_downloaded_and_stored_once_more_though_it_is_archived(
    desk: Desk,
) -> None:
    assert isinstance(desk.when(fetched(job_id=OTHER))[-1], StageStarted)
    assert isinstance(desk.when(downloaded(job_id=OTHER))[-1], StageStarted)
    (effect,) = pending(desk.job(OTHER))
    assert isinstance(effect, Ask)
    assert isinstance(effect.task, StoreMedia)
    assert effect.task.repairs == REPAIR


def test_a_repair_that_is_no_longer_needed_repeats_nothing(desk: Desk) -> None:
    assert needed(REPAIR, desk.job())
    desk.record(FixityRepaired(path=MEDIA.path, file=MEDIA, how="replaced"))
    assert not needed(REPAIR, desk.job())
    assert desk.when(fetched(job_id=OTHER))[-1] == DuplicateFound(of=JOB, files=(MEDIA,))


def test_what_another_repair_has_put_there_is_not_repaired_by_an_older_one(desk: Desk) -> None:
    desk.record(FixityRepaired(path=MEDIA.path, file=BETTER, how="downloaded", of=THIRD))
    desk.record(FixityFailed(finding=found(BETTER)))
    assert not needed(REPAIR, desk.job())


def result(file: ArchivedFile) -> MediaStored:
    return MediaStored(
        job_id=OTHER,
        attempt=1,
        node="here",
        files=(),
        verified=VERIFIED,
        mended=(Mended(path=MEDIA.path, file=file),),
    )


def test_what_is_there_instead_is_a_file_of_the_archived_job_and_of_no_other(desk: Desk) -> None:
    desk.when(fetched(job_id=OTHER), downloaded(job_id=OTHER))
    message = result(BETTER)
    event = FixityRepaired(path=MEDIA.path, file=BETTER, how="downloaded", of=OTHER)
    assert mended(desk.job(OTHER), message, desk.job) == (Recorded("job", JOB, (event,)),)
    (step,) = plan([desk.job()], [found(MEDIA)], {})
    assert step.damaged(desk.job)
    desk.record(event)
    assert not step.damaged(desk.job)
    desk.when(message)

    job, other = desk.job(), desk.job(OTHER)
    assert (job.state, job.files, job.damaged) == (State.ARCHIVED, (BETTER,), {})
    assert (other.state, other.files, other.of) == (State.ARCHIVED, (), JOB)
    assert holding(other) is None
    assert files_of(other).files == ()
    kept = desk.catalogue.archived(("youtube", "jNQXAC9IVRw"))
    assert kept
    assert (kept.job_id, kept.files) == (JOB, (BETTER,))
    # heard once more, as after a crash between the two
    (again,) = mended(other, message, desk.job)
    assert again.events == ()


def test_other_messages_and_other_jobs_mean_nothing_to_anybody_else(desk: Desk) -> None:
    assert mended(desk.job(OTHER), fetched(job_id=OTHER), desk.job) == ()
    assert mended(desk.job(), stored(), desk.job) == ()
