import pytest

from schemas import codec, subjects
from schemas.commands import (
    CancelJob,
    DiscardStaging,
    DownloadMedia,
    FetchMetadata,
    ListCollection,
    RetryJob,
    StoreMedia,
    Task,
    WakeJob,
)
from schemas.common import Category, Stage, State
from schemas.envelope import Envelope
from schemas.options import ArchiveOptions
from schemas.results import Result
from tests.jobs import (
    AT,
    CHANNEL,
    JOB,
    OTHER,
    URL,
    VIDEO,
    Desk,
    downloaded,
    failed,
    fetched,
    listed,
    listing,
    page,
    staging,
    stored,
    submit,
)
from ytarchive.domain.archive_saga import Ask, Effect, Wake, Withdraw, overtaken, pending
from ytarchive.domain.job import Job

CANCEL = CancelJob(job_id=JOB)


def effects(desk: Desk) -> tuple[Effect, ...]:
    return pending(desk.job())


def asked(desk: Desk) -> tuple[str, Task]:
    """Give the subject and the task of the one effect there is, after its way over the wire."""
    (effect,) = effects(desk)
    assert isinstance(effect, Ask)
    envelope = Envelope(id=effect.key, at=AT, correlation_id="conversation", body=effect.task)
    return effect.subject, codec.tasks.decode(codec.encode(envelope)).body


def discard(node: str, version: int) -> Ask:
    return Ask(f"{JOB}:{version}:{node}", subjects.discard(node, JOB, version), DiscardStaging(job_id=JOB))


def test_a_job_that_resolves_needs_its_metadata() -> None:
    assert asked(Desk(submit())) == (
        subjects.task(Stage.METADATA, JOB, 2),
        FetchMetadata(job_id=JOB, attempt=1, url=URL),
    )


def test_a_job_that_downloads_needs_its_media() -> None:
    assert asked(Desk(submit(), fetched())) == (
        subjects.task(Stage.DOWNLOAD, JOB, 4),
        DownloadMedia(job_id=JOB, attempt=1, video=VIDEO, options=ArchiveOptions(), extraction="extraction"),
    )


def test_a_job_is_stored_on_the_node_that_downloaded() -> None:
    assert asked(Desk(submit(), fetched(), downloaded(node="attic"))) == (
        subjects.task(Stage.STORAGE, JOB, 6, node="attic"),
        StoreMedia(job_id=JOB, attempt=1, video=VIDEO, options=ArchiveOptions(), staging=staging("attic")),
    )


def test_a_job_that_waits_needs_a_timer() -> None:
    desk = Desk(submit(), failed(Stage.METADATA))
    due = desk.job().due
    assert due
    assert effects(desk) == (Wake(f"{JOB}:4", AT, due, WakeJob(job_id=JOB, version=4)),)


def test_a_cancelled_job_takes_back_what_it_asked_and_leaves_no_staged_files() -> None:
    assert effects(Desk(submit(), CANCEL)) == (Withdraw(JOB, keep=False),)
    assert effects(Desk(submit(), fetched(), downloaded(), CANCEL)) == (
        Withdraw(JOB, keep=False),
        discard("here", 7),
    )


@pytest.mark.parametrize(
    ("last", "state", "asked"),
    [
        (stored(), State.ARCHIVED, ["attic"]),  # whoever stored them has removed them
        (failed(Stage.STORAGE), State.FAILED, ["attic", "here"]),
    ],
)
def test_a_job_that_has_ended_leaves_no_staged_files_on_any_node(
    last: Result, state: State, asked: list[str]
) -> None:
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD, node="attic"), RetryJob(job_id=JOB))
    desk.wait = None
    desk.when(downloaded(2), last)
    job = desk.job()
    assert job.state is state
    assert pending(job) == tuple(discard(node, job.version) for node in asked)


def test_a_duplicate_found_after_a_failed_download_leaves_no_staged_files() -> None:
    """Given expired addresses, when another job was faster, then staging is emptied all the same."""
    desk = Desk(submit(), fetched(), failed(Stage.DOWNLOAD, Category.URL_EXPIRED))
    desk.when(submit(OTHER), *(make(job_id=OTHER) for make in (fetched, downloaded, stored)))
    desk.when(RetryJob(job_id=JOB), fetched(2))
    assert desk.job().state is State.DUPLICATE
    assert effects(desk) == (discard("here", desk.job().version),)


def test_a_duplicate_that_never_downloaded_needs_nothing() -> None:
    desk = Desk(submit(OTHER), *(make(job_id=OTHER) for make in (fetched, downloaded, stored)))
    desk.when(submit(), fetched())
    assert desk.job().state is State.DUPLICATE
    assert effects(desk) == ()


def test_what_is_asked_again_after_a_failure_has_another_key_and_another_subject() -> None:
    desk = Desk(submit())
    (first,) = effects(desk)
    desk.when(failed(Stage.METADATA), RetryJob(job_id=JOB))
    (second,) = effects(desk)
    assert isinstance(first, Ask)
    assert isinstance(second, Ask)
    assert first.key != second.key
    assert first.subject != second.subject


@pytest.mark.parametrize(
    "state", [State.DOWNLOADING, State.STORING, State.WAITING, State.SUBMITTED, State.LISTED]
)
def test_a_state_the_log_cannot_explain_asks_for_nothing(state: State) -> None:
    assert pending(Job(job_id=JOB, state=state)) == ()


def test_a_list_needs_its_pages_and_says_what_is_known_of_it() -> None:
    assert asked(Desk(listing(previous=OTHER))) == (
        subjects.task(Stage.LISTING, JOB, 2),
        ListCollection(job_id=JOB, attempt=1, url=CHANNEL, known=("known",)),
    )


def test_a_list_asks_for_one_thing_however_many_pages_have_come() -> None:
    desk = Desk(listing())
    before = effects(desk)
    desk.when(page(1, "one"), page(2, "two"))
    assert effects(desk) == before


def test_a_list_that_is_gone_on_with_is_another_task() -> None:
    desk = Desk(listing(), page(1, "one"))
    (before,) = effects(desk)
    desk.when(listed(3))
    (after,) = effects(desk)
    assert isinstance(before, Ask)
    assert isinstance(after, Ask)
    assert (before.key, after.key) == (f"{JOB}:2", f"{JOB}:4")
    assert before.subject != after.subject


def test_a_finished_list_and_a_follower_need_nothing() -> None:
    assert effects(Desk(listing(), listed(0))) == ()
    assert effects(Desk(submit(OTHER), fetched(job_id=OTHER), submit(), fetched())) == ()


def test_a_task_is_overtaken_when_its_job_has_gone_on() -> None:
    desk = Desk(submit())
    key = f"{JOB}:{desk.job().version}"
    assert not overtaken(desk.job(), key)
    desk.when(fetched())
    assert overtaken(desk.job(), key)


@pytest.mark.parametrize("key", [JOB, f"{JOB}:", f"{JOB}:two", ""])
def test_a_task_without_a_version_is_not_overtaken(key: str) -> None:
    assert not overtaken(Desk(submit(), fetched()).job(), key)


def test_a_listing_task_is_the_current_one_while_its_pages_come() -> None:
    desk = Desk(listing())
    key = f"{JOB}:{desk.job().version}"
    desk.when(page(1, "one"), page(2, "two"))
    assert not overtaken(desk.job(), key)
    desk.when(listed(3))
    assert overtaken(desk.job(), key)
    assert not overtaken(desk.job(), f"{JOB}:{desk.job().version}")
    desk.when(page(3, "three", attempt=2), listed(3, 2))
    assert overtaken(desk.job(), f"{JOB}:5")
