"""Which messages may be decided on together: as if they came one after the other, in whatever order."""

from collections.abc import Iterable
from typing import Any

from schemas.commands import RetryJob
from schemas.common import BLOCKS
from schemas.envelope import Envelope
from schemas.fixity_commands import RecordAudit
from schemas.results import FilesChecked, MetadataFetched, TaskFailed
from ytarchive.domain.about import aggregate_of
from ytarchive.domain.catalogue import Catalogue


def independent(catalogue: Catalogue, messages: Iterable[Envelope[Any]]) -> list[Envelope[Any]]:
    """Give the messages, in their order, that may be decided on together.

    None of them is about the job, the batch, the audit, the video or the refused identity of another. What is
    left is decided on afterwards.
    """
    taken: set[object] = set()
    chosen = []
    for message in messages:
        touched = _touched(catalogue, message.body)
        if taken.isdisjoint(touched):
            chosen.append(message)
        taken |= touched  # who was left has to come before who is about the same
    return chosen


def _touched(catalogue: Catalogue, body: Any) -> set[object]:
    aggregate, aggregate_id = aggregate_of(body)
    if aggregate == "job":
        return _touched_by_job(catalogue, body)
    if isinstance(body, RecordAudit | FilesChecked):
        return {aggregate_id, *body.jobs, *(one.job_id for one in body.findings if one.job_id)}
    return {aggregate_id}


def _touched_by_job(catalogue: Catalogue, body: Any) -> set[object]:
    job = catalogue.job(body.job_id)
    touched: set[object] = {job.job_id}
    if job.video:
        touched.add(job.video.key)
    if job.repairs:
        touched.update(job.repairs.jobs)
    match body:
        case MetadataFetched(video=video):
            touched.add(video.key)
        case TaskFailed(failure=failure, egress=egress) if failure.category in BLOCKS:
            touched.add(("egress", egress))
        case RetryJob() if job.egress:
            touched.add(("egress", job.egress))
        case _:
            pass
    return touched
