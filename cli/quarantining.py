"""``quarantine``: strays are moved out of the way, and back. Nothing is deleted. Gives an exit code."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from cli import render
from cli.names import Names
from cli.output import answer
from cli.repair_scope import check_there, named
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import reading
from schemas.common import ArchivedFile, State
from schemas.repair_reports import MovedFile, QuarantineReport
from ytarchive.errors import UsageError
from ytarchive.library.aside import QUARANTINE, kept, put_aside, put_back, remove_empty
from ytarchive.library.hashing import hash_file
from ytarchive.library.inventories import Inventories
from ytarchive.library.layout import resolve_inside
from ytarchive.library.scan import Place, written

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.settings import Settings

_STORED: Final = "it was archived meanwhile"
_MOVED: Final = "Stopped. What was moved by then is in quarantine: `ytarchive quarantine --list` shows it."
_LISTED: Final = "SHA256SUMS lists it, the log does not"


class _NoStray(Exception):
    """It is rightly where it is, until it is brought back."""


class How(NamedTuple):
    """What is moved: all, or what is named; with `listed` also what vouches for itself; nothing `dry`."""

    everything: bool = False
    listed: bool = False
    dry: bool = False


def quarantine(settings: "Settings", paths: Sequence[str], how: How, *, as_json: bool) -> int:
    """Move strays, those named or all, into the quarantine. Gives 1 where one of them had to stay."""
    return _told(run_async(_moved(settings, paths, how), interrupted=_MOVED), as_json=as_json)


def listing(settings: "Settings", *, as_json: bool) -> int:
    """Show what is kept there."""
    found = tuple(MovedFile(path=written(path), at=written(_origin(path))) for path in _kept(settings))
    return _told(QuarantineReport(ok=True, kept=found), as_json=as_json)


def restore(settings: "Settings", paths: Sequence[str], how: How, *, as_json: bool) -> int:
    """Move strays back to where they were. Gives 1 where something else is there now."""
    library = settings.library_dir
    there = list(_kept(settings))
    chosen = dict.fromkeys(there) if how.everything else dict[str, None]()
    for given in paths:
        wanted = {name.removeprefix(f"{QUARANTINE}/") for name in named(library, given)}
        below = tuple(f"{name}/" for name in wanted)
        found = [
            path
            for path in there
            if {path, _origin(path)} & wanted or path.startswith(below) or _origin(path).startswith(below)
        ]
        if not found:
            raise UsageError(
                f"{given} is not in quarantine", hint="`ytarchive quarantine --list` shows what is."
            )
        chosen |= dict.fromkeys(found)

    def back(path: str) -> str:
        if how.dry:
            return _free(library, _origin(path))
        put_back(library, f"{QUARANTINE}/{path}", _origin(path))
        return _origin(path)

    report = _each(chosen, back, dry=how.dry)
    for path in () if how.dry else chosen:
        remove_empty(library, f"{QUARANTINE}/{path.partition('/')[0]}")
    return _told(report, as_json=as_json)


def _free(library: Path, path: str) -> str:
    """Give a path back where nothing is. Raises `FileExistsError`, `ValueError`."""
    if os.path.lexists(resolve_inside(library, path)):
        raise FileExistsError
    return path


async def _moved(settings: "Settings", paths: Sequence[str], how: How) -> QuarantineReport:
    async with reading(settings) as bus:
        folded = await Replay.of(bus)
        names = await Names.taken(bus, folded, settings)
        check_there(folded.jobs, names)
        inventories = Inventories(names.library, folded.jobs, settings.node)
        strays = [*names.survey.strays, *await asyncio.to_thread(inventories.orphans)]
        chosen = strays if how.everything else _chosen(names, strays, paths)
        missed = await asyncio.to_thread(_missed, folded.jobs, names, chosen)
        async for _ in folded.go_on(bus):
            pass
        vouched = set[str]() if how.listed else await asyncio.to_thread(inventories.vouched)
    unread = {one.path.partition("/")[0]: one.path for one in inventories.failed}
    due = {file.path for job in folded.jobs if job.state is State.ARCHIVED for file in job.files}
    folder = f"{QUARANTINE}/{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"

    def aside(path: str) -> str:
        if path in due:
            raise ValueError(_STORED)
        if path in missed:
            raise _NoStray(f"it is {missed[path]} under another name: `ytarchive repair` brings it back")
        if path in vouched:
            raise ValueError(_LISTED)
        if not how.listed and (list_ := unread.get(path.partition("/")[0])) and path != list_:
            raise ValueError(f"{list_} cannot be read, and may list it: `ytarchive sums` tells why")
        names.check()
        return f"{folder}/{path}" if how.dry else put_aside(names.library, path, folder)

    report = await asyncio.to_thread(_each, chosen, aside, dry=how.dry)
    return msgspec.structs.replace(report, listed=len({*chosen} & vouched - missed.keys() - due))


def _each(paths: Iterable[str], move: Callable[[str], str], *, dry: bool) -> QuarantineReport:
    moved, left, ok = [], [], True
    for path in paths:
        try:
            moved.append(MovedFile(path=written(path), at=written(move(path))))
        except _NoStray as known:
            left.append(MovedFile(path=written(path), detail=str(known)))
        except FileExistsError:
            ok = False
            left.append(MovedFile(path=written(path), detail="something else is there already"))
        except (OSError, ValueError) as error:
            ok = False
            why = error.strerror if isinstance(error, OSError) else None
            left.append(MovedFile(path=written(path), detail=why or str(error)))
    return QuarantineReport(ok=ok, dry_run=dry, moved=tuple(moved), left=tuple(left))


def _chosen(names: Names, strays: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Find the strays that are named, or are below a folder that is. Raises `UsageError`."""
    chosen: dict[str, None] = {}
    for given in paths:
        wanted = named(names.library, given)
        below = tuple(f"{name}/" for name in wanted)
        found = [path for path in strays if path in wanted or path.startswith(below)]
        if not found:
            raise UsageError(
                f"{given} is no stray",
                hint="`ytarchive audit` shows those, as unexpected. Nothing was moved.",
            )
        chosen |= dict.fromkeys(found)
    return list(chosen)


def _missed(known: "Catalogue", names: Names, strays: Iterable[str]) -> dict[str, str]:
    """Tell which strays are archived files that are missing in their places; blocks."""
    missing: dict[int | None, list[ArchivedFile]] = {}
    for job in known:
        for file in job.files if job.state is State.ARCHIVED else ():
            if names.survey.unseen(file.path):
                missing.setdefault(file.bytes, []).append(file)
    found = dict[str, str]()
    for path in strays:
        alike = missing.get(names.survey.strays.get(path), ())
        digest = _digest(names.library / path) if alike else ""
        if ours := [file.path for file in alike if file.sha256 == digest]:
            found[path] = ours[0]
    return found


def _digest(path: Path) -> str:
    try:
        return hash_file(path)[1]
    except OSError:
        return ""


def _kept(settings: "Settings") -> Iterable[str]:
    """Give what is in quarantine, below its folder. Raises `LibraryAway`."""
    Place(settings.library_dir)
    return (path.removeprefix(f"{QUARANTINE}/") for path in kept(settings.library_dir, QUARANTINE))


def _origin(path: str) -> str:
    """Give where a file was, by where it lies below the quarantine's folder."""
    return path.partition("/")[2]


def _told(report: QuarantineReport, *, as_json: bool) -> int:
    answer(report, render.quarantine, as_json=as_json, whole=True)
    return 0 if report.ok else 1
