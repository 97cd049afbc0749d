"""What became of each damaged file, as the log has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from schemas.common import State
from schemas.repair_reports import RepairLine, RepairReport
from ytarchive.library.scan import written

if TYPE_CHECKING:
    from cli.repair_scope import Scope
    from schemas.fixity import Finding
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job
    from ytarchive.domain.repair import Step


def would_be(before: "Mapping[str, Job]", steps: "Sequence[Step]", folders: tuple[str, ...]) -> RepairReport:
    """Say what would be done."""
    left = tuple(msgspec.structs.replace(_line(step), how=step.how, at=written(step.at)) for step in steps)
    return _report(before, (), left, folders, dry_run=True)


def outcome(
    jobs: "Catalogue",
    before: "Mapping[str, Job]",
    scope: "Scope",
    steps: "Sequence[Step]",
    *,
    asked: Mapping[str, str],
    folders: tuple[str, ...],
    failed: "tuple[Finding, ...]" = (),
) -> RepairReport:
    """Say what was done. `asked` are the jobs that downloaded again, by those they repair."""
    left = [step for step in steps if step.damaged(jobs.job)]
    whole = _whole(jobs, before, scope, {step.file.path for step in steps})
    mended = [_mended(jobs, before, step, asked) for step in steps if step not in left]
    unmended = tuple(_unmended(jobs, step, asked) for step in left)
    done = _report(before, (*whole, *mended), unmended, folders, dry_run=False)
    return msgspec.structs.replace(done, ok=done.ok and not failed, failed=failed)


def _report(
    before: "Mapping[str, Job]",
    repaired: tuple[RepairLine, ...],
    left: tuple[RepairLine, ...],
    folders: tuple[str, ...],
    *,
    dry_run: bool,
) -> RepairReport:
    return RepairReport(
        ok=not left and not (dry_run and folders),
        dry_run=dry_run,
        jobs=len(before),
        files=sum(len(job.files) for job in before.values()),
        repaired=repaired,
        left=left,
        renewed=folders,
    )


def _line(step: "Step") -> RepairLine:
    return RepairLine(path=step.file.path, job_id=step.jobs[0], kind=step.finding.kind)


def _whole(
    jobs: "Catalogue", before: "Mapping[str, Job]", scope: "Scope", known: set[str]
) -> Iterator[RepairLine]:
    """Give what the log called damaged, and was found not to be."""
    for job_id, job in before.items():
        for path, kind in job.damaged.items():
            if scope.means(path) and path not in known and path not in jobs.job(job_id).damaged:
                yield RepairLine(path=path, job_id=job_id, kind=kind, how="replaced", now=path)


def _mended(
    jobs: "Catalogue", before: "Mapping[str, Job]", step: "Step", asked: Mapping[str, str]
) -> RepairLine:
    line = _line(step)
    if step.at:
        return msgspec.structs.replace(line, how=step.how, at=written(step.at), now=line.path)
    number = [file.path for file in before[line.job_id].files].index(line.path)
    now = jobs.job(line.job_id).files[number].path  # it took the place of the other
    return msgspec.structs.replace(line, how="downloaded", of=asked.get(line.job_id), now=now)


def _unmended(jobs: "Catalogue", step: "Step", asked: Mapping[str, str]) -> RepairLine:
    line = _line(step)
    if not (of := asked.get(line.job_id)):
        return line
    job = jobs.job(of)
    if job.failure:
        why = job.failure.message
    elif job.state is State.ARCHIVED:
        why = "the site no longer has it"
    else:
        why = f"job {of} is {job.state}"
    return msgspec.structs.replace(line, of=of, detail=why)
