from schemas.commands import CancelJob, RetryJob
from schemas.common import ArchivedFile, Category, Role, Stage
from tests.jobs import JOB, MEDIA, OTHER, VIDEO, Desk, downloaded, failed, fetched, stored, submit
from ytarchive.domain.audit import (
    Expected,
    Kind,
    Problem,
    being_stored,
    compare,
    compare_digest,
    expected_files,
    log_problem,
)
from ytarchive.domain.replay import Break

INFO = ArchivedFile(path="jawed/2005/zoo [jNQXAC9IVRw].info.json", role=Role.INFO, bytes=3, sha256="b" * 64)
EXPECTED = {MEDIA.path: Expected(JOB, MEDIA), INFO.path: Expected(JOB, INFO)}
FOUND = {MEDIA.path: MEDIA.bytes, INFO.path: INFO.bytes}


def nothing(_path: str) -> bool:
    """Nothing is settling."""
    return False


def test_what_jobs_archived_must_be_there_and_nothing_else() -> None:
    """Given an archived job and a duplicate of it, then the files belong to the one that made them."""
    desk = Desk(submit(), fetched(), downloaded(), stored(), submit(OTHER), fetched(job_id=OTHER))
    assert expected_files(desk.catalogue) == {MEDIA.path: Expected(JOB, MEDIA)}
    assert expected_files(Desk(submit(), fetched(), downloaded()).catalogue) == {}


def test_a_library_as_the_log_has_it_has_no_problems() -> None:
    assert list(compare(EXPECTED, FOUND, nothing)) == []


def test_a_missing_file_is_a_problem_of_its_job() -> None:
    assert list(compare(EXPECTED, {MEDIA.path: MEDIA.bytes}, nothing)) == [
        Problem(kind=Kind.MISSING, path=INFO.path, job_id=JOB, detail="not on disk")
    ]


def test_a_file_of_another_size_is_altered() -> None:
    assert list(compare(EXPECTED, FOUND | {INFO.path: 4}, nothing)) == [
        Problem(kind=Kind.ALTERED, path=INFO.path, job_id=JOB, detail="4 bytes on disk, 3 in the log")
    ]


def test_stray_files_are_unexpected_in_the_order_of_their_paths() -> None:
    found = compare(EXPECTED, {"z.mp4": 1} | FOUND | {"a.mp4": 1}, nothing)
    assert [(problem.kind, problem.path, problem.job_id) for problem in found] == [
        (Kind.UNEXPECTED, "a.mp4", None),
        (Kind.UNEXPECTED, "z.mp4", None),
    ]


def test_a_file_that_is_settling_is_not_unexpected_but_may_still_be_altered_or_missing() -> None:
    """Given a video being stored again, then its new files pass; its old ones are as before."""
    stem = MEDIA.path.removesuffix(".mp4")
    found = {f"{stem} (2).mp4": 9, INFO.path: 4, "stray.mp4": 1}
    problems = list(compare(EXPECTED, found, lambda path: path.startswith(f"{stem} (")))
    assert [(problem.kind, problem.path) for problem in problems] == [
        (Kind.MISSING, MEDIA.path),
        (Kind.ALTERED, INFO.path),
        (Kind.UNEXPECTED, "stray.mp4"),
    ]


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


def test_content_that_reads_back_the_same_is_no_problem() -> None:
    assert compare_digest(Expected(JOB, MEDIA), MEDIA.sha256) is None


def test_content_that_reads_back_differently_is_altered() -> None:
    assert compare_digest(Expected(JOB, MEDIA), "c" * 64) == Problem(
        kind=Kind.ALTERED,
        path=MEDIA.path,
        job_id=JOB,
        detail="SHA-256 is cccccccccccc…, aaaaaaaaaaaa… in the log",
    )


def test_a_break_of_the_log_is_a_problem() -> None:
    assert log_problem(Break(job_id=JOB, sequence=7, detail="unreadable: no JSON")) == Problem(
        kind=Kind.LOG, job_id=JOB, detail="message 7: unreadable: no JSON"
    )
    assert log_problem(Break(sequence=7, detail="messages 5 to 6 are missing")).job_id is None
