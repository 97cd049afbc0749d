import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from nats.js.errors import NotFoundError

from actors.storage.actor import run
from schemas import codec, subjects
from schemas.commands import DiscardStaging, StoreMedia, Task
from schemas.common import Category, Stage, StagedFile, Staging
from schemas.envelope import Envelope
from schemas.options import ArchiveOptions
from schemas.results import MediaStored, Result, TaskFailed
from tests.integration.actors.storage.node import JOB, STEM, VIDEO, Node
from tests.media import Samples, endless, ffmpeg_reading, samples
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

if TYPE_CHECKING:
    from schemas.progress import Progress

__all__ = ["endless", "samples"]

RESULTS: codec.Codec[Envelope[Result]] = codec.Codec(Envelope[Result])


class Desk:
    """What the jobs actor does: asks, and hears what is reported."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.progress: list[Progress] = []
        self.last_words: asyncio.Queue[str] = asyncio.Queue()

    async def ask(self, subject: str, body: Task) -> None:
        envelope = Envelope(id=subject, at=datetime.now(UTC), correlation_id=JOB, body=body)
        await self._bus.publish(subject, codec.encode(envelope), msg_id=subject)

    async def store(self, files: tuple[StagedFile, ...]) -> None:
        staging = Staging(node="here", files=files)
        task = StoreMedia(job_id=JOB, attempt=3, video=VIDEO, options=ArchiveOptions(), staging=staging)
        await self.ask(subjects.task(Stage.STORAGE, JOB, 7, node="here"), task)

    async def result(self) -> Result:
        return await asyncio.wait_for(self.results.get(), 60)

    async def ends(self, number: int) -> list[str]:
        """Wait for so many last words, and give what they are about."""
        async with asyncio.timeout(60):
            return [await self.last_words.get() for _ in range(number)]

    async def idle(self, durable: str) -> None:
        """Wait until every task given to the actor was dealt with."""
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(NotFoundError):  # it has not begun yet
                    found = await self._bus.js.consumer_info(topology.COMMANDS, durable)
                    if not found.num_pending and not found.num_ack_pending:
                        return
                await asyncio.sleep(0.02)


@pytest.fixture
def node(runtime: Runtime, samples: Samples) -> Node:
    return Node(runtime.settings.library_dir, samples["av.mp4"])


@pytest.fixture
async def desk(bus: Bus, runtime: Runtime) -> AsyncIterator[Desk]:
    """A desk, with the storage actor at work. The library need not be there when that starts."""
    desk = Desk(bus)
    results = await bus.client.subscribe(subjects.RESULTS)
    progress = await bus.client.subscribe(subjects.PROGRESS)

    async def hear() -> None:
        async for message in results.messages:
            desk.results.put_nowait(RESULTS.decode(message.data).body)

    async def watch() -> None:
        async for message in progress.messages:
            seen = codec.progress.decode(message.data)
            desk.progress.append(seen)
            if seen.done:
                desk.last_words.put_nowait(seen.stream)

    async with asyncio.TaskGroup() as group:
        hearing = [group.create_task(hear()), group.create_task(watch())]
        group.create_task(run(runtime))
        yield desk
        runtime.stopping.set()
        for task in hearing:
            task.cancel()


async def test_a_task_ends_in_files_of_the_library(desk: Desk, node: Node) -> None:
    await desk.store(node.stage())

    stored = await desk.result()

    assert isinstance(stored, MediaStored)
    assert (stored.job_id, stored.attempt, stored.node) == (JOB, 3, "here")
    assert [file.path for file in stored.files] == [f"{STEM}.mp4", f"{STEM}.info.json", f"{STEM}.jpg"]
    assert all((node.library / file.path).stat().st_size == file.bytes for file in stored.files)
    await desk.idle("storage-here")
    assert not node.staging.exists()


async def test_each_thing_done_is_told_of_and_its_end_once(desk: Desk, node: Node) -> None:
    await desk.store(node.stage())
    await desk.result()

    assert sorted(await desk.ends(4)) == ["storing .info.json", "storing .jpg", "storing .mp4", "verifying"]
    assert desk.last_words.empty()
    assert {(seen.job_id, seen.stage, seen.title) for seen in desk.progress} == {
        (JOB, Stage.STORAGE, VIDEO.title)
    }


async def test_a_failure_is_a_result_too(desk: Desk, node: Node) -> None:
    files = node.stage()
    (node.staging / "media.mp4").write_bytes(b"no media")
    await desk.store(files)

    failed = await desk.result()

    assert isinstance(failed, TaskFailed)
    assert (failed.job_id, failed.attempt, failed.stage) == (JOB, 3, Stage.STORAGE)
    assert failed.failure.category is Category.MEDIA
    assert node.members() == {}


async def test_a_task_that_is_called_off_ends_in_nothing(
    desk: Desk, node: Node, bus: Bus, endless: Path
) -> None:
    files = node.stage()
    (node.staging / "media.mp4").unlink()
    (node.staging / "media.mp4").symlink_to(endless)
    await desk.store(files)
    await ffmpeg_reading(node.staging / "media.mp4")

    await bus.client.publish(subjects.cancel_signal(JOB))
    await desk.idle("storage-here")

    assert desk.results.empty()
    assert node.members() == {}
    assert not any("ffmpeg" in child.name() for child in psutil.Process().children())


async def test_staging_is_discarded_of_that_job_alone(desk: Desk, node: Node) -> None:
    node.stage()
    other = node.staging.with_name("f" * 16)
    other.mkdir()

    for version in (8, 9):  # a second time there is nothing to discard
        await desk.ask(subjects.discard("here", JOB, version), DiscardStaging(job_id=JOB))
    await desk.idle("discard-here")

    assert not node.staging.exists()
    assert other.exists()


@pytest.fixture
def left_over(node: Node) -> Path:
    node.library.mkdir()
    path = node.library / "channel" / ".ytarchive-tmp-0123456789abcdef"
    path.parent.mkdir()
    path.write_bytes(b"part")
    os.utime(path, (time.time() - 48 * 3600,) * 2)
    return path


async def test_what_a_killed_actor_left_is_swept_at_the_start(
    left_over: Path, desk: Desk, node: Node
) -> None:
    await desk.store(node.stage())
    await desk.result()

    async with asyncio.timeout(60):
        while str(left_over.relative_to(node.library)) in node.members():
            await asyncio.sleep(0.02)
