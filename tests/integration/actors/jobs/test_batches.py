"""Batches on a real server: all of each, in turn, once, whoever dies meanwhile."""

import asyncio
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from schemas import codec, subjects
from schemas.commands import (
    CancelBatch,
    CancelJob,
    DiscardStaging,
    DownloadMedia,
    ExtendBatch,
    FetchMetadata,
    ListCollection,
    PauseBatch,
    ResumeBatch,
    RetryBatch,
    RetryJob,
    StoreMedia,
    SubmitVideo,
)
from schemas.common import BatchState, Category, Stage, State
from schemas.envelope import Commit
from schemas.events import JobCancelled, JobSubmitted, PageRecorded, StageStarted
from schemas.options import ArchiveOptions
from schemas.queries import BatchView
from tests.integration.actors.jobs.system import Site, System, channel, empty, ids, names, system, url
from tests.jobs import BATCH, JOB, entries
from tests.nats import NatsServer
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime
from ytarchive.settings import LISTS

SECOND = "00000000000000bb"
Start = Callable[[Site], Awaitable[System]]


@pytest.fixture
async def start(
    nats_url: str, bus: Bus, runtime_on: Callable[[Bus], Runtime], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Start]:
    """Start a system where there is such a site."""
    monkeypatch.setattr("actors.jobs.actor._ACK_WAIT", 1.0)
    async with AsyncExitStack() as stack:

        async def start(site: Site) -> System:
            return await stack.enter_async_context(system(nats_url, bus, runtime_on, site))

        yield start


async def test_a_batch_of_lists_and_videos_ends_with_what_became_of_each(start: Start) -> None:
    one, two = ids("one", 9), ids("two", 3)
    site = Site(one=one, two=[*two, one[0]], none=[])
    site.skipped, site.unwanted = {one[1]}, {one[2]}
    single, wrong, gone = ids("single", 1)[0], ids("wrong", 1)[0], ids("gone", 1)[0]
    site.wrong, site.broken = {wrong: Category.DRM}, {gone: Category.GONE}
    running = await start(site)
    await running.person.submit(
        channel("one"), url(single), channel("two"), channel("none"), url(wrong), url(gone)
    )

    batch = await running.person.until_finished()

    assert batch.counts == {State.ARCHIVED: 7 + 3 + 1, State.SKIPPED: 1, State.FAILED: 2}
    assert batch.listings == {State.LISTED: 3}
    assert (batch.known, batch.skipped, batch.queued, batch.sources) == (0, 1, 0, 6)
    looked_up = Counter(names(running.workers.urls()))
    assert set(looked_up.values()) == {1}
    assert looked_up.keys() == {*one, *two, single, wrong, gone} - {one[1]}
    assert running.workers.count(StoreMedia) == 11


async def test_the_first_video_is_begun_while_the_list_goes_on(start: Start) -> None:
    running = await start(Site(one=ids("one", 40)))
    await running.person.submit(channel("one"))
    await running.person.until_finished()
    kinds = [type(event) for _, event in await running.person.log()]
    submitted = [position for position, kind in enumerate(kinds) if kind is JobSubmitted]
    pages = [position for position, kind in enumerate(kinds) if kind is PageRecorded]
    assert submitted[1] < pages[-1]


async def test_whoever_is_killed_in_the_middle_begins_nothing_twice(start: Start) -> None:
    videos = ids("one", 40)
    running = await start(Site(one=videos, two=videos[20:]))
    await running.person.submit(channel("one"), channel("two"))
    for number in (2, 9, 20, 33):
        await running.workers.took(number)
        await running.kill()
        await running.start()

    batch = await running.person.until_finished()

    assert batch.counts == {State.ARCHIVED: 40}
    begun = Counter(job for job, event in await running.person.log() if isinstance(event, JobSubmitted))
    assert (len(begun), set(begun.values())) == (42, {1})
    stages = Counter(
        (job, event.stage) for job, event in await running.person.log() if isinstance(event, StageStarted)
    )
    assert set(stages.values()) == {1}
    # nor is it on a queue twice: it may come there again once it was answered, before that is heard
    tasks = Counter(task.id for task in running.workers.asked)
    assert tasks.total() - len(tasks) == running.workers.again


