import re

import msgspec
import pytest

from schemas.common import State, Video
from tests.jobs import JOB, MEDIA, OTHER, THIRD, URL, VIDEO
from ytarchive.domain.job import Job
from ytarchive.domain.naming import Ambiguous, subject

ELSEWHERE = Video(site="vimeo", video_id="76979871", title="The mountain", url="https://vimeo.com/76979871")
ARCHIVED = Job(job_id=JOB, version=9, url=URL, state=State.ARCHIVED, video=VIDEO, files=(MEDIA,))
FAILED = Job(job_id=OTHER, version=3, url="https://youtu.be/jNQXAC9IVRw", state=State.FAILED)
OF_ELSEWHERE = Job(job_id=THIRD, version=5, url=ELSEWHERE.url, state=State.RESOLVING, video=ELSEWHERE)
LIST = msgspec.structs.replace(FAILED, job_id="f" * 16, url="https://www.youtube.com/@jawed", lists=True)
JOBS = (ARCHIVED, FAILED, OF_ELSEWHERE, LIST)


@pytest.mark.parametrize(
    "name",
    [
        VIDEO.video_id,
        URL,
        "https://youtu.be/jNQXAC9IVRw?t=3",
        "https://www.youtube.com/shorts/jNQXAC9IVRw",
        JOB,
        JOB[:4],
        OTHER,
        MEDIA.sha256,
        MEDIA.sha256[:12],
        MEDIA.path,
    ],
)
def test_a_video_is_found_by_whatever_names_it_with_every_job_about_it(name: str) -> None:
    found = subject(JOBS, name, [name])
    assert found
    assert (found.video, found.jobs, found.archived) == (VIDEO, (ARCHIVED, FAILED), ARCHIVED)
    assert found.file == (MEDIA if name in (MEDIA.path, MEDIA.sha256, MEDIA.sha256[:12]) else None)


def test_videos_of_other_sites_are_found_by_their_ids_and_addresses() -> None:
    for name in (ELSEWHERE.video_id, ELSEWHERE.url, THIRD):
        found = subject(JOBS, name)
        assert found
        assert (found.jobs, found.archived, found.file) == ((OF_ELSEWHERE,), None, None)


def test_what_was_never_found_out_about_is_found_by_its_address() -> None:
    found = subject([FAILED], VIDEO.video_id)
    assert found
    assert (found.video, found.url, found.jobs) == (None, FAILED.url, (FAILED,))


def test_an_id_that_begins_several_jobs_is_not_guessed_unless_they_are_about_one_video() -> None:
    like = msgspec.structs.replace(OF_ELSEWHERE, job_id=f"{JOB[:8]}ffffffff")
    with pytest.raises(Ambiguous, match=f"{JOB}, {like.job_id}"):
        subject([ARCHIVED, like], JOB[:4])
    twice = msgspec.structs.replace(FAILED, job_id=f"{JOB[:8]}ffffffff")
    assert subject([ARCHIVED, twice], JOB[:4])


def test_how_several_digests_begin_is_not_guessed_and_seven_digits_are_too_few() -> None:
    like = msgspec.structs.replace(MEDIA, path="b.mp4", sha256=f"{MEDIA.sha256[:12]}{'b' * 52}")
    two = msgspec.structs.replace(ARCHIVED, files=(MEDIA, like))
    with pytest.raises(Ambiguous, match=f"{MEDIA.sha256}, {like.sha256}"):
        subject([two], MEDIA.sha256[:12])
    found = subject([two], like.sha256[:13])
    assert found
    assert found.file == like
    assert subject([two], MEDIA.sha256[:7]) is None


def test_what_several_videos_have_is_not_taken_for_that_of_one() -> None:
    """Given a picture that two videos share, and one that very many do."""
    like = msgspec.structs.replace(OF_ELSEWHERE, files=(msgspec.structs.replace(MEDIA, path="b.mp4"),))
    for name in (MEDIA.sha256, MEDIA.sha256[:12]):
        with pytest.raises(Ambiguous, match=re.escape(f"{MEDIA.path}, b.mp4")):
            subject([ARCHIVED, like], name)
    found = subject([ARCHIVED, like], "b.mp4", ["b.mp4"])
    assert found
    assert found.jobs == (like,)
    many = [
        msgspec.structs.replace(
            like,
            job_id=f"{number:016x}",
            video=msgspec.structs.replace(ELSEWHERE, video_id=f"{number}"),
            files=(msgspec.structs.replace(MEDIA, path=f"{number}.mp4"),),
        )
        for number in range(12)
    ]
    with pytest.raises(Ambiguous, match=r"8\.mp4, 9\.mp4 and 2 more"):
        subject(many, MEDIA.sha256)


def test_nothing_is_found_by_what_nothing_is_called() -> None:
    for name in ("", "abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk", "dead", "0" * 64):
        assert subject(JOBS, name, [name]) is None
