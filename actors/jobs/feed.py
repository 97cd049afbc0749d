"""What is still to be begun of a batch: its sources in order, each list page by page as it becomes known.

Nothing of a list is kept in memory but the part of the log that is read just now. Nor is it recorded how far
the walk came: whoever begins anew passes over what has a job, whose id says which video of which batch.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from schemas.batch_events import BatchExtended, BatchSubmitted
from schemas.common import Entry
from schemas.events import ListingFinished, PageRecorded
from ytarchive.domain.batch import by_address, listing_job, video_job
from ytarchive.domain.links import is_list, video_id_of
from ytarchive.domain.lists import Known

if TYPE_CHECKING:
    from actors.jobs.desk import Desk
    from schemas.events import JobSubmitted


class Feed:
    """The videos of one batch that need a job. `known` and `skipped` count those passed over that need none.

    `walked` counts all entries, again where several lists have them.

    `exhausted` tells that there is nothing more, unless `stale`: a list that was read was gone on with since.
    """

    def __init__(
        self, desk: "Desk", batch_id: str, begin: "Callable[[str, JobSubmitted], Awaitable[None]]"
    ) -> None:
        self._desk, self._catalogue, self._batch_id, self._begin = desk, desk.catalogue, batch_id, begin
        self.known = self.skipped = self.walked = 0
        self.exhausted = False
        self._passed: set[str] = set()
        self._read: dict[str, int] = {}
        self._entries = self._walk()

    @property
    def stale(self) -> bool:
        """Whether to walk once more from the beginning."""
        return any(self._catalogue.job(job_id).version != version for job_id, version in self._read.items())

    async def next(self) -> Entry | None:
        """Give the next video without a job, or None where there is none at the moment."""
        async for entry in self._entries:
            self.walked += entry is not None
            if entry is None or self._wanted(entry):
                return entry
        self.exhausted = True
        return None

    def _wanted(self, entry: Entry) -> bool:
        batch = self._catalogue.batch(self._batch_id)
        job_id, _ = video_job(batch, entry)
        if job_id in self._catalogue or job_id in self._passed:
            return False
        archived = self._catalogue.videos.archived(entry.key) is not None
        known = archived and not (batch.options.force or batch.options.refresh)
        skipped = bool(entry.skip) or (batch.options.refresh and bool(entry.site) and not archived)
        if skipped or known:
            self._passed.add(job_id)  # lists may overlap
            self.skipped += skipped
            self.known += not skipped
            return False
        return True

    async def _walk(self) -> AsyncIterator[Entry | None]:
        async for url in self._sources():
            if url is None:
                yield None
            elif video_id := video_id_of(url):
                yield Entry(video_id=video_id)
            elif self._catalogue.batch(self._batch_id).options.refresh and not is_list(url):
                yield by_address(url)
            else:
                async for entry in self._listed(url):
                    yield entry

    async def _sources(self) -> AsyncIterator[str | None]:
        """Give the addresses the batch was asked for, and None while more are on their way."""
        after = seen = 0
        while True:
            batch = self._catalogue.batch(self._batch_id)
            if batch.version != seen:
                seen = batch.version
                async for position, event in self._desk.history("batch", self._batch_id, after):
                    after = position
                    if isinstance(event, BatchSubmitted | BatchExtended):
                        for source in event.sources:
                            yield source
            elif batch.more:
                yield None
            else:
                return

    async def _listed(self, url: str) -> AsyncIterator[Entry | None]:
        """Give what is behind a URL, once somebody was asked to list it; None while that goes on."""
        batch = self._catalogue.batch(self._batch_id)
        known = Known() if batch.whole else self._catalogue.lists.known(url, batch.options.choices)
        job_id, submitted = listing_job(batch, url, known.ids, known.job_id)
        if not self._catalogue.job(job_id).version:
            await self._begin(job_id, submitted)
        after = seen = 0
        while True:
            job = self._catalogue.job(job_id)
            if job.version != seen:
                seen = job.version
                async for position, event in self._desk.history("job", job_id, after):
                    after = position
                    if isinstance(event, PageRecorded | ListingFinished):
                        async for entry in self._told(event, job.previous):
                            yield entry
            elif job.state.final:
                break
            else:
                yield None
        self._read[job_id] = job.version

    async def _told(
        self, event: PageRecorded | ListingFinished, previous: str | None, since: str | None = None
    ) -> AsyncIterator[Entry]:
        """Give what an event tells of a list: its entries, and what an earlier list had behind them.

        With `since`, which may be there or further back, only what comes from that on.
        """
        name, met = "", event.met
        if isinstance(event, PageRecorded):
            await asyncio.sleep(0)  # who passes over many thousands lets others have their turn
            name = event.tab
            for entry in event.entries:
                since = None if entry.video_id == since else since
                if not since:
                    yield entry
        earlier = self._catalogue.lists.tab(previous, name, met)
        if previous and earlier is not None:
            async for entry in self._from(previous, earlier, since or met):
                yield entry

    async def _from(self, job_id: str, tab: str, place: str | None) -> AsyncIterator[Entry]:
        """Give what a tab of an earlier list had from `place` on, some of it from one earlier still."""
        previous = self._catalogue.job(job_id).previous
        async for _, event in self._desk.history("job", job_id, 0):
            if isinstance(event, ListingFinished) or (isinstance(event, PageRecorded) and event.tab == tab):
                async for entry in self._told(event, previous, place):
                    place = None
                    yield entry
