"""What is archived, by the log; and where that differs from what the files say."""

from collections.abc import Iterable, Iterator

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import State
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.job import Job


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of which log and library do not say the same, and what about it."""

    row: CatalogueRow
    detail: str


def holding(job: Job) -> CatalogueRow | None:
    """Give what a job has archived; None where it has not."""
    if job.state is not State.ARCHIVED or not (job.video and job.archived_at and job.files):
        return None
    return CatalogueRow(
        **msgspec.structs.asdict(job.video), archived_at=job.archived_at, job_id=job.job_id, files=job.files
    )


def holdings(jobs: Iterable[Job]) -> Iterator[CatalogueRow]:
    """Give what every job has archived."""
    return (row for job in jobs if (row := holding(job)))


def by_channel(catalogue: Catalogue) -> dict[str, list[str]]:
    """Give the ids of the jobs that have archived something, by the folder of the channel it is in."""
    found: dict[str, list[str]] = {}
    for row in holdings(catalogue):
        found.setdefault(row.folder, []).append(row.job_id or "")
    return found


def differences(log: Iterable[CatalogueRow], library: Iterable[CatalogueRow]) -> Iterator[Difference]:
    """Compare what the log says with what the files alone say.

    Copies are told by their job. One of which the files do not say that is taken for the log's of its video.
    """
    due = {row.job_id: row for row in log}
    by_video = {row.key: row.job_id for row in due.values()}
    found: dict[str | None, CatalogueRow] = {}
    for row in sorted(library, key=lambda row: row.job_id is None):
        job_id = row.job_id or by_video.get(row.key)
        if job_id in due and job_id not in found:
            found[job_id] = row
        else:
            yield Difference(row=row, detail="only in the library")
    for job_id, row in due.items():
        if job_id not in found:
            yield Difference(row=row, detail="only in the log")
        elif detail := _told(row, found[job_id]):
            yield Difference(row=row, detail=f"log and library differ in {detail}")


def _told(one: CatalogueRow, other: CatalogueRow) -> str:
    fields = [name for name in one.__struct_fields__ if name != "files"]
    differing = [name for name in fields if getattr(one, name) != getattr(other, name)]
    here, there = ({file.path: file for file in row.files} for row in (one, other))
    paths = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    return ", ".join((*differing, *paths))
