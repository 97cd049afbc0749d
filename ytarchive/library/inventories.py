"""The inventories of all channels' folders, beside what the log says must be in them.

What is about to be archived is listed a moment before the log says so: a job that has not ended may be.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.holdings import by_channel, holdings
from ytarchive.library import inventory
from ytarchive.library.inventory import channels


def faults(library: Path, jobs: Catalogue) -> Iterator[Finding]:
    """Compare every inventory of a library with the log, whose jobs are given. Raises OSError.

    Of a library that is not there nothing is said.
    Where the log has moved on meanwhile, what is found may be of the jobs it does not know yet.
    """
    if not library.is_dir():
        return
    due = by_channel(jobs)
    for channel in sorted({*due, *_listing(library)}):
        yield from inventory.faults(library, channel, _rows(jobs, due, channel), _unended(jobs))


def noted(library: Path) -> set[str]:
    """Give the ids of all jobs that are listed in a library. Raises OSError."""
    return {job_id for channel in _listing(library) for job_id in inventory.read(library / channel).rows}


def renew(library: Path, jobs: Catalogue, before: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Write every inventory of a library as the log has it, and tell of each folder whether that was needed.

    Jobs that were `noted` before the log was read, and are not in it, are listed no more. Folders that are
    not there, and those of which the log knows nothing, are passed over. Raises OSError.
    """
    due, unended = by_channel(jobs), _unended(jobs)

    def keep(job_id: str) -> bool:
        return unended(job_id) or not (job_id in jobs or job_id in before)

    for channel in sorted({*due} & {*channels(library)}):
        yield channel, inventory.renew(library, channel, _rows(jobs, due, channel), keep)


def _rows(jobs: Catalogue, due: dict[str, list[str]], channel: str) -> Iterable[CatalogueRow]:
    return holdings(jobs.job(job_id) for job_id in due.get(channel, ()))


def _unended(jobs: Catalogue) -> Callable[[str], bool]:
    return lambda job_id: job_id in jobs and not jobs.job(job_id).state.final


def _listing(library: Path) -> list[str]:
    """Give the folders that have an inventory."""
    names = (inventory.SUMS, inventory.ROWS)
    return [one for one in channels(library) if any((library / one / name).exists() for name in names)]
