"""Where content belongs, by the log: files may have changed places, or have the same content."""

from collections.abc import Iterable, Iterator

from schemas.common import ArchivedFile, State
from ytarchive.domain.job import Job


class Places:
    """The archived files by their size. Memory: a place for each of them, so make it when it is needed."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._of_size: dict[int, list[ArchivedFile]] = {}
        self._paths: set[str] = set()
        for job in jobs:
            for file in job.files if job.state is State.ARCHIVED else ():
                if file.path not in self._paths:
                    self._paths.add(file.path)
                    self._of_size.setdefault(file.bytes, []).append(file)

    def __contains__(self, path: object) -> bool:
        """Tell whether anything was archived at a path."""
        return path in self._paths

    def sized(self, size: int | None) -> bool:
        """Tell whether any file was archived that has so many bytes."""
        return size in self._of_size

    def of(self, size: int, digest: str) -> list[str]:
        """Give the paths at which a content was archived."""
        return [file.path for file in self._of_size.get(size, ()) if file.sha256 == digest]

    def others(self, file: ArchivedFile) -> Iterator[str]:
        """Give the paths at which something else of the same size was archived."""
        alike = self._of_size.get(file.bytes, ())
        return (other.path for other in alike if other.sha256 != file.sha256)
