"""Where content belongs, by the log: files may have changed places, or have the same content."""

from collections.abc import Iterable, Iterator

from schemas.common import ArchivedFile, State
from ytarchive.domain.job import Job


class Places:
    """The archived files by their content and by their size. Memory: all of them, so make it when needed."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._by_size: dict[int, dict[str, list[str]]] = {}
        self._paths: set[str] = set()
        for job in jobs:
            for file in job.files if job.state is State.ARCHIVED else ():
                if file.path not in self._paths:
                    self._paths.add(file.path)
                    of_size = self._by_size.setdefault(file.bytes, {})
                    of_size.setdefault(file.sha256, []).append(file.path)

    def __contains__(self, path: object) -> bool:
        """Tell whether anything was archived at a path."""
        return path in self._paths

    def sized(self, size: int | None) -> bool:
        """Tell whether any file was archived that has so many bytes."""
        return size in self._by_size

    def of(self, size: int, digest: str) -> list[str]:
        """Give the paths at which a content was archived."""
        return self._by_size.get(size, {}).get(digest, [])

    def others(self, file: ArchivedFile) -> Iterator[str]:
        """Give the paths at which something else of the same size was archived."""
        for digest, paths in self._by_size.get(file.bytes, {}).items():
            if digest != file.sha256:
                yield from paths
