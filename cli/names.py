"""The names in the library at one moment, beside those the log says must be there."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from schemas.common import State, Video
from schemas.fixity import Finding, JobFiles, Trouble
from ytarchive.domain.audit import Survey, being_stored
from ytarchive.domain.findings import renamed, unexpected, unlisted
from ytarchive.domain.job import Job
from ytarchive.library.layout import media_stem
from ytarchive.library.scan import LibraryAway, Place, scan, written
from ytarchive.library.transfer import hash_file

if TYPE_CHECKING:
    from cli.replaying import Replay
    from ytarchive.runtime.bus import Bus


class Names:
    """What was seen in the library; what no job archived there may be missed elsewhere."""

    def __init__(self, library: Path, survey: Survey) -> None:
        self.library, self.survey = library, survey
        self._place = Place(library) if survey.due or library.is_dir() else None
        self._unlisted: dict[str, str] = {}
        self._digests: dict[str, str] = {}

    @classmethod
    async def taken(cls, bus: "Bus", folded: "Replay", library: Path) -> Self:
        """Look through the library; then read on in the log, as what was archived meanwhile is no stray.

        Raises `LibraryAway` where it is not there, or is empty and should not be.
        """
        names = cls(library, Survey(folded.jobs))
        storing = [*being_stored(folded.jobs.unended())]
        await asyncio.to_thread(names._look_through)
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
            raise LibraryAway(self.library, f"is empty, and {self.survey.due} files must be there")

    def _not_listed(self, folder: str, error: OSError) -> None:
        self._unlisted[folder] = error.strerror or str(error)

    async def recognised(self, job: JobFiles, finding: Finding) -> Finding:
        """Give what was found of a job's file; where it is missing, perhaps it lies elsewhere.

        Raises `LibraryAway` where all of the library has gone meanwhile.
        """
        if finding.kind is not Trouble.MISSING or not self._place:
            return finding
        self._place.check()
        file = next(one for one in job.files if one.path == finding.path)
        for path in self.survey.like(file):
            if await self._digest(path) == file.sha256:
                self.survey.strays.pop(path)
                return renamed(job.job_id, file, written(path))
        return finding

    async def _digest(self, path: str) -> str:
        if path not in self._digests:
            try:
                _, self._digests[path] = await asyncio.to_thread(hash_file, self.library / path)
            except OSError:
                self._digests[path] = ""
        return self._digests[path]

    def check(self) -> None:
        """Raise `LibraryAway` where the library has gone, or is another, since it was looked through."""
        if self._place:
            self._place.check()

    def claim(self, paths: Iterable[str]) -> None:
        """Take files for those that were missed elsewhere, as was found before."""
        for path in paths:
            self.survey.strays.pop(path, None)

    def others(self) -> Iterator[Finding]:
        """Give what is wrong in the library and is no job's. What has gone again is not."""
        for folder, why in sorted(self._unlisted.items()):
            yield unlisted(written(folder), why)
        for path, size in sorted(self.survey.strays.items()):
            if os.path.lexists(self.library / path):
                yield unexpected(written(path), size)


def _stem(video: Video) -> str:
    """Give how the paths of a video begin."""
    return str(media_stem(video.channel, video.channel_id, video.upload_date, video.title, video.video_id))
