from datetime import timedelta

from schemas.common import ArchivedFile, Role, State
from tests.jobs import AT, JOB, OTHER, THIRD
from ytarchive.domain.job import Job
from ytarchive.domain.scrub import behind, next_due, portion

DAY = timedelta(days=1)


def jobs(*ids: str, files: int = 1, size: int = 1) -> dict[str, Job]:
    return {
        job_id: Job(
            job_id=job_id,
            state=State.ARCHIVED,
            files=tuple(
                ArchivedFile(path=f"{job_id}/{number}", role=Role.MEDIA, bytes=size, sha256="a" * 64)
                for number in range(files)
            ),
        )
        for job_id in ids
    }


def test_what_was_read_longest_ago_is_read_as_soon_as_it_is_due() -> None:
    known = jobs(JOB, OTHER)
    checked = {OTHER: AT, JOB: AT + DAY}

    def due(days: float) -> list[str]:
        return [one.job_id for one in portion(checked, 30 * DAY, AT + days * DAY, known.__getitem__)]

    assert (due(29.9), due(30), due(31)) == ([], [OTHER, JOB], [OTHER, JOB])  # a day is soon
    checked[JOB] += DAY / 24
    assert (due(30), due(31)) == ([OTHER], [OTHER, JOB])
    assert next_due(checked, 30 * DAY) == AT + 30 * DAY
    assert next_due({}, DAY) is None
    assert [behind(checked, 30 * DAY, AT + days * DAY) for days in (29.9, 30, 32)] == [0, 1, 2]


def test_a_clock_that_was_set_back_does_not_hold_the_reading_up() -> None:
    known, hour = jobs(JOB), DAY / 24
    assert portion({JOB: AT}, hour, AT - DAY, known.__getitem__)
    assert behind({JOB: AT}, hour, AT - DAY) == 1
    assert not portion({JOB: AT}, 30 * DAY, AT - DAY, known.__getitem__)


def test_a_portion_holds_so_many_files_or_bytes_but_all_of_one_job() -> None:
    def taken(known: dict[str, Job]) -> int:
        return len(portion(dict.fromkeys(known, AT), DAY, AT + DAY, known.__getitem__))

    many = [f"{number:016x}" for number in range(150)]
    assert taken(jobs(*many)) == 100
    assert taken(jobs(*many, files=40)) == 2
    assert taken(jobs(*many, files=101)) == 1
    assert taken(jobs(*many, size=1 << 29)) == 2
    assert taken(jobs(*many, size=1 << 31)) == 1


def test_what_is_archived_no_longer_lets_others_have_their_turn() -> None:
    known = jobs(OTHER) | {THIRD: Job(job_id=THIRD, state=State.CANCELLED)}
    (gone, there) = portion({THIRD: AT, OTHER: AT}, DAY, AT + DAY, known.__getitem__)
    assert (gone.job_id, gone.files) == (THIRD, ())
    assert (there.job_id, len(there.files)) == (OTHER, 1)