async def test_a_small_batch_and_a_single_video_have_their_turn_behind_a_large_batch(start: Start) -> None:
    large, small, (single,) = ids("large", 120), ids("small", 3), ids("single", 1)
    running = await start(Site(large=large))
    running.workers.open.clear()
    await running.person.submit(channel("large"))
    await running.workers.took(1)
    await running.person.until(lambda batch: batch.counts.get(State.RESOLVING, 0) > 4)
    # Given tasks of the large batch as many as are put out, when somebody else comes
    await running.person.submit(*map(url, small), batch_id=SECOND)
    await running.person.until(lambda batch: batch.counts.get(State.RESOLVING) == 3, SECOND)
    await running.person.tell(SubmitVideo(job_id=JOB, url=url(single)))
    await running.person.until_known(JOB)
    running.workers.open.set()
    await running.person.until_finished(SECOND)

    looked_up = names(running.workers.urls())
    out = looked_up.index(single)
    assert out <= 2, "one in hand, one ahead, and then the single video"
    assert [looked_up.index(video) for video in small] == [out + 2, out + 4, out + 6]
    assert set(looked_up[out + 1 : out + 6 : 2]) <= set(large)


async def test_a_list_that_takes_long_leaves_others_to_whoever_is_free(start: Start, bus: Bus) -> None:
    """Given a reader that is busy with a list, the next three, and one ahead, wait for nobody's leave."""
    batches = {f"{number:016x}": f"list{number}" for number in range(1, 9)}
    running = await start(Site(**{name: ids(name, 1) for name in batches.values()}))
    running.workers.reads.clear()
    for batch_id, name in batches.items():
        await running.person.submit(channel(name), batch_id=batch_id)
    async with asyncio.timeout(60):
        while len(await tasks_of(bus, Stage.LISTING)) < LISTS + 1:
            await asyncio.sleep(0.02)
    running.workers.reads.set()
    for batch_id in batches:
        assert (await running.person.until_finished(batch_id)).counts == {State.ARCHIVED: 1}


async def tasks_of(bus: Bus, stage: Stage) -> dict[str, int]:
    """Give the tasks that are on the queue of a stage, with those in hand."""
    return (await bus.js.stream_info(topology.COMMANDS, subjects.tasks(stage))).state.subjects or {}


async def test_no_more_tasks_are_on_a_queue_than_there_are_workers_and_some_ahead(start: Start) -> None:
    running = await start(Site(one=ids("one", 60)))
    await running.person.submit(channel("one"), channel("none"))
    await running.person.until_finished()
    slots = {"metadata": 1, "listing": 1, "download": 2}
    for stage, number in slots.items():
        assert 1 <= running.workers.waiting[stage] <= number + 1


async def test_who_asks_again_for_the_same_list_is_told_what_is_there_and_downloads_nothing(
    start: Start,
) -> None:
    videos = ids("one", 12)
    site = Site(one=videos)
    site.skipped = {videos[7]}
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until_finished()
    asked = len(running.workers.asked)

    await running.person.submit(channel("one"), batch_id=SECOND)
    second = await running.person.until_finished(SECOND)

    assert (second.counts, second.known, second.skipped) == ({}, 11, 1)
    (task,) = running.workers.asked[asked:]
    assert isinstance(task.body, ListCollection)
    assert list(task.body.known) == videos
    (listing,) = await running.person.jobs(SECOND)
    assert (listing.entries, listing.state, listing.met) == (0, State.LISTED, videos[0])


async def test_what_of_each_tab_is_new_is_archived_and_what_other_tabs_have_is_counted_once(
    start: Start,
) -> None:
    """Given videos some of which could not be had, then those are tried again with what is new."""
    tabs = {name: ids(name, number) for name, number in (("videos", 12), ("streams", 3), ("shorts", 6))}
    site = Site(one=tabs)
    site.wrong = {videos[-1]: Category.DRM for videos in tabs.values()}
    running = await start(site)
    await running.person.submit(channel("one"))
    first = await running.person.until_finished()
    assert first.counts == {State.ARCHIVED: 18, State.FAILED: 3}
    for look, number in enumerate((1, 0, 2), 2):
        for name, videos in tabs.items():
            videos[:0] = ids(f"{name}{look}", number)
        batch_id = f"{look:016x}"

        await running.person.submit(channel("one"), batch_id=batch_id)
        batch = await running.person.until_finished(batch_id)

        known = sum(map(len, tabs.values())) - 3 - 3 * number
        assert (batch.known, batch.queued) == (known, 0)
        assert Counter(batch.counts) == Counter({State.ARCHIVED: 3 * number, State.FAILED: 3})
        looked_up = names(running.workers.urls())[-3 * (number + 1) :]
        assert Counter(looked_up) == Counter(
            [*site.wrong, *(video for videos in tabs.values() for video in videos[:number])]
        )
        listed = next(job for job in await running.person.jobs(batch_id) if job.lists)
        assert listed.entries == 3 * number


