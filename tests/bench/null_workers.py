"""``python -m tests.bench.null_workers``: all stages in one process, which do every task at once.

The tasks come through the real queues and the real gate, and each ends in a result such as real work has; but
no site was asked, and there are no files.
"""

import asyncio
from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.commands import DownloadMedia, FetchMetadata, ListCollection, StoreMedia
from schemas.common import Entry, Stage
from schemas.results import CollectionListed, PageListed
from tests.bench import journeys
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve
from ytarchive.runtime.gate import gate
from ytarchive.runtime.process import run_actor
from ytarchive.runtime.rendezvous import server_for
from ytarchive.runtime.tasks import InParts, serve_tasks
from ytarchive.sources import load

if TYPE_CHECKING:
    from schemas.commands import Task
    from schemas.envelope import Envelope
    from schemas.queries import Leave
    from schemas.results import DownloadFinished, MediaStored, MetadataFetched
    from ytarchive.runtime.process import Runtime
    from ytarchive.runtime.tasks import Tell


_PAGE = 100


def collection(size: int) -> str:
    """Give the address of a list that the null lister knows: one of so many videos."""
    return f"https://www.youtube.com/playlist?list=PL{size}"


async def _list_all(task: ListCollection, leave: "Leave", tell: "Tell") -> CollectionListed:
    size = int(task.url.rpartition("PL")[2])
    for page in range(leave.pages, -(-size // _PAGE)):
        numbers = range(page * _PAGE, min((page + 1) * _PAGE, size))
        entries = tuple(Entry(video_id=f"{one:011d}", url=journeys.url(one)) for one in numbers)
        listed = PageListed(job_id=task.job_id, attempt=task.attempt, page=page + 1, entries=entries)
        await tell(listed, str(page + 1))
    return CollectionListed(job_id=task.job_id, attempt=task.attempt, pages=-(-size // _PAGE))


async def run(runtime: "Runtime") -> None:
    """Report success on every task until told to stop."""
    settings, node = runtime.settings, runtime.node

    async def look_up(task: FetchMetadata) -> "MetadataFetched":
        return journeys.fetched(task.job_id, journeys.number(task.url), task.attempt, node)

    async def download(task: DownloadMedia) -> "DownloadFinished":
        return journeys.staged(task.job_id, task.attempt, node)

    async def store(task: StoreMedia) -> "MediaStored":
        return journeys.stored(task.job_id, task.video, task.attempt, node)

    async def discard(_delivery: "Delivery[Envelope[Task]]") -> None:
        """There is nothing."""

    discards = Queue(
        topology.COMMANDS,
        topology.work_consumer(f"discard-{node}", subjects.discards(node), slots=1, ack_wait=60),
        codec.tasks,
        discard,
    )
    async with gate(runtime) as leave, asyncio.TaskGroup() as group:
        group.create_task(serve(runtime, discards))
        group.create_task(
            serve_tasks(
                runtime,
                Stage.LISTING,
                ListCollection,
                InParts(_list_all),
                subject=subjects.tasks(Stage.LISTING),
                durable="listing",
                slots=1,
                grace=0,
                gate=leave,
            )
        )
        group.create_task(
            serve_tasks(
                runtime,
                Stage.METADATA,
                FetchMetadata,
                look_up,
                subject=subjects.tasks(Stage.METADATA),
                durable="metadata",
                slots=settings.look_ups,
                grace=0,
                gate=leave,
            )
        )
        group.create_task(
            serve_tasks(
                runtime,
                Stage.DOWNLOAD,
                DownloadMedia,
                download,
                subject=subjects.tasks(Stage.DOWNLOAD),
                durable="download",
                slots=settings.download_workers,
                grace=0,
                gate=leave,
            )
        )
        group.create_task(
            serve_tasks(
                runtime,
                Stage.STORAGE,
                StoreMedia,
                store,
                subject=subjects.tasks(Stage.STORAGE, node=node),
                durable=f"storage-{node}",
                slots=settings.download_workers,
                grace=0,
            )
        )
        runtime.ready()


if __name__ == "__main__":
    found = load().settings
    run_actor("null", run, found, lambda: server_for(found, "admin"))
