"""The metadata actor's process."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from actors.metadata.listing import serve_listing
from actors.metadata.work import Answer, Question
from schemas import codec, subjects
from schemas.commands import FetchMetadata
from schemas.common import MetadataRef, Stage, Video
from schemas.progress import Progress
from schemas.results import MetadataFetched, VideoUnwanted
from ytarchive.runtime import documents, topology
from ytarchive.runtime.gate import gate
from ytarchive.runtime.tasks import serve_tasks
from ytarchive.runtime.worker_pool import worker_pool
from ytarchive.ytdlp import PRELOAD
from ytarchive.ytdlp.sidecars import PICTURE

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime


async def run(runtime: "Runtime") -> None:
    """Look videos up, and list collections of them, until told to stop."""
    settings, retry = runtime.settings, runtime.recovery.execute_with_retry
    extractions = await runtime.bus.js.object_store(topology.EXTRACTIONS_BUCKET)

    async def perform(task: FetchMetadata) -> MetadataFetched | VideoUnwanted:
        progress = Progress(
            job_id=task.job_id, stage=Stage.METADATA, at=datetime.now(UTC), stream="looking up"
        )
        await runtime.bus.client.publish(
            subjects.progress(task.job_id, Stage.METADATA, "lookup"), codec.encode(progress)
        )
        question = Question(task.url, task.choices, settings, task.thumbnail)
        reply = await pool.run(msgspec.json.encode(question, enc_hook=str))
        found = msgspec.json.decode(reply, type=Answer)
        for warning in found.warnings:
            runtime.log.warning("yt-dlp warns", warning=warning)
        if found.unwanted:
            return VideoUnwanted(
                job_id=task.job_id,
                attempt=task.attempt,
                video=found.video,
                reason=found.unwanted,
                egress=settings.egress,
            )
        reference = await _keep(found.video, found.fingerprint, found.document)
        thumbnail = None
        if found.thumbnail:
            digest = hashlib.sha256(found.thumbnail).hexdigest()
            thumbnail = await _keep(found.video, digest, found.thumbnail, PICTURE)
        extraction = f"{task.job_id}/{task.attempt}" if task.media else None
        if extraction:
            await retry("keep an extraction", lambda: extractions.put(extraction, found.extraction))
        return MetadataFetched(
            job_id=task.job_id,
            attempt=task.attempt,
            node=runtime.node,
            video=found.video,
            metadata=reference,
            extraction=extraction,
            egress=settings.egress,
            thumbnail=thumbnail,
        )

    async def _keep(video: Video, digest: str, content: bytes, suffix: str = "") -> MetadataRef:
        """Store a document of the video unless this very content is stored already."""
        name = _name(video, digest) + suffix
        stored = await retry("keep a document", lambda: documents.keep(runtime.bus, name, content))
        return MetadataRef(name=name, fingerprint=digest, stored=stored)

    def slots() -> int:
        return runtime.settings.look_ups

    async with (
        gate(runtime) as leave,
        worker_pool(runtime, "actors.metadata.work:work", size=slots, preload=PRELOAD) as pool,
    ):
        runtime.ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_listing(runtime, leave))
            group.create_task(
                serve_tasks(
                    runtime,
                    Stage.METADATA,
                    FetchMetadata,
                    perform,
                    subject=subjects.tasks(Stage.METADATA),
                    durable="metadata",
                    slots=slots,
                    grace=2,
                    gate=leave,
                )
            )


def _name(video: Video, digest: str) -> str:
    return f"{video.site}/{video.video_id}/{digest}"
