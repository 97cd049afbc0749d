"""What is to be done about damaged files, and what becomes of the job they belong to.

A file of which a good copy lies somewhere goes back to its place, or is copied where that copy was archived
too. Else a job of its own downloads the video again, and of that only what is damaged is stored: the archived
job stays, and says what it has instead.
"""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping

import msgspec

from schemas.common import ArchivedFile, State
from schemas.fixity import Finding, Repair
from schemas.fixity_events import FixityRepaired
from schemas.results import MediaStored
from ytarchive.domain.fixity import Recorded
from ytarchive.domain.job import Job


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one damaged file needs: to be fetched from `at` in the library, or to be downloaded again.

    It is a file of all the `jobs`, to one of which `finding` was told. What is `shared` was archived at `at`
    too, and stays there; what is `displaced` lies in the place of another file that is damaged.
    """

    file: ArchivedFile
    jobs: tuple[str, ...]
    finding: Finding
    at: str = ""
    shared: bool = False
    displaced: bool = False

    @property
    def how(self) -> str:
        """How it comes back, as `fixity.repaired` says it."""
        return "downloaded" if not self.at else "copied" if self.shared else "returned"

    def damaged(self, of: Callable[[str], Job]) -> bool:
        """Tell whether it is still to be done. `of` gives a job as it stands."""
        return any(self.file.path in of(job_id).damaged for job_id in self.jobs)


def plan(
    jobs: Iterable[Job],
    findings: Iterable[Finding],
    copies: Mapping[str, str],
    archived: Container[str] = frozenset(),
) -> list[Step]:
    """Say what is to be done for what was found of the files of `jobs`; the rest is passed over.

    `copies` tells by the path of a damaged file where its content lies elsewhere in the library; `archived`
    are the paths at which any job archived something.
    """
    found = {(one.job_id, one.path): one for one in findings}
    steps: dict[ArchivedFile, Step] = {}
    for job in jobs:
        for file in job.files if job.state is State.ARCHIVED else ():
            if finding := found.get((job.job_id, file.path)):
                before = steps.get(file)
                steps[file] = Step(
                    file=file,
                    jobs=(*(before.jobs if before else ()), job.job_id),
                    finding=finding,
                    at=copies.get(file.path, ""),
                )
    bad = {step.file.path: step.file.sha256 for step in steps.values()}
    return [_placed(step, bad, archived) for step in steps.values()]


def _placed(step: Step, bad: Mapping[str, str], archived: Container[str]) -> Step:
    displaced = step.at in bad and bad[step.at] != step.file.sha256
    return msgspec.structs.replace(step, displaced=displaced, shared=step.at in archived and not displaced)


def downloads(steps: Iterable[Step], *, keep: bool) -> list[Repair]:
    """Give what is to be downloaded again: of each job together."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        if not step.at:
            found.setdefault(step.jobs[0], []).append(step)
    return [
        Repair(
            job_id=job_id,
            files=tuple(step.file for step in due),
            others=tuple(dict.fromkeys(other for step in due for other in step.jobs if other != job_id)),
            keep=keep,
        )
        for job_id, due in found.items()
    ]


def repairing_job(job_id: str, number: int) -> str:
    """Give the id of the `number`-th job that repairs another, from 0. Who asks for it twice asks once."""
    return hashlib.sha256(f"repair\0{job_id}\0{number}".encode()).hexdigest()[:16]


def needed(repair: Repair, job: Job) -> bool:
    """Tell whether all that is to be repaired of `job` is damaged still, and nobody else was at it."""
    return job.state is State.ARCHIVED and all(
        file.path in job.damaged and file in job.files for file in repair.files
    )


def mended(job: Job, message: object, of: Callable[[str], Job]) -> tuple[Recorded, ...]:
    """Give what a message about `job` means for those that it repairs. `of` gives a job as it stands."""
    if not (job.repairs and isinstance(message, MediaStored)):
        return ()
    due = {file.path: file for file in job.repairs.files}
    return tuple(
        Recorded(
            "job",
            other.job_id,
            tuple(
                FixityRepaired(path=one.path, file=one.file, how="downloaded", of=job.job_id)
                for one in message.mended
                if one.path in other.damaged and due.get(one.path) in other.files
            ),
        )
        for other in map(of, job.repairs.jobs)
    )
