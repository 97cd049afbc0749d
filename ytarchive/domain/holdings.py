"""What is archived, by the log; and where two accounts of it differ."""

from collections.abc import Iterable, Iterator

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import State
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.job import Job


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of which two accounts, ours and theirs, do not say the same, and what about it."""

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


def differences(
    ours: Iterable[CatalogueRow], theirs: Iterable[CatalogueRow], *, names: tuple[str, str]
) -> Iterator[Difference]:
    """Compare two accounts, called by `names`. Copies are told by their job, without one by their video."""
    left, right = ({row.job_id or row.key: row for row in rows} for rows in (ours, theirs))
    for key, row in (right | left).items():
        if key not in right:
            yield Difference(row=row, detail=f"only in {names[0]}")
        elif key not in left:
            yield Difference(row=row, detail=f"only in {names[1]}")
        elif detail := _told(row, right[key]):
            yield Difference(row=row, detail=f"{names[0]} and {names[1]} differ in {detail}")


def _told(one: CatalogueRow, other: CatalogueRow) -> str:
    fields = [name for name in one.__struct_fields__ if name != "files"]
    differing = [name for name in fields if getattr(one, name) != getattr(other, name)]
    here, there = ({file.path: file for file in row.files} for row in (one, other))
    paths = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    return ", ".join((*differing, *paths))
