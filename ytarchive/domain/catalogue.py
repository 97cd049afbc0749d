"""Everything the log says, folded: all jobs, which videos are archived, and whom the site refuses."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

import msgspec

from schemas.common import Category, Failure, State, Video
from schemas.envelope import Commit
from schemas.events import (
    AttemptFailed,
    JobEvent,
    MediaDownloaded,
    MetadataRecorded,
    StageBlocked,
    StageStarted,
)
from schemas.queries import EgressView
from ytarchive.domain.breaker import Breaker
from ytarchive.domain.job import Archived, Job, fold


class Catalogue:
    """The read model. It can be thrown away: the log folds into the same again."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._archived: dict[tuple[str, str], Archived] = {}
        self._documents: set[str] = set()
        self._breakers: dict[str, Breaker] = {}
        self._refusals: dict[str, Failure] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        """Iterate over all jobs, oldest first."""
        return iter(self._jobs.values())

    def __reversed__(self) -> Iterator[Job]:
        """Iterate over all jobs, newest first."""
        return reversed(self._jobs.values())

    def job(self, job_id: str) -> Job:
        """Give a job as it stands; one the log does not know has version 0."""
        return self._jobs.get(job_id) or Job(job_id=job_id)

    def archived(self, video: Video) -> Archived | None:
        """Tell where a video is archived; the latest copy counts."""
        return self._archived.get((video.site, video.video_id))

    @property
    def documents(self) -> AbstractSet[str]:
        """The names of all metadata documents that were ever referred to."""
        return self._documents

    def breaker(self, egress: str) -> Breaker:
        """Give the breaker of an egress identity; of one that was never refused, a closed one."""
        return self._breakers.get(egress, _CLOSED)

    def refused(self, egress: str) -> EgressView | None:
        """Tell until when, and why, the site refuses an identity; until then, and until one got through."""
        breaker = self.breaker(egress)
        if breaker.open_until is None:
            return None
        failure = self._refusals[egress]
        return EgressView(egress=egress, until=breaker.open_until, refusals=breaker.level, failure=failure)

    def all_refused(self) -> tuple[EgressView, ...]:
        """Give every identity that is refused, and how many jobs rest because of that."""
        return tuple(
            msgspec.structs.replace(refused, resting=len(self.resting(egress)))
            for egress in self._breakers
            if (refused := self.refused(egress))
        )

    def resting(self, egress: str) -> list[Job]:
        """Give the jobs that rest because the site refuses an identity."""
        return [job for job in self if job.state is State.PAUSED and job.due and job.egress == egress]

    def apply(self, commit: Commit[JobEvent]) -> Job:
        """Fold one commit, and give the job it was about."""
        before = self.job(commit.aggregate_id)
        job = fold(before, commit)
        self._jobs[job.job_id] = job
        for event in commit.events:
            if isinstance(event, MetadataRecorded):
                self._documents.add(event.metadata.name)
            self._hear(event, commit.at, before.egress)
        if job.state is State.ARCHIVED and job.video:
            self._archived[job.video.site, job.video.video_id] = Archived(job.job_id, job.files)
        return job

    def _hear(self, event: JobEvent, at: datetime, rested_for: str) -> None:
        """Learn from an event how the site treats whoever asked; the job `rested_for` an identity before."""
        match event:
            case StageStarted(by_hand=True) if rested_for in self._breakers:  # somebody wants to see now
                self._breakers[rested_for] = self.breaker(rested_for).half_open(at)
            case StageBlocked(egress=egress, until=until, failure=failure) if egress:  # else it is nobody's
                self._breakers[egress] = self.breaker(egress).failed(at, lambda _level: until - at)
                self._refusals[egress] = failure
            case AttemptFailed(failure=Failure(category=category)) if category not in _TELLING:
                pass
            case (
                MetadataRecorded(egress=egress)
                | MediaDownloaded(egress=egress)
                | AttemptFailed(egress=egress)
            ) if egress in self._breakers:
                self._breakers[egress] = self.breaker(egress).succeeded(at)
            case _:
                pass


_CLOSED: Final = Breaker()
_TELLING: Final = frozenset(
    {
        Category.NEEDS_AUTH,
        Category.GONE,
        Category.UNAVAILABLE,
        Category.GEO,
        Category.NOT_YET,
        Category.DRM,
        Category.MEDIA,
    }
)
"""Failures that show that the site did answer whoever asked."""
