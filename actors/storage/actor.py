"""The storage actor's process. Its queues are the node's own: it works where the download was staged."""

import asyncio
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors.storage.checks import serve_checks
from actors.storage.commit import commit
from actors.storage.mend import repair
from actors.storage.metrics import serve_metrics
from actors.storage.sweep import keep_tidy
from schemas import codec, subjects
from schemas.commands import DiscardStaging, StoreMedia
from schemas.common import Stage
from schemas.progress import Progress
from schemas.results import MediaStored
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve
from ytarchive.runtime.tasks import serve_tasks

if TYPE_CHECKING:
    from schemas.commands import Task
    from schemas.common import ArchivedFile
    from schemas.envelope import Envelope
    from schemas.fixity import Mended
    from ytarchive.runtime.process import Runtime

_SLOTS = 2
_REPORT_SECONDS = 0.2


async def run(runtime: "Runtime") -> None:
    """Store what is staged on this node until told to stop."""
    settings = runtime.settings
    ffmpeg = ffmpeg_path()

    async def perform(task: StoreMedia) -> MediaStored:
        staging, library = settings.staging_dir / task.job_id, settings.library_dir
        files: tuple[ArchivedFile, ...] = ()
        mended: tuple[Mended, ...] = ()
        report = Reporter(runtime, task)
        if task.repairs:
            mended, verified, stored_at = await repair(task, staging, library, ffmpeg, report)
        else:
            files, verified, stored_at = await commit(task, staging, library, ffmpeg, report)
        return MediaStored(
            job_id=task.job_id,
            attempt=task.attempt,
            node=runtime.node,
            files=files,
            verified=verified,
            stored_at=stored_at,
            mended=mended,
        )

    async def discard(task: StoreMedia | DiscardStaging) -> None:
        await asyncio.to_thread(shutil.rmtree, settings.staging_dir / task.job_id, ignore_errors=True)

    async def asked_to_discard(delivery: "Delivery[Envelope[Task]]") -> None:
        task = delivery.body.body
        if not isinstance(task, DiscardStaging):
            raise TypeError(f"{type(task).__name__} is nothing to discard")
        await discard(task)

    discards = Queue(
        topology.COMMANDS,
        topology.work_consumer(
            f"discard-{runtime.node}", subjects.discards(runtime.node), slots=1, ack_wait=60
        ),
        codec.tasks,
        asked_to_discard,
    )
    runtime.ready()
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_tidy(runtime))
        group.create_task(serve_metrics(runtime))
        group.create_task(serve(runtime, discards))
        group.create_task(serve_checks(runtime, ffmpeg))
        group.create_task(
            serve_tasks(
                runtime,
                Stage.STORAGE,
                StoreMedia,
                perform,
                subject=subjects.tasks(Stage.STORAGE, node=runtime.node),
                durable=f"storage-{runtime.node}",
                slots=_SLOTS,
                grace=5,
                done=discard,
            )
        )


class Reporter:
    """Publishes progress at most every `_REPORT_SECONDS`; may be called from the copying thread."""

    def __init__(self, runtime: "Runtime", task: StoreMedia) -> None:
        self._runtime, self._task = runtime, task
        self._loop = asyncio.get_running_loop()
        self._last = 0.0

    def __call__(self, stream: str, done: int, total: int) -> None:
        """Say how far `stream` is."""
        now = time.monotonic()
        if done < total and now - self._last < _REPORT_SECONDS:
            return
        self._last = now
        progress = Progress(
            job_id=self._task.job_id,
            stage=Stage.STORAGE,
            at=datetime.now(UTC),
            stream=stream,
            title=self._task.video.title,
            bytes=done,
            total=total,
            done=done >= total,
        )
        subject = subjects.progress(self._task.job_id, Stage.STORAGE, "storing")
        asyncio.run_coroutine_threadsafe(
            self._runtime.bus.client.publish(subject, codec.encode(progress)), self._loop
        )
