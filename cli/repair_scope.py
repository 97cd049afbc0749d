"""Which jobs a repair is about, and which of their files."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cli.finding import check_prefix, find_job_in
from schemas.common import State
from schemas.fixity import Depth
from ytarchive.domain.audit import files_of
from ytarchive.errors import UsageError
from ytarchive.library.check import Checker, Pace
from ytarchive.library.inventory import is_inventory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.names import Names
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job


class Asked(NamedTuple):
    """The arguments of ``repair`` that say what is looked at."""

    paths: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    everything: bool = False
    deep: bool = False


class Scope(NamedTuple):
    """The jobs to look at, and the files of them that are meant: all, where that is None."""

    jobs: list[str]
    paths: frozenset[str] | None = None

    def means(self, path: str) -> bool:
        """Tell whether a file is to be repaired."""
        return self.paths is None or path in self.paths


def check(asked: Asked) -> None:
    """Raise `UsageError` for what makes no sense, before anything is started."""
    if (bool(asked.paths) + bool(asked.jobs) + asked.everything) != 1:
        raise UsageError("repair what?", hint="Name files of the library, or say --job JOB, or --all.")
    for prefix in asked.jobs:
        check_prefix(prefix)


def scope_of(known: "Catalogue", names: "Names", asked: Asked) -> Scope:
    """Find what is meant. Blocks: call it in a thread. Raises `UsageError`, `LibraryAway`."""
    check_there(known, names)
    if asked.jobs:
        ids = {find_job_in(known, prefix) for prefix in asked.jobs}
        return Scope(_sharing(known, {file.path for id_ in ids for file in known.job(id_).files}))
    if asked.paths:
        paths = frozenset(path for given in asked.paths for path in _below(known, names.library, given))
        return Scope(_sharing(known, paths), paths)
    if asked.deep:
        return Scope([job.job_id for job in _archived(known)])
    checker = Checker(names.library, Depth.NAMES, Pace(0), unseen=names.survey.unseen)
    suspect = {
        file.path
        for job in _archived(known)
        if job.damaged or not checker.look(files_of(job)).whole
        for file in job.files
    }
    return Scope(_sharing(known, suspect))


def check_there(known: "Catalogue", names: "Names") -> None:
    """Raise `LibraryAway` where nothing of what must be there is, nor anything like it."""
    if names.survey.due and not any(
        not names.survey.unseen(file.path) or names.survey.like(file)
        for job in _archived(known)
        for file in job.files
    ):
        raise names.away(f"holds none of the {names.survey.due} files that must be there")


def _archived(known: "Catalogue") -> "Iterable[Job]":
    return (job for job in known if job.state is State.ARCHIVED and job.files)


def _sharing(known: "Catalogue", paths: "set[str] | frozenset[str]") -> list[str]:
    """Give the jobs that have any of these files: what is archived twice may be there once."""
    return [job.job_id for job in _archived(known) if any(file.path in paths for file in job.files)]


def _below(known: "Catalogue", library: Path, given: str) -> set[str]:
    """Give the files that a path names, or that are below it. Raises `UsageError` where there are none."""
    wanted = named(library, given)
    below = tuple(f"{name}/" for name in wanted)
    found = {
        file.path
        for job in _archived(known)
        for file in job.files
        if file.path in wanted or file.path.startswith(below)
    }
    if not found and not any(map(is_inventory, wanted)):
        raise UsageError(
            f"the log knows nothing of {given}",
            hint="Paths are those that `ytarchive audit` shows. `ytarchive quarantine` is for strays.",
        )
    return found


def named(library: Path, given: str) -> set[str]:
    """Give the paths below the library that a word may mean: one from there, or from where we are."""
    try:
        beside = Path(given).absolute().relative_to(library.absolute()).as_posix()
    except ValueError:
        beside = ""
    return {name.rstrip("/") for name in (given, beside) if name.rstrip("/") and name != "."}
