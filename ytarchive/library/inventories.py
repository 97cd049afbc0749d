"""The inventories of all channels' folders, beside what the log says must be in them.

What is about to be archived is listed a moment before the log says so: a job that has not ended may be. What
the log never heard of may be from a newer one: it stays listed for as long as anything of it is there.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding, Trouble
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.holdings import by_channel, holdings
from ytarchive.library import due, inventory
from ytarchive.library.aside import LISTINGS, copy_aside, put_aside
from ytarchive.library.documents import held
from ytarchive.library.due import is_there
from ytarchive.library.inventory import channels, listing
from ytarchive.library.regular import is_odd
from ytarchive.library.scan import scan


def noted(library: Path) -> set[str]:
    """Give the ids of all jobs that are listed in a library, as far as that can be read. Raises OSError."""
    return {
        job_id
        for channel in listing(library)
        for job_id in inventory.read(library / channel, lambda _name, _error: None).rows
    }


class Inventories:
    """Those of the library that a node has, and what the log says of it, whose jobs are given.

    A copy that another node archived, and of which nothing is here, is left to that node's library.
    """

    def __init__(self, library: Path, jobs: Catalogue, node: str) -> None:
        self._library, self._jobs, self._node = library, jobs, node
        self._due = by_channel(jobs)
        self.kept: list[str] = []
        """Where listings are that had what is neither in the log nor in the library, or were no files."""
        self.failed: list[Finding] = []
        """The documents, and folders, that could not be read or written."""

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
        """Give the files that are listed, and of which the log knows nothing. Raises OSError.

        Of documents that cannot be read it is said that they `failed`.
        """
        found: set[str] = set()
        for channel in listing(self._library) if self._library.is_dir() else ():
            unread = partial(self._unread, channel)
            found.update(due.vouched(self._library, channel, self._rows(channel), self._keep, unread))
        return found

    def _unread(self, channel: str, name: str, error: OSError) -> None:
        self.failed.append(due.unreadable(f"{channel}/{name}", error))

    def orphans(self) -> list[str]:
        """Give the documents of folders in which nothing else is, nor ever was by the log. Raises OSError."""
        found: list[str] = []
        for channel in listing(self._library) if self._library.is_dir() else ():
            if channel not in self._due and not self._holds_more(channel):
                there = (f"{channel}/{name}" for name in sorted(inventory.DOCUMENTS))
                found += (path for path in there if os.path.lexists(self._library / path))
        return found

    def _holds_more(self, channel: str) -> bool:
        """Tell whether anything else is in a folder, as far as anybody knows."""
        unlisted: list[str] = []
        more = scan(self._library, lambda folder, _error: unlisted.append(folder), channel)
        return next(more, None) is not None or bool(unlisted)

    def renew(self, before: Collection[str]) -> Iterator[tuple[str, bool]]:
        """Write every inventory as the log has it, and tell of each folder whether that was needed.

        Jobs that were `noted` before the log was read, and are neither in it nor in the library, are listed
        no more. Folders that are not there, and those of which the log knows nothing, are passed over. Raises
        OSError where the library cannot be listed.

        What is listed no more is `kept` among the evidence, and so is what has the name of a document and is
        no file. Where a document cannot be read, or written, it `failed`, and the next is gone on with.
        """

        def keep(job_id: str, paths: Iterable[str]) -> bool:
            return self._keep(job_id, paths) or not (job_id in self._jobs or job_id in before)

        for channel in sorted({*self._due} & {*channels(self._library)}):
            aside = partial(self._keep_aside, channel)
            try:
                self._clear(channel)
                renewed = due.renew(self._library, channel, self._rows(channel), keep, aside)
            except OSError as error:
                self.failed.append(self._fault(channel, error))
            else:
                yield channel, renewed

    def clear(self) -> None:
        """Move what has the name of a document, and is no file, out of the way, wherever that can be done."""
        for channel in sorted({*self._due} & {*channels(self._library)}):
            with suppress(OSError):  # `renew` says so
                self._clear(channel)

    def _clear(self, channel: str) -> None:
        """Move what has the name of a document, and is no file, out of the way."""
        with held(self._library / channel) as folder:
            odd = [f"{channel}/{name}" for name in inventory.DOCUMENTS if is_odd(folder / name)]
            self.kept += [put_aside(self._library, path, LISTINGS) for path in odd]

    def _fault(self, channel: str, error: OSError) -> Finding:
        place = Path(error.filename or channel).name
        path = f"{channel}/{place}" if place in inventory.DOCUMENTS else channel
        detail = f"could not be written anew: {error.strerror or error}"
        return Finding(kind=Trouble.UNREADABLE, path=path, detail=detail)

    def _keep_aside(self, channel: str) -> None:
        names = (name for name in inventory.DOCUMENTS if os.path.lexists(self._library / channel / name))
        self.kept += [copy_aside(self._library, f"{channel}/{name}", LISTINGS) for name in names]

    def _rows(self, channel: str) -> Iterator[CatalogueRow]:
        rows = holdings(self._jobs.job(job_id) for job_id in self._due.get(channel, ()))
        return filter(self._here, rows)

    def _here(self, row: CatalogueRow) -> bool:
        """Tell whether a copy must be here: nodes may share a library, and may get another name."""
        health = self._jobs.health
        if health.keeper(row.job_id or "") == self._node or self._node not in health.nodes:
            return True
        return any(os.path.lexists(self._library / file.path) for file in row.files)

    def _keep(self, job_id: str, paths: Iterable[str]) -> bool:
        if job_id in self._jobs:
            return not self._jobs.job(job_id).state.final
        return any(is_there(self._library, path) for path in paths)