async def test_what_was_listed_before_a_list_failed_is_archived(start: Start) -> None:
    site = Site(one=ids("one", 9))
    site.broken_off = {channel("one"): Category.GONE}
    running = await start(site)
    await running.person.submit(channel("one"))
    batch = await running.person.until_finished()
    assert (batch.counts, batch.listings) == ({State.ARCHIVED: 4}, {State.FAILED: 1})


async def test_what_is_new_is_archived_before_what_an_earlier_list_had_and_was_not(start: Start) -> None:
    """Given a batch called off half way, when it is asked for anew, then exactly the rest is archived."""
    videos, new = ids("one", 12), ids("new", 2)
    site = Site(one=videos)
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: batch.counts.get(State.ARCHIVED, 0) >= 3)
    await running.person.until(lambda batch: batch.listings == {State.LISTED: 1})
    await running.person.tell(CancelBatch(batch_id=BATCH))
    await running.person.until(lambda batch: not set(batch.counts) - {State.ARCHIVED, State.CANCELLED})
    first = await running.person.batch()
    site.lists[channel("one")] = [*new, *videos]
    asked = len(running.workers.asked)

    await running.person.submit(channel("one"), batch_id=SECOND)
    second = await running.person.until_finished(SECOND)

    archived = first.counts[State.ARCHIVED]
    assert second.known == archived
    assert second.counts == {State.ARCHIVED: 14 - archived}
    looked_up = names(
        task.body.url for task in running.workers.asked[asked:] if isinstance(task.body, FetchMetadata)
    )
    assert looked_up[:2] == new
    assert len(looked_up) == 14 - archived


async def test_by_force_all_of_a_list_that_is_known_is_archived_again(start: Start) -> None:
    running = await start(Site(one=ids("one", 6)))
    await running.person.submit(channel("one"))
    await running.person.until_finished()
    await running.person.submit(channel("one"), batch_id=SECOND, options=ArchiveOptions(force=True))
    second = await running.person.until_finished(SECOND)
    assert (second.counts, second.known) == ({State.ARCHIVED: 6}, 0)


async def test_a_list_is_read_whole_where_that_is_wanted(start: Start) -> None:
    running = await start(Site(one=ids("one", 6)))
    await running.person.submit(channel("one"))
    await running.person.until_finished()
    await running.person.submit(channel("one"), batch_id=SECOND, whole=True)
    second = await running.person.until_finished(SECOND)
    assert (second.counts, second.known) == ({}, 6)
    (listing,) = await running.person.jobs(SECOND)
    assert listing.entries == 6


async def test_two_batches_at_once_archive_each_video_once_and_tell_both(start: Start) -> None:
    videos = ids("one", 12)
    running = await start(Site(one=videos, two=videos[::-1]))
    await running.person.submit(channel("one"))
    await running.person.submit(channel("two"), batch_id=SECOND)
    first = await running.person.until_finished()
    second = await running.person.until_finished(SECOND)
    done = Counter(first.counts) + Counter(second.counts)
    assert done[State.ARCHIVED] == 12
    assert done[State.ARCHIVED] + done[State.DUPLICATE] + first.known + second.known == 24
    assert running.workers.count(DownloadMedia) == 12


async def test_a_list_that_cannot_be_read_hinders_nothing_else(start: Start) -> None:
    running = await start(Site(one=ids("one", 3)))
    await running.person.submit(channel("private"), channel("one"))
    batch = await running.person.until_finished()
    assert (batch.counts, batch.listings) == ({State.ARCHIVED: 3}, {State.FAILED: 1, State.LISTED: 1})


