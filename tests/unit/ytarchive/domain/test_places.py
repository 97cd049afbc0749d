import msgspec

from schemas.common import State
from tests.jobs import JOB, MEDIA, OTHER
from ytarchive.domain.job import Job
from ytarchive.domain.places import Places

TWIN = msgspec.structs.replace(MEDIA, path="Channel/twin.mp4")
ALIKE = msgspec.structs.replace(MEDIA, path="Channel/alike.mp4", sha256="b" * 64)


def test_content_belongs_wherever_it_was_archived() -> None:
    """Given two jobs that share a file, then that is one place."""
    jobs = [
        Job(job_id=JOB, state=State.ARCHIVED, files=(MEDIA, TWIN)),
        Job(job_id=OTHER, state=State.ARCHIVED, files=(MEDIA, ALIKE)),
        Job(job_id="5" * 16, state=State.STORING, files=(msgspec.structs.replace(MEDIA, path="not yet"),)),
    ]
    places = Places(jobs)
    assert places.of(MEDIA.bytes, MEDIA.sha256) == [MEDIA.path, TWIN.path]
    assert list(places.others(MEDIA)) == [ALIKE.path]
    assert list(places.others(ALIKE)) == [MEDIA.path, TWIN.path]
    assert (TWIN.path in places, "not yet" in places) == (True, False)
    assert (places.sized(MEDIA.bytes), places.sized(1), places.sized(None)) == (True, False, False)
    assert places.of(1, MEDIA.sha256) == list(places.others(msgspec.structs.replace(MEDIA, bytes=1))) == []
