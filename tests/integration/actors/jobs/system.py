"""The real jobs actor in this process, workers that answer at once, and a person who asks for batches."""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import nats.errors
from nats.micro import add_service
from nats.micro.service import ServiceConfig

from actors.jobs.actor import run
from schemas import codec, subjects
from schemas.commands import (
    BatchCommand,
    DiscardStaging,
    DownloadMedia,
    FetchMetadata,
    JobCommand,
    ListCollection,
    StoreMedia,
    SubmitBatch,
    Task,
)
from schemas.common import BatchState, Category, Entry, Stage, Video
from schemas.envelope import Envelope
from schemas.events import Event
from schemas.queries import AskLeave, BatchView, JobView, ListBatches, ListJobs
from schemas.results import (
    CollectionListed,
    DownloadFinished,
    MediaStored,
    MetadataFetched,
    PageListed,
    Result,
    VideoUnwanted,
)
from tests.jobs import BATCH, METADATA, VERIFIED, VIDEO, batch_list, failed, job_list, staging
from ytarchive.domain.lists import meets
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.process import Runtime

ACK_WAIT = 60.0
"""Seconds after which a task that was not answered comes again."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
PAGE: Final = 4
"""Entries of a page."""
_QUEUES: Final = {
    "metadata": subjects.tasks(Stage.METADATA),
    "listing": subjects.tasks(Stage.LISTING),
    "download": subjects.tasks(Stage.DOWNLOAD),
    "storage-here": subjects.tasks(Stage.STORAGE, node="here"),
    "discard-here": subjects.discards("here"),
}


def channel(name: str) -> str:
    return f"https://www.youtube.com/@{name}"


def url(video_id: str) -> str:
    return Entry(video_id=video_id).address


def ids(name: str, number: int) -> list[str]:
    """Give so many ids of videos, which have eleven characters."""
    return [f"{name}{index:0{11 - len(name)}}" for index in range(number)]


class Site:
    """What there is to be found: the videos of each list, newest first, and what is wrong with some.

    A channel may have tabs, each a list.
    """

    def __init__(self, **lists: list[str] | dict[str, list[str]]) -> None:
        self.lists = {channel(name): videos for name, videos in lists.items()}
        self.broken_off: dict[str, Category] = {}
        """Channels whose lists cannot be read beyond their first page."""
        self.skipped: set[str] = set()
        """Those that a list shows not to be chosen."""
        self.unwanted: set[str] = set()
        """Those that are found not to be chosen when they are looked up."""
        self.wrong: dict[str, Category] = {}
        """Those that cannot be looked up."""
        self.broken: dict[str, Category] = {}
        """Those that cannot be downloaded."""


class Workers:
    """One worker of each kind. `asked` are the tasks they took, in that order; while `open` is not set, they
    hold what they took."""

    def __init__(self, bus: Bus, site: Site) -> None:
        self._bus, self._site = bus, site
        self.asked: list[Envelope[Task]] = []
        self.answered: dict[str, datetime] = {}
        """When each task was answered, by its id."""
        self.again = 0
        """How many were put on a queue again after that: the jobs actor had not heard of the answer yet."""
        self.waiting: Counter[str] = Counter()
        """The most tasks that were ever seen on each queue, with the one in hand."""
        self.open = asyncio.Event()
        self.open.set()
        self.reads = asyncio.Event()
        """While this is not set, the one that lists does nothing with the list it took."""
        self.reads.set()
        self.over = False

    def urls(self, kind: type[FetchMetadata | ListCollection] = FetchMetadata) -> list[str]:
        """Give what was looked up, or listed, in that order."""
        return [task.body.url for task in self.asked if isinstance(task.body, kind)]

    def count(self, kind: type[Any]) -> int:
        return sum(1 for task in self.asked if isinstance(task.body, kind))

    async def took(self, number: int, kind: type[Any] = FetchMetadata) -> None:
        """Wait until so many tasks were taken."""
        async with asyncio.timeout(180):
            while self.count(kind) < number:
                await asyncio.sleep(0.01)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for name, subject in _QUEUES.items():
                group.create_task(self._serve(name, subject))

    async def _serve(self, name: str, subject: str) -> None:
        js = self._bus.js
        consumer = topology.work_consumer(name, subject, slots=64, ack_wait=ACK_WAIT)
        await js.add_consumer(topology.COMMANDS, consumer)
        queue = await js.pull_subscribe_bind(name, topology.COMMANDS)
        while not self.over:  # under Python 3.11 a fetch may lose a cancellation
            try:
                (message,) = await queue.fetch(1, timeout=5)
                there = (await js.stream_info(topology.COMMANDS, subject)).state.subjects or {}
                self.waiting[name] = max(self.waiting[name], len(there))
                task = codec.tasks.decode(message.data)
                self.again += message.metadata.timestamp > self.answered.get(task.id, _NEVER)
                await self._work(task)
                await message.ack_sync(timeout=2)  # else it may be seen on the queue with the next
            except (nats.errors.Error, TimeoutError):
                await asyncio.sleep(0.05)  # what was in hand comes again

    async def _work(self, task: Envelope[Task]) -> None:
        self.asked.append(task)
        await (self.reads if isinstance(task.body, ListCollection) else self.open).wait()
        number = 0
        async for result in self._answers(task):
            await self._report(task, result, number)
            number += 1
        self.answered[task.id] = datetime.now(UTC)

    async def _report(self, task: Envelope[Task], result: Result, number: int) -> None:
        envelope: Any = Envelope
        report = envelope(
            id=f"{task.id}:{number}", at=datetime.now(UTC), correlation_id=task.correlation_id, body=result
        )
        await self._bus.publish(subjects.result(result.job_id), codec.encode(report), msg_id=report.id)

    async def _answers(self, envelope: Envelope[Task]) -> AsyncIterator[Result]:
        match envelope.body:
            case ListCollection() as task:
                async for result in self._pages(envelope.id, task):
                    yield result
            case FetchMetadata(job_id=job_id, attempt=attempt, url=url):
                yield self._found(job_id, attempt, url.rpartition("=")[2])
            case DownloadMedia(job_id=job_id, attempt=attempt, video=video):
                if wrong := self._site.broken.get(video.video_id):
                    yield failed(Stage.DOWNLOAD, wrong, attempt, job_id=job_id)
                else:
                    yield DownloadFinished(job_id=job_id, attempt=attempt, staging=staging())
            case StoreMedia(job_id=job_id, attempt=attempt):
                yield MediaStored(job_id=job_id, attempt=attempt, node="here", files=(), verified=VERIFIED)
            case DiscardStaging():
                pass

    def _found(self, job_id: str, attempt: int, video_id: str) -> Result:
        if wrong := self._site.wrong.get(video_id):
            return failed(Stage.METADATA, wrong, attempt, job_id=job_id)
        video: Video = msgspec.structs.replace(VIDEO, video_id=video_id, url=url(video_id))
        if video_id in self._site.unwanted:
            return VideoUnwanted(job_id=job_id, attempt=attempt, video=video, reason="too short")
        return MetadataFetched(job_id=job_id, attempt=attempt, node="here", video=video, metadata=METADATA)

    async def _pages(self, key: str, task: ListCollection) -> AsyncIterator[Result]:
        """List from where the jobs actor has come to, until what is known."""
        question = codec.encode(AskLeave(egress="here", take=True, task=key))
        while True:
            reply = await self._bus.client.request(subjects.query("leave"), question, timeout=20)
            leave = codec.leaves.decode(reply.data)
            if not leave.wait:
                break
            await asyncio.sleep(leave.wait)
        videos = self._site.lists.get(task.url)
        if videos is None:
            yield failed(Stage.LISTING, Category.GONE, task.attempt, job_id=task.job_id)
            return
        number = 0
        for tab, inside in (videos if isinstance(videos, dict) else {"videos": videos}).items():
            place = meets(inside, task.known, ended=True)
            new, met = inside[:place], None if place is None else inside[place]
            for start in range(0, len(new) + (met is not None), PAGE):
                number += 1
                if number <= leave.pages:
                    continue
                if number > 1 and (wrong := self._site.broken_off.get(task.url)):
                    yield failed(Stage.LISTING, wrong, task.attempt, job_id=task.job_id)
                    return
                entries = tuple(
                    Entry(video_id=video, skip="too long" if video in self._site.skipped else "")
                    for video in new[start : start + PAGE]
                )
                yield PageListed(
                    job_id=task.job_id,
                    attempt=task.attempt,
                    page=number,
                    entries=entries,
                    tab=tab,
                    met=met if start + PAGE > len(new) else None,
                )
        yield CollectionListed(job_id=task.job_id, attempt=task.attempt, pages=number)


class Person:
    """Asks for something, and looks what came of it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def tell(self, *commands: JobCommand | BatchCommand) -> None:
        for body in commands:
            make: Any = Envelope
            envelope = make(id=secrets.token_hex(8), at=datetime.now(UTC), correlation_id="c", body=body)
            about = getattr(body, "batch_id", "") or getattr(body, "job_id", "")
            await self.bus.publish(subjects.job_command(about), codec.encode(envelope), msg_id=envelope.id)

    async def submit(self, *sources: str, batch_id: str = BATCH, **fields: Any) -> None:
        await self.tell(SubmitBatch(batch_id=batch_id, title="batch", sources=sources, **fields))

    async def batch(self, batch_id: str = BATCH) -> BatchView:
        reply = await self._ask(ListBatches(prefix=batch_id))
        (view,) = batch_list(reply).batches
        return view

    async def until_known(self, job_id: str) -> None:
        """Wait until a job is there."""
        while job_id not in {job.job_id for job in await self.jobs("")}:
            await asyncio.sleep(0.02)

    async def jobs(self, batch_id: str = BATCH) -> list[JobView]:
        """Give the jobs of a batch, or all, oldest first."""
        reply = await self._ask(ListJobs(batch=batch_id))
        return list(reversed(job_list(reply).jobs))

    async def _ask(self, query: ListBatches | ListJobs) -> bytes:
        while True:
            try:
                question = codec.encode(query)
                return bytes(
                    (await self.bus.client.request(subjects.query("jobs"), question, timeout=5)).data
                )
            except nats.errors.Error:
                await asyncio.sleep(0.05)

    async def until(
        self, is_so: Callable[[BatchView], bool], batch_id: str = BATCH, *, within: float = 180
    ) -> BatchView:
        """Wait until a batch is there and is as it should be."""
        async with asyncio.timeout(within):
            while True:
                answer = batch_list(await self._ask(ListBatches(prefix=batch_id)))
                if answer.batches and is_so(answer.batches[0]):
                    return answer.batches[0]
                await asyncio.sleep(0.02)

    async def until_finished(self, batch_id: str = BATCH, *, within: float = 180) -> BatchView:
        return await self.until(lambda batch: batch.state is BatchState.FINISHED, batch_id, within=within)

    async def log(self) -> list[tuple[str, Event]]:
        """Give all events there are, each with its job or batch."""
        return [
            (commit.aggregate_id, event)
            async for entry in event_log.read(self.bus)
            for commit in (codec.commits.decode(entry.payload),)
            for event in commit.events
        ]


