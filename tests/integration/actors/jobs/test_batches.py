"""Batches on a real server: all of each, in turn, once, whoever dies meanwhile."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from schemas.commands import StoreMedia
from schemas.common import Category, State
from schemas.events import JobSubmitted, StageStarted
from tests.integration.actors.jobs.system import Site, System, channel, ids, names, system, url
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

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
    pages = [position for position, kind in enumerate(kinds) if kind.__name__ == "PageRecorded"]
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
    tasks = Counter(task.id for task in running.workers.asked)
    assert set(tasks.values()) == {1}
