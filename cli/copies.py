"""Good copies of damaged files: strays, what is in quarantine, among the evidence, or archived twice."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from schemas.fixity import Finding
from ytarchive.library.aside import EVIDENCE, QUARANTINE, is_double, kept
from ytarchive.library.hashing import hash_file

if TYPE_CHECKING:
    from cli.names import Names
    from schemas.common import ArchivedFile
    from ytarchive.domain.job import Job


class Copies:
    """Files of the right content, of whatever name.

    Those come first of which nothing in the log says that they must be where they are. Each is given once.
    """

    def __init__(self, names: "Names") -> None:
        self._names, self._library = names, names.library
        self._aside: dict[int, list[str]] = {}
        self._digests: dict[str, str] = {}

    async def of(self, findings: Iterable[Finding], files: "Iterable[ArchivedFile]") -> dict[str, str]:
        """Tell of damaged files, by their path, where their content lies."""
        await asyncio.to_thread(self._look)
        due = {file.path: file for file in files}
        found: dict[str, str] = {}
        for finding in findings:
            if not (file := due.get(finding.path)) or file.path in found:
                continue
            at = self._names.meant(finding.at)
            if at and at not in found.values() and (self._library / at).is_file():
                self._names.claim([at])
                found[file.path] = at
            elif at := await asyncio.to_thread(self._copy, file, found):
                found[file.path] = at
        return found

    def _look(self) -> None:
        for folder in (QUARANTINE, EVIDENCE):
            for path in kept(self._library, folder):
                size = (self._library / path).lstat().st_size
                self._aside.setdefault(size, []).append(path)

    def _copy(self, file: "ArchivedFile", found: Mapping[str, str]) -> str:
        aside = self._aside.get(file.bytes, [])
        for at in (*self._names.survey.like(file), *aside):
            if self._digest(at) == file.sha256:
                self._names.claim([at])
                if at in aside:
                    aside.remove(at)
                return at
        others = [at for at in self._names.places.of(file.bytes, file.sha256) if at != file.path]
        whole = (at for at in others if at in found or self._digest(at) == file.sha256)
        return next(whole, "")  # what is found is brought back before

    def _digest(self, at: str) -> str:
        path = self._library / at
        if at not in self._digests:
            try:
                self._digests[at] = "" if path.is_symlink() else hash_file(path)[1]
            except OSError:
                self._digests[at] = ""
        return self._digests[at]


def finish_moves(names: "Names", jobs: "Iterable[Job]") -> None:
    """Take their other name from files that were brought back, whole, by somebody who was stopped; blocks."""
    evidence = [*kept(names.library, EVIDENCE)]
    for job in jobs:
        for file in job.files:
            doubles = [
                at
                for at in ((*names.survey.like(file), *evidence) if file.path in job.damaged else ())
                if is_double(names.library, at, file.path)
            ]
            if doubles and hash_file(names.library / file.path) == (file.bytes, file.sha256):
                for at in doubles:
                    (names.library / at).unlink(missing_ok=True)
                names.claim(doubles)
