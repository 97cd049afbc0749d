"""What is out of the way, but kept: bad files (``.ytarchive/evidence``), strays (``.ytarchive/quarantine``).

Nothing is moved over anything, and links are moved as links.
"""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final

from schemas.common import ArchivedFile
from ytarchive.library.atomic import publish, sync
from ytarchive.library.documents import replacing
from ytarchive.library.hashing import hash_file
from ytarchive.library.inventory import lists
from ytarchive.library.layout import resolve_inside, version
from ytarchive.library.regular import read_whole
from ytarchive.library.transfer import Incoming, StoredFile, TransferError, store

EVIDENCE: Final = ".ytarchive/evidence"
LISTINGS: Final = f"{EVIDENCE}/listings"
QUARANTINE: Final = ".ytarchive/quarantine"
_LONG_AGO: Final = 60.0
"""Seconds after which whoever made a folder has told the log why."""


def evidence_of(job_id: str) -> str:
    """Give the folder in which bad files of a job are kept, relative to the library."""
    return f"{EVIDENCE}/{job_id}"


def put_aside(library: Path, path: str, folder: str) -> str:
    """Move what lies at `path` below `folder`, and give where it lies now: all relative to the library.

    Raises OSError, `ValueError` where a path leads out of the library.
    """
    source, free = resolve_inside(library, path), _free(library, f"{folder}/{path}")
    source.rename(free)
    sync(free.parent)
    sync(source.parent)
    return free.relative_to(library).as_posix()


def copy_aside(library: Path, path: str, folder: str) -> str:
    """Keep a document as it is now below `folder`, and give where: all relative to the library.

    Raises OSError, `ValueError` where a path leads out of the library.
    """
    free = _free(library, f"{folder}/{path}")
    with replacing(free) as file:
        file.write(read_whole(resolve_inside(library, path)))
    return free.relative_to(library).as_posix()


def put_back(library: Path, at: str, path: str) -> None:
    """Give what lies at `at` the name `path`, which must be free; after a crash it may have both.

    Raises `FileExistsError`, OSError, `ValueError` where a path leads out of the library.
    """
    source, target = resolve_inside(library, at), resolve_inside(library, path)
    _make(library, target.parent)
    publish(source, target)
    sync(target.parent)
    source.unlink(missing_ok=True)
    sync(source.parent)


def give_back(
    library: Path, at: str, file: ArchivedFile, job_id: str, *, keep: bool, shared: bool = False
) -> None:
    """Bring a file of a job that lies at `at`, and is read there, from the disk, back to its place.

    What lies in its place makes room meanwhile; then it is removed, or stays among the evidence. What is
    `shared` stays where it is, and is copied. Where anything is raised, all is as it was. Raises
    `TransferError` where the content is another, and as `put_back` and `store` do.
    """
    if hash_file(resolve_inside(library, at), fresh=True) != (file.bytes, file.sha256):
        raise TransferError(f"{at} is not what was archived")
    bad = ""
    if os.path.lexists(resolve_inside(library, file.path)):
        bad = put_aside(library, file.path, evidence_of(job_id))
    try:
        (_copy if shared else put_back)(library, at, file.path)
    except BaseException:
        if bad:
            with suppress(OSError):  # it is kept where it is
                put_back(library, bad, file.path)
        raise
    if bad and not keep:
        forget(library, bad)


def _copy(library: Path, at: str, path: str) -> None:
    """Give what lies at `at` a second place, which must be free: a copy, read back."""

    def placed(stored: tuple[StoredFile, ...]) -> None:
        if [one.path for one in stored] != [path]:
            raise FileExistsError(f"something else is at {path} by now")

    store([Incoming(resolve_inside(library, at), PurePosixPath(path))], library, placed)


def forget(library: Path, at: str) -> None:
    """Remove what lies among the evidence, unless it is what was archived in another place.

    Files may have changed places with each other: it may be the last copy.
    """
    path = library / at
    with suppress(OSError):  # a folder, or not ours to remove
        if path.is_symlink() or not lists(library, hash_file(path)[1]):
            path.unlink()


def is_double(library: Path, at: str, path: str) -> bool:
    """Tell whether both names are of one file: somebody was stopped while it was brought back."""
    try:
        one, other = ((library / name).lstat() for name in (at, path))
    except OSError:
        return False
    return S_ISREG(one.st_mode) and os.path.samestat(one, other)


def kept(library: Path, folder: str) -> Iterator[str]:
    """Give every file and link below a folder, sorted; all paths are relative to the library."""
    for below, names, files in os.walk(library / folder):
        names.sort()
        links = [name for name in names if Path(below, name).is_symlink()]
        for name in sorted((*files, *links)):
            yield Path(below, name).relative_to(library).as_posix()


def remove_empty(library: Path, folder: str) -> None:
    """Remove a folder of ours, and those in it, as far as nothing is kept there."""
    for below, _, _ in os.walk(library / folder, topdown=False):
        try:
            Path(below).rmdir()
        except OSError:  # something is kept there
            continue


def sweep_evidence(library: Path, ours: Collection[str], busy: Collection[str]) -> None:
    """Remove the empty folders of the evidence: of the jobs that are `ours`, and what others left long ago.

    Those of jobs that are `busy` stay: something is downloaded for them.
    """
    for folder in (library / EVIDENCE).glob("*"):
        with suppress(OSError):  # gone meanwhile
            old = time.time() - folder.lstat().st_mtime > _LONG_AGO
            if folder.name not in busy and (old or folder.name in ours):
                remove_empty(library, f"{EVIDENCE}/{folder.name}")


def _free(library: Path, path: str) -> Path:
    """Give the place of that name, or of the next that is free. Nobody else gives names there."""
    target = resolve_inside(library, path)
    _make(library, target.parent)
    names = (version(PurePosixPath(target.name), number).name for number in count(1))
    return next(place for name in names if not os.path.lexists(place := target.with_name(name)))


def _make(library: Path, folder: Path) -> None:
    """Make the folders below the library that are missing."""
    missing = [one for one in (folder, *folder.parents) if one.is_relative_to(library) and not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        sync(one.parent)
