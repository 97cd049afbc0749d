"""The names in the library at one moment, beside those the log says must be there."""

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Self

from cli.session import check_same_library
from schemas.common import State, Video
from schemas.fixity import Finding, JobFiles, Trouble
from ytarchive.domain.audit import Survey, being_stored
from ytarchive.domain.findings import another, astray, renamed, unexpected, unlisted
from ytarchive.domain.job import Job
from ytarchive.domain.places import Places
from ytarchive.library.hashing import hash_file
from ytarchive.library.layout import media_stem
from ytarchive.library.scan import LibraryAway, Place, scan, written

if TYPE_CHECKING:
    from cli.replaying import Replay
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


class Names:
    """What was seen in the library; what no job archived there may be missed elsewhere."""

    def __init__(self, library: Path, jobs: Iterable[Job], *, elsewhere: str = "") -> None:
        self.library, self.survey, self._jobs = library, Survey(jobs), jobs
        self._place = Place(library, elsewhere=elsewhere) if self.survey.due or library.is_dir() else None
        self._elsewhere = elsewhere
        self._unlisted: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._claimed: dict[str, str] = {}

    @classmethod
    async def taken(cls, bus: "Bus", folded: "Replay", settings: "Settings") -> Self:
        """Look through the library; then read on in the log, as what was archived meanwhile is no stray.

        Raises `LibraryAway` where it is not there, or is empty and should not be, `UsageError` where it is
        not that of what runs here.
        """
        node = settings.node
        nodes = folded.jobs.health.nodes
        others = (
            ""
            if node in nodes
            else f"Node {node} archived nothing, node {' and '.join(nodes)} did: ask there."
        )
        names = cls(settings.library_dir, folded.jobs, elsewhere=others)
        storing = [*being_stored(folded.jobs.unended())]
        await asyncio.to_thread(names._look_through)
        check_same_library(settings)
        fresh: set[str] = set()
        async for about, _ in folded.go_on(bus):
            if isinstance(about, Job) and about.state is State.ARCHIVED:
                fresh.update(file.path for file in about.files)
        storing += being_stored(folded.jobs.unended())
        stems = tuple(f"{_stem(video)}{end}" for video in storing for end in (".", " ("))
        names.survey.settle(lambda path: path in fresh or path.startswith(stems))
        return names

    def _look_through(self) -> None:
        if not self._place:
            return
        seen = False
        for path, size in scan(self.library, self._not_listed):
            self.survey.see(path, size)
            seen = True
        self._place.check()
        if "" in self._unlisted:
            raise LibraryAway(self.library, f"cannot be listed ({self._unlisted['']})")
        if self.survey.due and not seen:
            raise self.away(f"is empty, and {self.survey.due} files must be there")

    def away(self, what: str) -> LibraryAway:
        """Give the error for a library in which nothing is of what must be there."""
        return LibraryAway(self.library, what, elsewhere=self._elsewhere)

    def _not_listed(self, folder: str, error: OSError) -> None:
        self._unlisted[folder] = error.strerror or str(error)

    @cached_property
    def places(self) -> Places:
        """Where content belongs."""
        return Places(self._jobs)

    async def recognised(self, job: JobFiles, finding: Finding, *, read: bool) -> Finding:
        """Give what was found of a job's file; where it is not there, perhaps it lies elsewhere.

        It may lie in the place of another: of one of the same size only if files are `read` anyway. Raises
        `LibraryAway` where all of the library has gone meanwhile.
        """
        if finding.kind not in (Trouble.MISSING, Trouble.ALTERED) or not self._place:
            return finding
        self._place.check()
        file = next(one for one in job.files if one.path == finding.path)
        for path in self.survey.like(file) if finding.kind is Trouble.MISSING else ():
            if await self._digest(path) == file.sha256:
                self.claim([path])
                return renamed(job.job_id, file, written(path))
        here = await self._archived_as(finding)
        for path in (*here, *self.survey.misfits(file.bytes), *(self.places.others(file) if read else ())):
            if await self._digest(path) == file.sha256:
                return astray(job.job_id, file, path, path if path in here else next(iter(here), ""))
        return another(finding, here[0]) if here else finding

    async def _archived_as(self, finding: Finding) -> list[str]:
        """Give the paths at which was archived what lies in the place of another file."""
        if finding.bytes is None or not self.places.sized(finding.bytes):
            return []
        return self.places.of(finding.bytes, finding.sha256 or await self._digest(finding.path))

    async def _digest(self, path: str) -> str:
        if path not in self._digests:
            self._digests[path] = await asyncio.to_thread(self._read, path)
        return self._digests[path]

    def _read(self, path: str) -> str:
        place = self.library / path
        try:
            return hash_file(place)[1] if S_ISREG(place.lstat().st_mode) else ""
        except OSError:
            return ""

    def check(self) -> None:
        """Raise `LibraryAway` where the library has gone, or is another, since it was looked through."""
        if self._place:
            self._place.check()

    def claim(self, paths: Iterable[str]) -> None:
        """Take files for those that were missed elsewhere, as was found before."""
        for path in paths:
            there = self.meant(path)
            self._claimed[written(there)] = there
            self.survey.strays.pop(there, None)

    def meant(self, shown: str) -> str:
        """Give the path that is shown so, and may have in it what no terminal is to obey."""
        if shown in self._claimed:
            return self._claimed[shown]
        if shown in self.survey.strays:
            return shown
        return next((path for path in self.survey.strays if written(path) == shown), shown)

    def others(self, listed: Collection[str]) -> Iterator[Finding]:
        """Give what is wrong in the library and is no job's. What has gone again is not.

        `listed` are paths that the folders' own lists have.
        """
        for folder, why in sorted(self._unlisted.items()):
            yield unlisted(written(folder), why)
        for path, size in sorted(self.survey.strays.items()):
            if os.path.lexists(self.library / path):
                yield unexpected(written(path), size, listed=path in listed)


def _stem(video: Video) -> str:
    """Give how the paths of a video begin."""
    return str(media_stem(video.channel, video.channel_id, video.upload_date, video.title, video.video_id))
