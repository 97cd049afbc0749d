"""Everything the log says, folded: all jobs, and which videos are archived."""

from collections.abc import Iterator

from schemas.common import State, Video
from schemas.envelope import Commit
from schemas.events import JobEvent
from ytarchive.domain.job import Archived, Job, fold


class Catalogue:
    """The read model. It can be thrown away: the log folds into the same again."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._archived: dict[tuple[str, str], Archived] = {}

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

    def apply(self, commit: Commit[JobEvent]) -> Job:
        """Fold one commit, and give the job it was about."""
        job = fold(self.job(commit.aggregate_id), commit)
        self._jobs[job.job_id] = job
        if job.state is State.ARCHIVED and job.video:
            self._archived[job.video.site, job.video.video_id] = Archived(job.job_id, job.files)
        return job
