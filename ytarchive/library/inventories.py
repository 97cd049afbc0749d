"""The inventories of all channels' folders, beside what the log says must be in them.

What is about to be archived is listed a moment before the log says so. So `noted` is asked first, then the
log is read: a job that was not noted, or has not ended, may be listed all the same.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.holdings import by_channel, holdings
from ytarchive.library import inventory
from ytarchive.library.rebuilt import channels


def noted(library: Path) -> set[str]:
    """Give the ids of all jobs that are listed in a library. Raises OSError."""
    return {job_id for channel in _listing(library) for job_id in inventory.read(library / channel).rows}


def faults(library: Path, jobs: Catalogue, seen: Collection[str]) -> Iterator[Finding]:
    """Compare every inventory of a library with the log, whose jobs are given. Raises OSError."""
    due = by_channel(jobs)
    for channel in sorted({*due, *_listing(library)}):
        yield from inventory.faults(library, channel, _rows(jobs, due, channel), _keep(jobs, seen))


def renew(library: Path, jobs: Catalogue, seen: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Write every inventory of a library as the log has it, and tell of each folder whether that was new.

    Folders that are not there are passed over: nothing of them could be verified. Raises OSError.
    """
    due = by_channel(jobs)
    for channel in sorted({*due, *_listing(library)} & {*channels(library)}):
        rows = _rows(jobs, due, channel)
        yield channel, not inventory.renew(library, channel, rows, _keep(jobs, seen))


def _rows(jobs: Catalogue, due: dict[str, list[str]], channel: str) -> Iterable[CatalogueRow]:
    return holdings(jobs.job(job_id) for job_id in due.get(channel, ()))


def _keep(jobs: Catalogue, seen: Collection[str]) -> inventory.Keep:
    def keep(job_id: str) -> bool:
        return not jobs.job(job_id).state.final if job_id in jobs else job_id not in seen

    return keep


def _listing(library: Path) -> list[str]:
    """Give the folders that have an inventory."""
    names = (inventory.SUMS, inventory.ROWS)
    return [one for one in channels(library) if any((library / one / name).exists() for name in names)]
