"""Which videos are archived, which job is about to archive one, and which wait for what comes of that."""

from typing import TypeVar

from schemas.common import State, VideoKey
from ytarchive.domain.job import Job

K = TypeVar("K")


class Videos:
    """An index of jobs by their videos."""

    def __init__(self) -> None:
        self._archived: dict[VideoKey, str] = {}
        self._working: dict[VideoKey, dict[str, None]] = {}
        self._followers: dict[str, dict[str, None]] = {}

    def archived(self, key: VideoKey) -> str | None:
        """Tell which job archived a video; the latest counts."""
        return self._archived.get(key)

    def working(self, key: VideoKey) -> str | None:
        """Tell which job is at work on a video that it knows; of several, the first.

        Who has to archive it whatever others do does not count, nor who only looks at it again.
        """
        return next(iter(self._working.get(key, ())), None)

    def followers(self, job_id: str) -> tuple[str, ...]:
        """Give the jobs that wait for what comes of another."""
        return tuple(self._followers.get(job_id, ()))

    def hear(self, before: Job, now: Job) -> None:
        """Take a job as it was and as it is."""
        _move(self._followers, now.job_id, _followed(before), _followed(now))
        _move(self._working, now.job_id, _worked_on(before), _worked_on(now))
        if now.video and now.state is State.ARCHIVED and not now.repairs:
            self._archived[now.video.key] = now.job_id


def _followed(job: Job) -> str | None:
    return job.of if job.follows else None


def _worked_on(job: Job) -> VideoKey | None:
    if job.options.force or job.options.refresh or job.repairs:
        return None
    return job.video.key if job.video and job.active else None


def _move(index: dict[K, dict[str, None]], job_id: str, was: K | None, now: K | None) -> None:
    if was == now:
        return
    if was is not None:
        there = index[was]
        del there[job_id]
        if not there:
            del index[was]
    if now is not None:
        index.setdefault(now, {})[job_id] = None
