"""Which videos are archived, which job is about to archive one, and which wait for what comes of that."""

from schemas.common import State, VideoKey
from ytarchive.domain.job import Job


class Videos:
    """An index of jobs by their videos."""

    def __init__(self) -> None:
        self._archived: dict[VideoKey, str] = {}
        self._working: dict[VideoKey, str] = {}
        self._followers: dict[str, dict[str, None]] = {}

    def archived(self, key: VideoKey) -> str | None:
        """Tell which job archived a video; the latest counts."""
        return self._archived.get(key)

    def working(self, key: VideoKey) -> str | None:
        """Tell which job is at work on a video that it knows."""
        return self._working.get(key)

    def followers(self, job_id: str) -> tuple[str, ...]:
        """Give the jobs that wait for what comes of another."""
        return tuple(self._followers.get(job_id, ()))

    def hear(self, before: Job, now: Job) -> None:
        """Take a job as it was and as it is."""
        if before.follows and before.of and not (now.follows and now.of == before.of):
            waiting = self._followers[before.of]
            del waiting[now.job_id]
            if not waiting:
                del self._followers[before.of]
        if now.follows and now.of:
            self._followers.setdefault(now.of, {})[now.job_id] = None
        if not now.video:
            return
        key = now.video.key
        if now.state is State.ARCHIVED:
            self._archived[key] = now.job_id
        if now.active and not now.options.force:
            self._working.setdefault(key, now.job_id)
        elif self._working.get(key) == now.job_id:
            del self._working[key]
