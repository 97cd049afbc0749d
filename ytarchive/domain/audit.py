"""What must be on disk if the log is true, compared with what is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from schemas.common import ArchivedFile, State, Video
from ytarchive.domain.job import Job
from ytarchive.domain.replay import Break


class Kind(StrEnum):
    """What can be wrong."""

    MISSING = "missing"
    ALTERED = "altered"
    UNEXPECTED = "unexpected"
    LOG = "log"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as the log says. `path` is relative to the library."""

    kind: Kind
    path: str | None = None
    job_id: str | None = None
    detail: str


class Expected(msgspec.Struct, frozen=True):
    """A file that must exist, and the job that says so."""

    job_id: str
    file: ArchivedFile


def expected_files(jobs: Iterable[Job]) -> dict[str, Expected]:
    """Give every file that must exist, by path."""
    return {
        file.path: Expected(job.job_id, file)
        for job in jobs
        if job.state is State.ARCHIVED
        for file in job.files
    }


def being_stored(jobs: Iterable[Job]) -> Iterator[Video]:
    """Give the videos of which some files may be in the library already, though no job has archived them."""
    return (job.video for job in jobs if job.video and job.state is State.STORING)


def compare(
    expected: Mapping[str, Expected], found: Mapping[str, int], settling: Callable[[str], bool]
) -> Iterator[Problem]:
    """Compare names and sizes: `found` maps relative paths to bytes.

    `settling` tells which paths may exist unexpected: those of videos `being_stored`, and what was archived
    while the disk was looked through.
    """
    for path, due in expected.items():
        if path not in found:
            yield Problem(kind=Kind.MISSING, path=path, job_id=due.job_id, detail="not on disk")
        elif found[path] != due.file.bytes:
            detail = f"{found[path]} bytes on disk, {due.file.bytes} in the log"
            yield Problem(kind=Kind.ALTERED, path=path, job_id=due.job_id, detail=detail)
    for path in sorted(found.keys() - expected.keys()):
        if not settling(path):
            yield Problem(kind=Kind.UNEXPECTED, path=path, detail="no job archived this file")


def compare_digest(expected: Expected, digest: str) -> Problem | None:
    """Compare the content that was read back."""
    if digest == expected.file.sha256:
        return None
    return Problem(
        kind=Kind.ALTERED,
        path=expected.file.path,
        job_id=expected.job_id,
        detail=f"SHA-256 is {digest[:12]}…, {expected.file.sha256[:12]}… in the log",
    )


def log_problem(fault: Break) -> Problem:
    """Report a break of the log."""
    return Problem(kind=Kind.LOG, job_id=fault.job_id, detail=f"message {fault.sequence}: {fault.detail}")
