"""The metadata actor's process, on a real server, before the simulator."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import msgspec
import psutil
import pytest

from actors.metadata.actor import run
from schemas import codec, subjects
from schemas.commands import FetchMetadata, ListCollection
from schemas.common import Category, Stage
from schemas.options import Choices
from schemas.results import CollectionListed, MetadataFetched, PageListed, Result, TaskFailed, VideoUnwanted
from tests.integration.actors.metadata.ledger import JOB, Ledger, ledger
from tests.ytsim.fixtures import sim
from tests.ytsim.server import YtSim
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

__all__ = ["sim"]

RuntimeOn = Callable[[Bus], Runtime]


@pytest.fixture(scope="module")
def ytsim() -> Iterator[YtSim]:
    """Give a channel of four pages."""
    with YtSim.start(videos=110) as sim:
        yield sim


@pytest.fixture
def settings(settings: Settings, sim: YtSim) -> Settings:
    """Settings whose network is the simulator."""
    options = f"--proxy {sim.proxy} --no-check-certificates --retries 0 --extractor-retries 0"
    return msgspec.structs.replace(settings, ytdlp_options=options)


@pytest.fixture
async def kept(bus: Bus) -> AsyncIterator[Ledger]:
    async with ledger(bus) as kept:
        yield kept


@asynccontextmanager
async def actor(runtime: Runtime) -> AsyncIterator[None]:
    running = asyncio.create_task(run(runtime))
    try:
        yield
    finally:
        runtime.stopping.set()
        await running


def listing(url: str, *, choices: Choices | None = None, known: tuple[str, ...] = ()) -> ListCollection:
    return ListCollection(job_id=JOB, attempt=1, url=url, choices=choices or Choices(), known=known)


def look_up(url: str, **choices: object) -> FetchMetadata:
    return FetchMetadata(job_id=JOB, attempt=1, url=url, choices=msgspec.convert(choices, Choices))


def ids(pages: list[PageListed]) -> list[str]:
    return [entry.video_id for page in pages for entry in page.entries]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(180):
        while not true():
            await asyncio.sleep(0.01)


async def idle(bus: Bus) -> None:
    """Wait until no task waits or is worked on."""
    async with asyncio.timeout(180):
        while (await bus.js.stream_info(topology.COMMANDS)).state.messages:
            await asyncio.sleep(0.02)


# collections


async def test_a_collection_is_reported_page_by_page_and_then_as_a_whole(
    sim: YtSim, bus: Bus, runtime: Runtime, kept: Ledger
) -> None:
    async with actor(runtime):
        await kept.give(listing(sim.channel_url), Stage.LISTING)
        told = await kept.count(7)

    pages = await kept.pages()
    assert ids(pages) == [*sim.ids, *sim.streams, *sim.shorts]
    assert [one.id for one in told] == [*(f"{JOB}:7:{page}" for page in range(1, 7)), f"{JOB}:7:result"]
    assert told[-1].body == CollectionListed(
        job_id=JOB, attempt=1, pages=6, title="Simulated Channel", egress=runtime.settings.egress
    )
    assert {page.title for page in pages} == {"Simulated Channel"}
    assert {page.egress for page in pages} == {runtime.settings.egress}
    last = await bus.js.get_last_msg(topology.PROGRESS, subjects.progress(JOB, Stage.LISTING, "listing"))
    assert codec.progress.decode(last.data or b"").stream == "listing, page 6"


async def test_the_first_page_is_reported_while_the_second_is_awaited(
    sim: YtSim, runtime: Runtime, kept: Ledger
) -> None:
    sim.set(page_latency=600, slow_page=2)
    async with actor(runtime):
        await kept.give(listing(f"{sim.channel_url}/videos"), Stage.LISTING)
        await kept.count(1)

        assert sum(seen.path == "/youtubei/v1/browse" for seen in sim.requests()) == 0


async def killed(sim: YtSim, kept: Ledger, pages: int) -> None:
    """Kill the worker while it waits for the page after so many, which were reported."""
    await until(lambda: sum(seen.path.endswith("/videos") for seen in sim.requests()) == 1)
    await kept.count(pages)
    workers = [child for child in psutil.Process().children(recursive=True) if not child.children()]
    newest = max(workers, key=lambda child: child.create_time())
    os.kill(newest.pid, signal.SIGKILL)


@pytest.mark.parametrize("pages", [1, 3])
async def test_after_its_worker_was_killed_a_list_goes_on_where_it_was(
    sim: YtSim, runtime: Runtime, kept: Ledger, pages: int
) -> None:
    sim.set(page_latency=600, slow_page=pages + 1)
    async with actor(runtime):
        await kept.give(listing(f"{sim.channel_url}/videos"), Stage.LISTING)
        await killed(sim, kept, pages)
        sim.requests(clear=True)
        sim.set(page_latency=0)
        listed = await kept.until(CollectionListed)

    assert isinstance(listed, CollectionListed)
    assert (ids(await kept.pages()), listed.pages) == (sim.ids, 4)
    assert [leave.pages for leave in kept.leaves] == [0, pages]
    assert len([seen for seen in sim.requests() if seen.status == 200]) <= 1 + (4 - pages)


async def test_after_the_actor_has_stopped_another_goes_on(
    sim: YtSim, bus: Bus, runtime_on: RuntimeOn, kept: Ledger
) -> None:
    sim.set(page_latency=600, slow_page=3)
    async with actor(runtime_on(bus)):
        await kept.give(listing(f"{sim.channel_url}/videos"), Stage.LISTING)
        await kept.count(2)
    sim.set(page_latency=0)
    async with actor(runtime_on(bus)):
        await kept.until(CollectionListed)

    assert ids(await kept.pages()) == sim.ids
    assert [leave.pages for leave in kept.leaves] == [0, 2]


async def test_a_list_called_off_is_left_and_nothing_more_reported(
    sim: YtSim, bus: Bus, runtime: Runtime, kept: Ledger
) -> None:
    sim.set(page_latency=600, slow_page=2)
    async with actor(runtime):
        await kept.give(listing(f"{sim.channel_url}/videos"), Stage.LISTING)
        await kept.count(1)
        await bus.client.publish(subjects.cancel_signal(JOB))
        await idle(bus)

    assert [type(one.body) for one in await kept.results()] == [PageListed]


async def test_what_is_known_and_what_is_chosen_are_heeded(
    sim: YtSim, runtime: Runtime, kept: Ledger
) -> None:
    new = [sim.publish() for _ in range(2)][::-1]
    asked = listing(f"{sim.channel_url}/videos", choices=Choices(title="nothing"), known=tuple(sim.ids[:20]))
    async with actor(runtime):
        await kept.give(asked, Stage.LISTING)
        await kept.until(CollectionListed)

    (page,) = await kept.pages()
    assert (ids([page]), page.tab, page.met) == (new, "videos", sim.ids[0])
    assert {entry.skip for entry in page.entries} == {"the title does not match nothing"}


JUNK = {
    "a pattern that is none": (Choices(title="("), "/videos", Category.REQUEST),
    "a tab there is not": (Choices(), "/podcasts", Category.REQUEST),
    "a channel there is not": (Choices(), "nobody", Category.GONE),
    "no address": (Choices(), None, Category.REQUEST),
}


@pytest.mark.parametrize(("choices", "path", "category"), JUNK.values(), ids=JUNK)
async def test_what_is_no_list_is_a_failure_of_the_listing(
    sim: YtSim, runtime: Runtime, kept: Ledger, *, choices: Choices, path: str | None, category: Category
) -> None:
    url = "x" * 8000 if path is None else f"{sim.channel_url}{path}"
    async with actor(runtime):
        await kept.give(listing(url, choices=choices), Stage.LISTING)
        failed = await kept.until(TaskFailed)

    assert isinstance(failed, TaskFailed)
    assert (failed.stage, failed.failure.category) == (Stage.LISTING, category)
    assert failed.failure.hint


async def test_a_list_that_takes_its_time_keeps_no_video_waiting(
    sim: YtSim, runtime: Runtime, kept: Ledger
) -> None:
    sim.set(page_latency=600, slow_page=2)
    async with actor(runtime):
        await kept.give(listing(f"{sim.channel_url}/videos"), Stage.LISTING)
        await kept.count(1)
        other = msgspec.structs.replace(look_up(sim.watch_url(sim.ids[0])), job_id=JOB)
        await kept.give(other, Stage.METADATA, 8)
        await kept.until(MetadataFetched)


# videos that are not wanted


UNWANTED: dict[str, tuple[str, dict[str, object], str]] = {
    "too early": ("ok", {"since": "20200914"}, "older than 2020-09-14"),
    "too late": ("ok", {"until": "20200912"}, "newer than 2020-09-12"),
    "too short": ("ok", {"shortest": 13}, "shorter than 13 s"),
    "too small": ("ok", {"least_height": 361}, "fewer than 361 lines"),
    "the wrong title": ("ok", {"title": "^nothing"}, "the title does not match ^nothing"),
    "a stream to come": ("upcoming", {"live": False}, "a live stream"),
    "a premiere to come": ("premiere", {"premieres": False}, "a premiere"),
    "a stream that goes on": ("live", {"live": False}, "a live stream"),
}


@pytest.mark.parametrize(("state", "choices", "reason"), UNWANTED.values(), ids=UNWANTED)
async def test_a_video_that_was_not_chosen_is_said_to_be_unwanted_and_not_kept(
    sim: YtSim,
    bus: Bus,
    runtime: Runtime,
    kept: Ledger,
    *,
    state: str,
    choices: dict[str, object],
    reason: str,
) -> None:
    video = sim.ids[0] if state == "ok" else sim.named[state]
    async with actor(runtime):
        await kept.give(look_up(sim.watch_url(video), **choices), Stage.METADATA)
        (told,) = await kept.count(1)

    assert isinstance(told.body, VideoUnwanted)
    assert (told.body.video.video_id, told.body.reason) == (video, reason)
    for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
        assert (await bus.js.stream_info(f"OBJ_{bucket}")).state.messages == 0


@pytest.mark.parametrize(
    ("state", "choices", "kind"),
    [
        ("ok", {"since": "20200913", "until": "20200913", "least_height": 360}, MetadataFetched),
        ("upcoming", {"premieres": False}, TaskFailed),
        ("private", {"title": "^nothing"}, TaskFailed),
        ("ok", {"title": "("}, TaskFailed),
    ],
)
async def test_a_video_that_may_be_wanted_is_looked_up_as_ever(
    sim: YtSim,
    runtime: Runtime,
    kept: Ledger,
    *,
    state: str,
    choices: dict[str, object],
    kind: type[Result],
) -> None:
    video = sim.ids[0] if state == "ok" else sim.named[state]
    async with actor(runtime):
        await kept.give(look_up(sim.watch_url(video), **choices), Stage.METADATA)
        (told,) = await kept.count(1)

    assert isinstance(told.body, kind)


async def test_a_collection_given_as_a_video_is_refused_with_what_to_do(
    sim: YtSim, runtime: Runtime, kept: Ledger
) -> None:
    async with actor(runtime):
        await kept.give(look_up(sim.playlist_url), Stage.METADATA)
        (told,) = await kept.count(1)

    assert isinstance(told.body, TaskFailed)
    assert told.body.failure.category is Category.REQUEST
    assert "`ytarchive playlist submit URL`" in told.body.failure.hint
