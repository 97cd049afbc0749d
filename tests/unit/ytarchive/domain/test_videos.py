"""Who is at work on which video, and who waits for whom."""

import msgspec

from schemas.commands import CancelJob, RetryJob
from schemas.common import Category, Stage, State
from schemas.events import LeaderFollowed, MetadataRecorded, StageStarted
from tests.jobs import JOB, METADATA, OTHER, THIRD, VIDEO, Desk, downloaded, failed, fetched, stored, submit
from ytarchive.domain.videos import Videos

KEY = VIDEO.key
ELSEWHERE = msgspec.structs.replace(VIDEO, video_id="elsewhere")


def videos(desk: Desk) -> Videos:
    return desk.catalogue.videos


def test_a_job_is_at_work_on_a_video_as_soon_as_it_knows_it_and_until_it_no_longer_is() -> None:
    desk = Desk(submit())
    assert videos(desk).working(KEY) is None
    desk.when(fetched())
    assert videos(desk).working(KEY) == JOB
    desk.when(downloaded())
    assert videos(desk).working(KEY) == JOB
    desk.when(stored())
    assert (videos(desk).working(KEY), videos(desk).archived(KEY)) == (None, JOB)


def test_who_looks_up_new_addresses_is_at_work_on_the_video_it_knows() -> None:
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD, Category.URL_EXPIRED))
    assert videos(desk).working(KEY) is None
    desk.when(RetryJob(job_id=JOB))
    assert (desk.job().state, videos(desk).working(KEY)) == (State.RESOLVING, JOB)


def test_of_several_at_work_the_first_counts_until_it_stops() -> None:
    desk = Desk(submit(), fetched(), submit(OTHER), fetched(job_id=OTHER), RetryJob(job_id=OTHER))
    assert videos(desk).working(KEY) == JOB
    desk.when(CancelJob(job_id=JOB))
    assert videos(desk).working(KEY) == OTHER
    desk.when(CancelJob(job_id=OTHER))
    assert videos(desk).working(KEY) is None


def test_who_works_by_force_is_not_told_of() -> None:
    assert videos(Desk(submit(force=True), fetched())).working(KEY) is None


def test_a_job_that_comes_to_another_video_is_at_work_on_that_alone() -> None:
    desk = Desk(submit(), fetched())
    desk.record(
        MetadataRecorded(video=ELSEWHERE, metadata=METADATA), StageStarted(stage=Stage.DOWNLOAD, attempt=2)
    )
    assert (videos(desk).working(KEY), videos(desk).working(ELSEWHERE.key)) == (None, JOB)


def test_followers_are_those_that_wait_for_a_job_in_the_order_they_came() -> None:
    desk = Desk(submit(), fetched())
    for job_id in (THIRD, OTHER):
        desk.when(submit(job_id), fetched(job_id=job_id))
    assert videos(desk).followers(JOB) == (THIRD, OTHER)
    desk.when(CancelJob(job_id=THIRD))
    assert videos(desk).followers(JOB) == (OTHER,)
    desk.record(LeaderFollowed(of=THIRD), job_id=OTHER)
    assert (videos(desk).followers(JOB), videos(desk).followers(THIRD)) == ((), (OTHER,))


def test_who_follows_the_same_job_once_more_follows_it_once() -> None:
    desk = Desk(submit(), fetched(), submit(OTHER), fetched(job_id=OTHER))
    assert videos(desk).followers(JOB) == (OTHER,)
    desk.record(LeaderFollowed(of=JOB), job_id=OTHER)
    assert videos(desk).followers(JOB) == (OTHER,)