class System:
    """A jobs actor on a connection of its own, which can be killed and started again, and workers."""

    def __init__(self, url: str, bus: Bus, runtime_on: Callable[[Bus], Runtime], site: Site) -> None:
        self._url, self._runtime_on = url, runtime_on
        self.person, self.workers = Person(bus), Workers(bus, site)
        self._alive = contextlib.AsyncExitStack()
        self._running: asyncio.Task[None] | None = None
        self.runtime: Runtime | None = None

    async def start(self) -> None:
        """Start the jobs actor."""
        bus = await self._alive.enter_async_context(connect(self._url, None, name="jobs"))
        self.runtime = self._runtime_on(bus)
        config = ServiceConfig(name="ytarchive-jobs", version="1.0.0")
        self.runtime.service = await self._alive.enter_async_context(await add_service(bus.client, config))
        self._running = asyncio.create_task(run(self.runtime))

    async def kill(self) -> None:
        """End it between two of its steps: what it has in hand is neither done nor given back."""
        assert self._running
        self._running.cancel()
        while not self._running.done():  # under Python 3.11 a request may lose a cancellation
            for task in asyncio.all_tasks():
                if getattr(task.get_coro(), "__qualname__", "").startswith(("Clerk.", "Jobs.")):
                    task.cancel()
            await asyncio.wait({self._running}, timeout=0.1)
        assert self._running.cancelled(), self._running.exception()
        await self._alive.aclose()

    async def stop(self) -> None:
        """End it as a supervisor does. Raises what it failed with."""
        assert self._running
        assert self.runtime
        self.runtime.stopping.set()
        await self._running
        await self._alive.aclose()


@contextlib.asynccontextmanager
async def system(
    url: str, bus: Bus, runtime_on: Callable[[Bus], Runtime], site: Site
) -> AsyncIterator[System]:
    """A system that works."""
    running = System(url, bus, runtime_on, site)
    await running.start()
    workers = asyncio.create_task(running.workers.run())
    try:
        yield running
    finally:
        running.workers.over = True
        workers.cancel()
        await asyncio.wait({workers})
        await running.stop()
        assert workers.cancelled(), workers.exception()


def names(addresses: Iterable[str]) -> list[str]:
    """Give the videos behind addresses."""
    return [address.rpartition("=")[2] for address in addresses]


async def empty(bus: Bus, stream: str, subject: str) -> None:
    """Wait until nothing is left of a subject."""
    async with asyncio.timeout(60):
        while (await bus.js.stream_info(stream, subject)).state.subjects:
            await asyncio.sleep(0.02)