async def test_a_list_that_can_be_read_at_last_is_archived_when_the_batch_is_tried_again(
    start: Start,
) -> None:
    site = Site(one=ids("one", 3))
    running = await start(site)
    await running.person.submit(channel("two"), channel("one"))
    await running.person.until_finished()
    site.lists[channel("two")] = ids("two", 5)
    await running.person.tell(RetryBatch(batch_id=BATCH))
    batch = await running.person.until(lambda batch: batch.counts.get(State.ARCHIVED) == 8)
    batch = await running.person.until_finished()
    assert batch.listings == {State.LISTED: 2}


async def test_a_list_of_a_finished_batch_that_is_tried_again_by_itself_is_archived(start: Start) -> None:
    site = Site(one=ids("one", 3))
    running = await start(site)
    await running.person.submit(channel("two"), channel("one"))
    await running.person.until_finished()
    (failed,) = [job for job in await running.person.jobs() if job.state is State.FAILED]
    site.lists[channel("two")] = ids("two", 5)
    await running.person.tell(RetryJob(job_id=failed.job_id))
    await running.person.until(lambda batch: batch.counts.get(State.ARCHIVED) == 8)
    batch = await running.person.until_finished()
    assert (batch.listings, batch.known) == ({State.LISTED: 2}, 0)


async def test_a_batch_that_rests_or_was_called_off_says_what_it_passed_over_after_a_restart_too(
    start: Start,
) -> None:
    videos = ids("one", 12)
    site = Site(one=videos, known=videos[:4])
    site.skipped = {videos[5]}
    running = await start(site)
    await running.person.submit(channel("known"), batch_id=SECOND)
    await running.person.until_finished(SECOND)
    running.workers.open.clear()
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: (batch.known, batch.skipped) == (4, 1))
    await running.person.tell(PauseBatch(batch_id=BATCH))
    await running.person.until(lambda batch: batch.state is BatchState.PAUSED)
    await running.kill()
    await running.start()
    paused = await running.person.batch()
    assert (paused.state, paused.known, paused.skipped) == (BatchState.PAUSED, 4, 1)
    await running.person.tell(CancelBatch(batch_id=BATCH))
    cancelled = await running.person.until(lambda batch: batch.state is BatchState.CANCELLED)
    assert (cancelled.known, cancelled.skipped) == (4, 1)
    running.workers.open.set()


# sources in several messages


def extend(part: int, *sources: str, more: bool = False) -> ExtendBatch:
    return ExtendBatch(batch_id=BATCH, part=part, sources=sources, more=more)


async def test_sources_that_come_out_of_order_and_before_the_batch_are_all_taken(start: Start) -> None:
    running = await start(Site(one=ids("one", 5)))
    videos = ids("more", 3)
    await running.person.tell(
        extend(3, url(videos[2])), extend(1, url(videos[0]), more=True), extend(2, channel("one"), more=True)
    )
    await asyncio.sleep(0.5)
    await running.person.submit(url(videos[1]), more=True)
    batch = await running.person.until_finished()
    assert (batch.sources, batch.counts) == (4, {State.ARCHIVED: 8})


async def test_a_batch_of_which_more_is_to_come_goes_on_and_does_not_finish(start: Start) -> None:
    running = await start(Site())
    videos = ids("video", 2)
    await running.person.submit(url(videos[0]), more=True)
    await running.person.until(lambda batch: batch.counts == {State.ARCHIVED: 1})
    await asyncio.sleep(0.3)
    assert (await running.person.batch()).state is BatchState.RUNNING
    await running.person.tell(extend(1, url(videos[1])))
    assert (await running.person.until_finished()).counts == {State.ARCHIVED: 2}


async def test_sources_of_a_batch_that_was_called_off_do_not_wait_for_ever(start: Start, bus: Bus) -> None:
    running = await start(Site())
    await running.person.submit(more=True)
    await running.person.tell(extend(3, url(ids("video", 1)[0])), CancelBatch(batch_id=BATCH))
    await running.person.until(lambda batch: batch.state is BatchState.CANCELLED)
    await empty(bus, topology.COMMANDS, subjects.JOB_COMMANDS)
    assert (await running.person.batch()).sources == 0


# steering


def members(batch: BatchView) -> set[State]:
    return {*batch.counts, *batch.listings}


