"""Collections: the worker's pages become results, each as soon as it is there."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from actors.metadata.work import Collection
from schemas import codec, subjects
from schemas.commands import ListCollection
from schemas.common import Stage
from schemas.progress import Progress
from schemas.results import CollectionListed, PageListed
from ytarchive.runtime.tasks import InParts, serve_tasks
from ytarchive.runtime.worker_pool import worker_pool
from ytarchive.settings import LISTS
from ytarchive.ytdlp import PRELOAD
from ytarchive.ytdlp.listing import Listed, Page

if TYPE_CHECKING:
    from schemas.queries import Leave
    from ytarchive.runtime.gate import Gate
    from ytarchive.runtime.process import Runtime
    from ytarchive.runtime.tasks import Tell


async def serve_listing(runtime: "Runtime", gate: "Gate") -> None:
    """List collections until told to stop."""
    settings = runtime.settings

    async def perform(task: ListCollection, leave: "Leave", tell: "Tell") -> CollectionListed:
        async def handed_out(message: bytes) -> None:
            page = msgspec.json.decode(message, type=Page)
            listed = PageListed(
                job_id=task.job_id,
                attempt=task.attempt,
                page=page.number,
                entries=page.entries,
                resume=page.resume,
                title=page.title,
                tab=page.tab,
                met=page.met,
                egress=settings.egress,
            )
            await tell(listed, str(page.number))
            await _progress(runtime, task, f"listing, page {page.number}", page.title)

        await _progress(runtime, task, "listing")
        asked = Collection(task.url, task.choices, task.known, leave.pages, leave.resume, settings)
        found = msgspec.json.decode(
            await pool.run(msgspec.json.encode(asked, enc_hook=str), handed_out), type=Listed
        )
        return CollectionListed(
            job_id=task.job_id,
            attempt=task.attempt,
            pages=found.pages,
            title=found.title,
            note=found.note,
            egress=settings.egress,
        )

    async with worker_pool(
        runtime, "actors.metadata.work:list_pages", size=lambda: LISTS, preload=PRELOAD
    ) as pool:
        await serve_tasks(
            runtime,
            Stage.LISTING,
            ListCollection,
            InParts(perform),
            subject=subjects.tasks(Stage.LISTING),
            durable="listing",
            slots=LISTS,
            grace=2,
            gate=gate,
        )


async def _progress(runtime: "Runtime", task: ListCollection, stream: str, title: str = "") -> None:
    progress = Progress(
        job_id=task.job_id, stage=Stage.LISTING, at=datetime.now(UTC), stream=stream, title=title
    )
    await runtime.bus.client.publish(
        subjects.progress(task.job_id, Stage.LISTING, "listing"), codec.encode(progress)
    )
