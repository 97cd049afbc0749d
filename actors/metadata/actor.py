"""The metadata actor's process."""

import asyncio
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
from ytarchive.workers import WorkerPool
from ytarchive.ytdlp import PRELOAD

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
        reply = await pool.run(msgspec.json.encode(Question(task.url, task.choices, settings), enc_hook=str))
        found = msgspec.json.decode(reply, type=Answer)
        for warning in found.warnings:
            runtime.log.warning("yt-dlp warns", job_id=task.job_id, warning=warning)
        if found.unwanted:
            return VideoUnwanted(
                job_id=task.job_id,
                attempt=task.attempt,
                video=found.video,
                reason=found.unwanted,
                egress=settings.egress,
            )
        reference = await _keep(found)
        extraction = f"{task.job_id}/{task.attempt}"
        await retry("keep an extraction", lambda: extractions.put(extraction, found.extraction))
        return MetadataFetched(
            job_id=task.job_id,
            attempt=task.attempt,
            node=runtime.node,
            video=found.video,
            metadata=reference,
            extraction=extraction,
            egress=settings.egress,
        )

    async def _keep(found: Answer) -> MetadataRef:
        """Store the metadata document unless this very payload of the video is stored already."""
        name = _name(found.video, found.fingerprint)
        stored = await retry("keep a document", lambda: documents.keep(runtime.bus, name, found.document))
        return MetadataRef(name=name, fingerprint=found.fingerprint, stored=stored)

    async with (
        gate(runtime) as leave,
        WorkerPool(
            "actors.metadata.work:work",
            size=settings.metadata_workers,
            preload=[*PRELOAD, "actors.metadata.work"],
        ) as pool,
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
                    slots=settings.metadata_workers,
                    grace=2,
                    gate=leave,
                )
            )


def _name(video: Video, digest: str) -> str:
    return f"{video.site}/{video.video_id}/{digest}"
