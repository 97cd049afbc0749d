"""Finding the video somebody means, and reading all that the log says about it."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.replaying import Replay
from ytarchive.domain.naming import Ambiguous, subject
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.naming import Subject
    from ytarchive.runtime.bus import Bus


def meant(jobs: "Catalogue", name: str, library: Path) -> "Subject":
    """Give the video that is called so: see `why` for how. Raises `UsageError` where there is none."""
    try:
        found = subject(jobs, name, _paths(name, library))
    except Ambiguous as several:
        raise UsageError(
            f"{name!r} may be any of: {several}", hint="Name one of these, or give more of the id."
        ) from several
    if found is None:
        raise UsageError(
            f"the log knows of nothing that is called {name[:200]!r}",
            hint="Give a video's id or address, a job, or a file: its path, or its SHA-256.",
        )
    return found


def _paths(name: str, library: Path) -> frozenset[str]:
    """Give the paths below the library that a name may stand for."""
    root = library.resolve()
    here = [Path(name)] if Path(name).is_absolute() else [library / name, Path.cwd() / name]
    found = {name} if name else set()
    for path in here:
        for one, base in ((path, library), (path.parent.resolve() / path.name, root)):
            if one.is_relative_to(base):
                found.add(one.relative_to(base).as_posix())
    return frozenset(found)


async def told(
    bus: "Bus", aggregate_id: str, aggregate: str = "job"
) -> "AsyncGenerator[tuple[int, Commit[Event]], None]":
    """Give the messages about a job or a batch that are believed, with their numbers."""
    async for entry, commit, _ in Replay().commits(bus, aggregate_id, aggregate):
        yield entry.sequence, commit