async def test_a_batch_rests_with_all_it_has_begun_and_goes_on_after_a_restart(start: Start) -> None:
    running = await start(Site(one=ids("one", 30)))
    running.workers.open.clear()
    await running.person.submit(channel("one"))
    await running.workers.took(1)
    await running.person.tell(PauseBatch(batch_id=BATCH, reason="night"))
    paused = await running.person.until(lambda batch: set(batch.counts) == {State.PAUSED})
    await running.kill()
    await running.start()
    assert (await running.person.batch()).counts == paused.counts
    running.workers.open.set()
    await asyncio.sleep(0.3)
    assert (await running.person.batch()).counts == paused.counts

    await running.person.tell(ResumeBatch(batch_id=BATCH))
    assert (await running.person.until_finished()).counts == {State.ARCHIVED: 30}


async def test_a_batch_is_called_off_whatever_its_jobs_were_at_and_tried_again(start: Start) -> None:
    site = Site(one=ids("one", 30))
    site.broken = dict.fromkeys(ids("one", 5), Category.NETWORK)
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: batch.counts.get(State.WAITING, 0) >= 3)
    running.workers.open.clear()
    await running.person.tell(CancelBatch(batch_id=BATCH, reason="enough"))
    batch = await running.person.until(
        lambda batch: members(batch) <= {State.CANCELLED, State.ARCHIVED, State.LISTED}
    )
    assert (batch.state, batch.reason) == (BatchState.CANCELLED, "enough")
    site.broken = {}
    running.workers.open.set()

    await running.person.tell(RetryBatch(batch_id=BATCH))
    assert (await running.person.until_finished()).counts == {State.ARCHIVED: 30}


async def test_who_is_killed_while_a_batch_is_called_off_tells_the_others_after_that(start: Start) -> None:
    """Given many jobs that wait, when the actor dies as soon as the log says it, then each is called off."""
    site = Site(one=ids("one", 80))
    site.wrong = dict.fromkeys(ids("one", 80), Category.NOT_YET)
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: batch.counts.get(State.WAITING, 0) == 80)
    await running.person.tell(CancelBatch(batch_id=BATCH))
    while not any(isinstance(event, JobCancelled) for _, event in await running.person.log()):
        await asyncio.sleep(0)
    await running.kill()
    told = sum(isinstance(event, JobCancelled) for _, event in await running.person.log())
    assert 0 < told < 80
    await running.start()
    batch = await running.person.until(lambda batch: batch.counts == {State.CANCELLED: 80})
    assert batch.state is BatchState.CANCELLED


async def test_a_retry_reaches_what_failed_and_what_waits_and_nothing_else(start: Start) -> None:
    videos = ids("one", 12)
    site = Site(one=videos)
    site.wrong = {videos[3]: Category.DRM, videos[5]: Category.NOT_YET}
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until(
        lambda batch: batch.counts == {State.ARCHIVED: 10, State.FAILED: 1, State.WAITING: 1}
    )
    asked = len(running.workers.urls())
    site.wrong = {}
    await running.person.tell(RetryBatch(batch_id=BATCH))
    assert (await running.person.until_finished()).counts == {State.ARCHIVED: 12}
    assert sorted(names(running.workers.urls()[asked:])) == sorted([videos[3], videos[5]])


async def test_a_window_of_jobs_that_all_wait_lets_the_next_ones_begin_at_once(start: Start) -> None:
    videos = ids("one", 30)
    site = Site(one=videos)
    site.wrong = dict.fromkeys(videos[:24], Category.NOT_YET)
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: batch.counts.get(State.ARCHIVED) == 6, within=45)


async def test_what_is_asked_of_a_job_is_decided_in_the_order_it_was_asked(start: Start) -> None:
    running = await start(Site())
    running.workers.open.clear()
    jobs = [f"{number:016x}" for number in range(100)]
    for job_id, video_id in zip(jobs, ids("video", 100), strict=True):
        await running.person.tell(SubmitVideo(job_id=job_id, url=url(video_id)), CancelJob(job_id=job_id))
    async with asyncio.timeout(60):
        while Counter(job.state for job in await running.person.jobs("")) != {State.CANCELLED: 100}:
            await asyncio.sleep(0.05)


async def test_what_failed_leaves_nothing_staged(start: Start) -> None:
    site, (video,) = Site(), ids("video", 1)
    site.broken = {video: Category.DRM}
    running = await start(site)
    await running.person.submit(url(video))
    await running.person.until_finished()
    await running.workers.took(1, DiscardStaging)


