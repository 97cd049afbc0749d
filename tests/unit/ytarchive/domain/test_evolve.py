import msgspec

from schemas.common import Stage
from schemas.events import (
    AttemptFailed,
    JobCancelled,
    JobFailed,
    JobSubmitted,
    LeaderFollowed,
    ListingFinished,
    PageRecorded,
    RetryScheduled,
    StageStarted,
    VideoArchived,
    VideoSkipped,
)
from schemas.options import ArchiveOptions
from tests.jobs import (
    AT,
    BATCH,
    CHANNEL,
    MEDIA,
    OTHER,
    URL,
    VERIFIED,
    VIDEO,
    Desk,
    downloaded,
    entries,
    failure,
    fetched,
    listed,
    listing,
    page,
    stored,
    submit,
)
from ytarchive.domain.job import Job


def test_an_attempt_that_failed_nowhere_in_particular_leaves_no_node() -> None:
    desk = Desk(submit(), fetched())
    job = desk.record(AttemptFailed(stage=Stage.DOWNLOAD, attempt=1, failure=failure(), node=None))
    assert job.nodes == frozenset()


def test_the_fold_accepts_whatever_order_the_log_has() -> None:
    """Given events no decision would give, when folded, then each counts and nothing is raised."""
    desk = Desk()
    events = (
        JobCancelled(),
        VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED),
        RetryScheduled(stage=Stage.STORAGE, due=AT),
        StageStarted(stage=Stage.DOWNLOAD, attempt=9),
        JobFailed(failure=failure()),
        LeaderFollowed(of=OTHER),
        ListingFinished(met="nowhere"),
        PageRecorded(page=7, entries=entries("one")),
        VideoSkipped(video=VIDEO, reason=""),
        JobSubmitted(url=URL, options=ArchiveOptions(), batch=BATCH),
        JobSubmitted(url=URL, options=ArchiveOptions(), lists=True),
    )
    states = [desk.record(event).state for event in events]
    told = "cancelled archived waiting downloading failed waiting listed listed skipped submitted submitted"
    assert " ".join(states) == told
    assert (desk.job().version, desk.job().started) == (11, {Stage.DOWNLOAD: 9})


def test_the_fold_accepts_a_page_in_the_message_that_begins_a_list_of_a_batch() -> None:
    desk = Desk()
    submitted = JobSubmitted(url=CHANNEL, options=ArchiveOptions(), batch=BATCH, lists=True)
    job = desk.record(submitted, PageRecorded(page=1, entries=entries("one", "two")))
    assert (job.pages, job.entries, desk.catalogue.tally(BATCH).listed) == (1, 2, 2)


def test_a_list_knows_how_far_it_came_and_what_it_is_called() -> None:
    desk = Desk(listing(), page(1, "one", "two"), page(2, "three"))
    job = desk.job()
    assert (job.pages, job.entries, job.resume, job.title) == (2, 3, "behind 2", "jawed")
    assert not job.follows
    desk.when(page(3, tab="videos", met="known"), page(4, tab="streams", met="another"), listed(4))
    assert (desk.job().title, desk.job().met, desk.job().active) == ("jawed", "known", False)


def test_a_list_of_which_the_end_told_where_it_was_known_is_read() -> None:
    assert Desk(listing(), page(1, "one"), listed(1, met="known")).job().met == "known"


def test_what_a_page_or_an_end_does_not_say_stays_as_it_was_known() -> None:
    desk = Desk(listing(), page(1, "one"))
    desk.record(PageRecorded(page=2, entries=(), resume="there"))
    desk.record(ListingFinished(note="it has no end"))
    assert (desk.job().title, desk.job().resume, desk.job().reason) == ("jawed", "there", "it has no end")


def test_jobs_do_not_share_what_they_count() -> None:
    Desk(submit(), fetched(), downloaded(), stored())
    assert msgspec.structs.asdict(Job(job_id=OTHER))["started"] == {}
