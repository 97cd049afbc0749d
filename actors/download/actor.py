"""The download actor's process."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from nats.js.errors import BucketNotFoundError, ObjectNotFoundError

from actors.download.work import Fetched, Order
from schemas import codec, subjects
from schemas.commands import DownloadMedia
from schemas.common import Category, Failure, Stage, Staging
from schemas.progress import Progress
from schemas.results import DownloadFinished
from ytarchive.errors import StageFailed
from ytarchive.library.staging import held
from ytarchive.runtime import mount, topology
from ytarchive.runtime.consumer import NotNow
from ytarchive.runtime.disk import Disk
from ytarchive.runtime.gate import gate
from ytarchive.runtime.tasks import serve_tasks
from ytarchive.runtime.worker_pool import worker_pool
from ytarchive.runtime.works import KEEP
from ytarchive.ytdlp import PRELOAD
from ytarchive.ytdlp.progress import StreamProgress

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime


_BUSY_SECONDS: Final = 2.0


async def run(runtime: "Runtime") -> None:
    """Download until told to stop. A partial download stays in staging, for whoever goes on with it."""
    settings, client = runtime.settings, runtime.bus.client
    extractions = await runtime.bus.js.object_store(topology.EXTRACTIONS_BUCKET)
    disk = Disk(runtime)
    with contextlib.suppress(OSError):  # of who may not write it is told when there is something to write
        await asyncio.to_thread(mount.recall, settings)

    async def perform(task: DownloadMedia) -> DownloadFinished:
        staging = settings.staging_dir / task.job_id
        info = await _extraction(task)
        if not await disk.entered(staging):
            raise NotNow(_BUSY_SECONDS)

        async def on_message(message: bytes) -> None:
            seen = msgspec.json.decode(message, type=StreamProgress)
            progress = Progress(
                job_id=task.job_id,
                stage=Stage.DOWNLOAD,
                at=datetime.now(UTC),
                title=task.video.title,
                **msgspec.structs.asdict(seen),
            )
            await client.publish(
                subjects.progress(task.job_id, Stage.DOWNLOAD, seen.stream), codec.encode(progress)
            )

        order = Order(str(staging), info, task.options, runtime.settings)
        try:
            with _alone(staging):
                work = pool.run(msgspec.json.encode(order, enc_hook=str), on_message)
                reply = await disk.guarding(work)
        except asyncio.CancelledError as cancelled:
            if not runtime.stopping.is_set() and KEEP not in cancelled.args:  # nobody will go on with it
                await asyncio.to_thread(shutil.rmtree, staging, ignore_errors=True)
            raise
        found = msgspec.json.decode(reply, type=Fetched)
        for warning in found.warnings:
            runtime.log.warning("yt-dlp warns", warning=warning)
        staged = Staging(
            node=runtime.node,
            files=found.files,
            video=found.video,
            audio=found.audio,
            duration=found.duration,
        )
        return DownloadFinished(
            job_id=task.job_id, attempt=task.attempt, staging=staged, egress=settings.egress
        )

    async def _extraction(task: DownloadMedia) -> bytes:
        try:
            found = await runtime.recovery.execute_with_retry(
                "get an extraction", lambda: extractions.get(task.extraction or "")
            )
        except (ObjectNotFoundError, BucketNotFoundError, ValueError) as error:
            raise StageFailed(
                Failure(category=Category.URL_EXPIRED, message="the media addresses are gone by now")
            ) from error
        return found.data or b""

    @contextlib.contextmanager
    def _alone(staging: Path) -> Iterator[None]:
        """Hold a job's staging folder. Raises `NotNow` while another actor on this machine does.

        That one was given up, as the server did not hear of it, but works on; or it removes what is there.
        """
        with contextlib.ExitStack() as holding:
            try:
                holding.enter_context(held(staging))
            except (BlockingIOError, FileNotFoundError):
                raise NotNow(_BUSY_SECONDS) from None
            yield

    def slots() -> int:
        return runtime.settings.download_workers

    async with (
        gate(runtime) as leave,
        worker_pool(runtime, "actors.download.work:work", size=slots, preload=PRELOAD) as pool,
    ):
        runtime.ready()
        await serve_tasks(
            runtime,
            Stage.DOWNLOAD,
            DownloadMedia,
            perform,
            subject=subjects.tasks(Stage.DOWNLOAD),
            durable="download",
            slots=slots,
            grace=0,
            gate=leave,
            ready=disk.roomy,
        )
