"""What must be on disk if the log is true, beside what is."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator

from schemas.common import ArchivedFile, State, Video
from schemas.fixity import Finding, JobFiles, Scope, Trouble
from ytarchive.domain.health import Health
from ytarchive.domain.job import Job


def within(jobs: Iterable[Job], scope: Scope, audit_id: str) -> list[str]:
    """Give the ids of the jobs whose files an audit looks at, in their order.

    A sample is another in each audit, and the same again in the same; of what there is, it has at least one.
    """
    found = [job.job_id for job in jobs if job.state is State.ARCHIVED and job.files and _fits(job, scope)]
    if scope.sample is None:
        return found
    places = {job_id: _place(audit_id, job_id) for job_id in found}
    sampled = [job_id for job_id in found if places[job_id] < scope.sample / 100]
    return sampled or sorted(found, key=places.__getitem__)[:1]


def _fits(job: Job, scope: Scope) -> bool:
    if scope.jobs and job.job_id not in scope.jobs:
        return False
    if scope.since and (job.updated_at is None or job.updated_at < scope.since):
        return False
    return not scope.channel or scope.channel.casefold() in _channels(job)


def _channels(job: Job) -> set[str]:
    """Give all names of the channel of a job: its own, its id, its folder's."""
    named = [job.video.channel, job.video.channel_id] if job.video else []
    return {name.casefold() for name in (*named, job.files[0].path.partition("/")[0]) if name}


def _place(audit_id: str, job_id: str) -> float:
    """Give a number from 0 to 1 that nobody chose."""
    return int(hashlib.sha256(f"{audit_id}{job_id}".encode()).hexdigest()[:8], 16) / (1 << 32)


def files_of(job: Job) -> JobFiles:
    """Give what is to be looked at of a job."""
    return JobFiles(job_id=job.job_id, files=job.files, verified=job.verified)


def kept_elsewhere(health: Health, node: str, job: JobFiles, findings: Collection[Finding]) -> bool:
    """Tell whether the files of a job are not here because another node has a library of its own.

    Nodes may share one, and a node may have got another name: then nothing is elsewhere.
    """
    absent = sum(finding.kind is Trouble.MISSING for finding in findings)
    return absent == len(job.files) and node in health.nodes and health.keeper(job.job_id) != node


def being_stored(jobs: Iterable[Job]) -> Iterator[Video]:
    """Give the videos of which some files may be in the library already, though no job has archived them."""
    return (job.video for job in jobs if job.video and job.state is State.STORING)


class Survey:
    """The names in the library beside those that must be there. `strays` are those of no archived job.

    Each is seen once. Memory: every path that must be there and was not seen yet, or has another size.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._due = {
            file.path: file.bytes for job in jobs if job.state is State.ARCHIVED for file in job.files
        }
        self.due = len(self._due)
        self.strays: dict[str, int | None] = {}
        self._by_size: dict[int | None, list[str]] = {}
        self._misfits: dict[int | None, list[str]] = {}

    def see(self, path: str, size: int | None) -> None:
        """Take a name that is there; no regular file has no `size`."""
        if path not in self._due:
            self.strays[path] = size
        elif self._due.pop(path) != size:
            self._misfits.setdefault(size, []).append(path)

    def unseen(self, path: str) -> bool:
        """Tell whether a name that must be there was not."""
        return path in self._due

    def settle(self, settling: Callable[[str], bool]) -> None:
        """Take for no strays what may be there: of videos `being_stored`, or archived by now. Once."""
        self.strays = {path: size for path, size in self.strays.items() if not settling(path)}
        for path, size in self.strays.items():
            self._by_size.setdefault(size, []).append(path)

    def misfits(self, size: int) -> list[str]:
        """Give the places of archived files of another size in which something of this size lies."""
        return self._misfits.get(size, [])

    def like(self, file: ArchivedFile) -> list[str]:
        """Give the strays that may be a missing file under another name, the likeliest first."""
        folder, _, name = file.path.rpartition("/")
        return sorted(
            (path for path in self._by_size.get(file.bytes, ()) if path in self.strays),
            key=lambda path: (not path.endswith(f"/{name}"), not path.startswith(f"{folder}/"), path),
        )
