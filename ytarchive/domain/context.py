"""What a decision about a job may depend on beside the job: the clock, the policies, the catalogue."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from schemas.common import ArchivedFile, Category, VideoKey
from ytarchive.domain.job import FailedAttempt, Job

RetryPolicy = Callable[[str, tuple[FailedAttempt, ...]], datetime | None]
"""Says when the job with these failures, the newest last, goes on; None gives up."""


class Archived(msgspec.Struct, frozen=True):
    """Where a video is archived already."""

    job_id: str
    files: tuple[ArchivedFile, ...]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision may depend on beside the job: the clock, the policies, the catalogue.

    `archived` and `working` look a video up: where it is archived, and which job is about to archive it.
    `recheck` says after how long to look again at a video that is not to be had, `block` until when an egress
    identity rests that was refused just now. `job` gives another job as it stands.
    """

    at: datetime
    retry: RetryPolicy
    archived: Callable[[VideoKey], Archived | None]
    working: Callable[[VideoKey], str | None]
    recheck: Callable[[Category], timedelta | None]
    block: Callable[[str, Category], datetime]
    job: Callable[[str], Job]
