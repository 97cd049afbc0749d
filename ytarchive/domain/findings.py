"""How what is not as the log says is told."""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from schemas.common import ArchivedFile
from schemas.fixity import Finding, Trouble
from ytarchive.domain.replay import Break

_SHOWN = 12
"""Digits of a hash that tell it from another."""
_DETAIL = 2000


def absent(job_id: str, file: ArchivedFile) -> Finding:
    """Say that a file is not there."""
    return Finding(kind=Trouble.MISSING, path=file.path, job_id=job_id, detail="not on disk")


def no_file(job_id: str, file: ArchivedFile) -> Finding:
    """Say that something else has the name of a file."""
    return Finding(kind=Trouble.ALTERED, path=file.path, job_id=job_id, detail="not a regular file")


def other_size(job_id: str, file: ArchivedFile, size: int) -> Finding:
    """Say that a file is longer or shorter."""
    detail = f"{size} bytes on disk, {file.bytes} in the log"
    return Finding(kind=Trouble.ALTERED, path=file.path, job_id=job_id, detail=detail, bytes=size)


def arriving(job_id: str, file: ArchivedFile, size: int) -> Finding:
    """Say that somebody is writing a file just now: whether it is damaged nobody can tell."""
    detail = f"somebody is writing it: {size} bytes by now, {file.bytes} in the log"
    return Finding(kind=Trouble.ALTERED, path=file.path, job_id=job_id, detail=detail, bytes=size)


def known(finding: Finding, since: str) -> Finding:
    """Say what was found before, of a file that was not read since."""
    return replace(finding, detail=f"{finding.detail}: known since {since}, and not read now")


def other_content(job_id: str, file: ArchivedFile, size: int, digest: str) -> Finding:
    """Say that a file holds something else."""
    detail = f"SHA-256 is {digest[:_SHOWN]}…, {file.sha256[:_SHOWN]}… in the log"
    return Finding(
        kind=Trouble.ALTERED, path=file.path, job_id=job_id, detail=detail, bytes=size, sha256=digest
    )


def unreadable(job_id: str, file: ArchivedFile, why: str, digest: str | None = None) -> Finding:
    """Say that a file cannot be read; or, where it has a `digest`, that its packets cannot."""
    return Finding(
        kind=Trouble.UNREADABLE, path=file.path, job_id=job_id, detail=why[:_DETAIL], sha256=digest
    )


def renamed(job_id: str, file: ArchivedFile, at: str) -> Finding:
    """Say that a file lies somewhere else."""
    return Finding(
        kind=Trouble.RENAMED,
        path=file.path,
        job_id=job_id,
        detail=f"it is {at}",
        bytes=file.bytes,
        sha256=file.sha256,
        at=at,
    )


def astray(job_id: str, file: ArchivedFile, at: str, here: str) -> Finding:
    """Say that a file lies in the place of another, and what lies `here`, where that is known."""
    found = renamed(job_id, file, at)
    if here == at:
        return replace(found, detail=f"it has changed places with {at}")
    return replace(found, detail=f"{found.detail}, and here is {here}") if here else found


def another(finding: Finding, other: str) -> Finding:
    """Say that what was found in the place of a file is another one that was archived."""
    return replace(finding, detail=f"here is what was archived as {other}")


def unexpected(path: str, size: int | None, *, listed: bool = False) -> Finding:
    """Say that a file is there of which the log knows nothing, though it may be `listed` in its folder."""
    detail = "SHA256SUMS lists it, the log does not" if listed else "no job archived this file"
    return Finding(kind=Trouble.UNEXPECTED, path=path, detail=detail, bytes=size)


def unlisted(folder: str, why: str) -> Finding:
    """Say that nobody knows what is in a folder."""
    return Finding(kind=Trouble.UNREADABLE, path=folder, detail=f"the folder cannot be listed: {why}")


def damaged(findings: Iterable[Finding]) -> int:
    """Count the files of jobs of which something was found: one that jobs share is a file of each."""
    return len({(one.job_id, one.path) for one in findings if one.job_id and one.path})


def broken_log(fault: Break) -> Finding:
    """Say where the log does not hold together."""
    known = fault.job_id if re.fullmatch("[0-9a-f]{16}", fault.job_id or "") else None
    return Finding(
        kind=Trouble.LOG, job_id=known, detail=f"message {fault.sequence}: {fault.detail}"[:_DETAIL]
    )


def other_state(job_id: str, difference: str) -> Finding:
    """Say that the jobs actor tells of a job otherwise than the log."""
    return Finding(kind=Trouble.READ_MODEL, job_id=job_id, detail=difference)
