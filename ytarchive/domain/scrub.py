"""Scheduled audits: which files are read next. What was read longest ago comes first, a portion at a time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from schemas.common import State
from schemas.fixity import JobFiles
from ytarchive.domain.audit import files_of
from ytarchive.domain.job import Job
from ytarchive.domain.waits import left

_FILES: Final = 100
_BYTES: Final = 1 << 30
"""What a portion holds at most, unless the files of one job are more."""
_SOON: Final = 30
"""Of a month, a day."""


def portion(
    checked: Mapping[str, datetime], every: timedelta, now: datetime, job: Callable[[str], Job]
) -> tuple[JobFiles, ...]:
    """Give what a node is to read now; nothing where no file is due.

    `checked` says when the files of its jobs were last read, the longest ago first. What is due soon is read
    with what is due.
    """
    taken: list[JobFiles] = []
    files = size = 0
    for job_id, at in checked.items():
        if left(at + every, at, now) > (every / _SOON if taken else timedelta()):
            break
        due = _due(job(job_id))
        files += max(len(due.files), 1)
        size += sum(file.bytes for file in due.files)
        if taken and (files > _FILES or size > _BYTES):
            break
        taken.append(due)
    return tuple(taken)


def next_due(checked: Mapping[str, datetime], every: timedelta) -> datetime | None:
    """Say when a node is to read on."""
    return next((at + every for at in checked.values()), None)


def behind(checked: Mapping[str, datetime], every: timedelta, now: datetime) -> int:
    """Count the jobs whose files a node should have read by now."""
    return sum(not left(at + every, at, now) for at in checked.values())


def _due(job: Job) -> JobFiles:
    """Give the files of a job; of one that is archived no longer, none, so that others have their turn."""
    return files_of(job) if job.state is State.ARCHIVED else JobFiles(job_id=job.job_id, files=())
