"""The inventories of all channels' folders, beside what the log says must be in them.

What is about to be archived is listed a moment before the log says so: a job that has not ended may be. What
the log never heard of may be from a newer one: it stays listed for as long as anything of it is there.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.holdings import by_channel, holdings
from ytarchive.library import due, inventory
from ytarchive.library.aside import LISTINGS, copy_aside
from ytarchive.library.due import is_there
from ytarchive.library.inventory import channels


def noted(library: Path) -> set[str]:
    """Give the ids of all jobs that are listed in a library. Raises OSError."""
    return {job_id for channel in listing(library) for job_id in inventory.read(library / channel).rows}


class Inventories:
    """Those of the library that a node has, and what the log says of it, whose jobs are given.

    A copy that another node archived, and of which nothing is here, is left to that node's library.
    """

    def __init__(self, library: Path, jobs: Catalogue, node: str) -> None:
        self._library, self._jobs, self._node = library, jobs, node
        self._due = by_channel(jobs)
        self.kept: list[str] = []
        """Where listings are that had what is neither in the log nor in the library."""

    def rows(self) -> Iterator[CatalogueRow]:
        """Give all that must be listed."""
        return (row for channel in self._due for row in self._rows(channel))

    def faults(self) -> Iterator[Finding]:
        """Compare every inventory with the log. Of a library that is not there nothing is said.

        Where the log has moved on meanwhile, what is found may be of jobs it does not know yet. Raises
        OSError.
        """
        if not self._library.is_dir():
            return
        for channel in sorted({*self._due, *listing(self._library)}):
            yield from due.faults(self._library, channel, self._rows(channel), self._keep)

    def vouched(self) -> set[str]:
        """Give the files that are listed, and of which the log knows nothing. Raises OSError."""
        return {
            path
            for channel in (listing(self._library) if self._library.is_dir() else ())
            for path in due.vouched(self._library, channel, self._rows(channel), self._keep)
        }

    def orphans(self) -> list[str]:
        """Give the documents of folders in which nothing else is, nor ever was by the log. Raises OSError."""
        found: list[str] = []
        for channel in listing(self._library) if self._library.is_dir() else ():
            folder = self._library / channel
            there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
            if channel not in self._due and there <= {*inventory.DOCUMENTS}:
                found += (f"{channel}/{name}" for name in sorted(there))
        return found

    def renew(self, before: Collection[str]) -> Iterator[tuple[str, bool]]:
        """Write every inventory as the log has it, and tell of each folder whether that was needed.

        Jobs that were `noted` before the log was read, and are neither in it nor in the library, are listed
        no more. Folders that are not there, and those of which the log knows nothing, are passed over. Raises
        OSError.

        What is listed no more is `kept` among the evidence.
        """

        def keep(job_id: str, paths: Iterable[str]) -> bool:
            return self._keep(job_id, paths) or not (job_id in self._jobs or job_id in before)

        for channel in sorted({*self._due} & {*channels(self._library)}):
            aside = partial(self._keep_aside, channel)
            yield channel, due.renew(self._library, channel, self._rows(channel), keep, aside)

    def _keep_aside(self, channel: str) -> None:
        names = (name for name in inventory.DOCUMENTS if (self._library / channel / name).exists())
        self.kept += [copy_aside(self._library, f"{channel}/{name}", LISTINGS) for name in names]

    def _rows(self, channel: str) -> Iterator[CatalogueRow]:
        rows = holdings(self._jobs.job(job_id) for job_id in self._due.get(channel, ()))
        return filter(self._here, rows)

    def _here(self, row: CatalogueRow) -> bool:
        """Tell whether a copy must be here: nodes may share a library, and may get another name."""
        health = self._jobs.health
        if health.keeper(row.job_id or "") == self._node or self._node not in health.nodes:
            return True
        return any((self._library / file.path).exists() for file in row.files)

    def _keep(self, job_id: str, paths: Iterable[str]) -> bool:
        if job_id in self._jobs:
            return not self._jobs.job(job_id).state.final
        return any(is_there(self._library, path) for path in paths)


def listing(library: Path) -> list[str]:
    """Give the folders that have an inventory."""
    return [
        one
        for one in channels(library)
        if any((library / one / name).exists() for name in inventory.DOCUMENTS)
    ]