async def test_a_large_list_keeps_queues_jobs_and_memory_small_while_nobody_works(
    start: Start, bus: Bus
) -> None:
    running = await start(Site(large=ids("large", 5000)))
    running.workers.open.clear()
    await running.person.submit(channel("large"))
    await running.person.until(lambda batch: batch.listings == {State.LISTING: 1})
    tracemalloc.start()
    batch = await running.person.until(lambda batch: batch.listings == {State.LISTED: 1}, within=300)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    window = 2 * (1 + 2)
    assert sum(batch.counts.values()) == window
    assert batch.queued == 5000 - window
    assert [job.attempts for job in await running.person.jobs() if job.lists] == [1]
    assert len((await bus.js.stream_info(topology.COMMANDS, ">")).state.subjects or {}) <= window
    assert grown < 4 << 20


async def test_what_is_put_into_the_log_of_a_list_by_somebody_else_is_not_begun(
    start: Start, bus: Bus
) -> None:
    """Given a page and junk among the pages of a list that no jobs actor wrote, then the rest goes on."""
    running = await start(Site(one=ids("one", 12)))
    running.workers.open.clear()
    await running.person.submit(channel("one"))
    await running.person.until(lambda batch: batch.listings == {State.LISTED: 1})
    (listing,) = [job for job in await running.person.jobs() if job.lists]
    subject = subjects.event("job", listing.job_id)
    foreign = Commit(
        aggregate="job",
        aggregate_id=listing.job_id,
        version=listing.version + 1,
        previous="0" * 64,
        at=datetime.now(UTC),
        correlation_id="c",
        causation_id="c",
        events=(PageRecorded(page=9, entries=entries("foreign")),),
    )
    for payload in (b"junk", codec.encode(foreign)):
        await bus.publish(subject, payload, msg_id=str(payload))
    await running.kill()
    await running.start()
    running.workers.open.set()
    batch = await running.person.until_finished()
    assert batch.counts == {State.ARCHIVED: 12}


async def test_a_batch_outlives_the_death_of_the_server_at_any_moment(
    nats_server: NatsServer,
    own_bus: Bus,
    runtime_on: Callable[[Bus], Runtime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.jobs.actor._ACK_WAIT", 1.0)
    monkeypatch.setattr("actors.jobs.take_up._EVERY", 2.0)
    monkeypatch.setattr("tests.integration.actors.jobs.system.ACK_WAIT", 2.0)
    videos = ids("one", 60)
    async with system(nats_server.url, own_bus, runtime_on, Site(one=videos)) as running:
        await running.person.submit(channel("one"))
        for number in (3, 15, 30):
            await running.workers.took(number)
            nats_server.restart()
        batch = await running.person.until_finished(within=300)
        assert batch.counts == {State.ARCHIVED: 60}
        begun = Counter(job for job, event in await running.person.log() if isinstance(event, JobSubmitted))
        assert (len(begun), set(begun.values())) == (61, {1})


async def test_looking_again_is_at_what_is_archived_and_at_nothing_else(start: Start) -> None:
    videos = ids("one", 6)
    site = Site(one=videos)
    site.broken = {videos[1]: Category.GONE}
    running = await start(site)
    await running.person.submit(channel("one"))
    await running.person.until_finished()
    running.workers.asked.clear()

    await running.person.submit(
        channel("one"), batch_id=SECOND, options=ArchiveOptions(refresh=True), whole=True
    )
    batch = await running.person.until_finished(SECOND)

    assert (batch.counts, batch.known, batch.skipped) == ({State.DUPLICATE: 5}, 0, 1)
    assert sorted(names(running.workers.urls())) == sorted({*videos} - {videos[1]})
    assert running.workers.count(DownloadMedia) == 0


async def test_a_video_of_another_site_is_looked_at_again_where_it_was_found(start: Start) -> None:
    address = "https://videos.example.org/watch?v=elsewhere01"
    running = await start(Site())
    await running.person.tell(SubmitVideo(job_id=JOB, url=address))
    while [job.state for job in await running.person.jobs("")] != [State.ARCHIVED]:
        await asyncio.sleep(0.02)
    running.workers.asked.clear()

    await running.person.submit(address, batch_id=SECOND, options=ArchiveOptions(refresh=True))
    batch = await running.person.until_finished(SECOND)

    assert (batch.counts, batch.listings) == ({State.DUPLICATE: 1}, {})
    assert running.workers.urls() == [address]
