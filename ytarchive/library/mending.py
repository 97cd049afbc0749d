"""How downloaded files take the places of damaged ones, and nothing else of the library is touched."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final, NamedTuple

from schemas.common import ArchivedFile, Role, StagedFile
from schemas.fixity import Mended
from ytarchive.library.aside import evidence_of, forget, put_aside, put_back
from ytarchive.library.hashing import hash_file
from ytarchive.library.layout import resolve_inside, suffix_of
from ytarchive.library.transfer import Incoming, StoredFile, store

_ALIKE: Final = 0.99
"""Share of its size that media may lack when it is the same, put together anew."""


class Piece(NamedTuple):
    """A damaged file, what was downloaded in its place, and the name that gets."""

    due: ArchivedFile
    staged: StagedFile
    path: PurePosixPath


def pieces(files: Iterable[ArchivedFile], staged: Sequence[StagedFile]) -> list[Piece]:
    """Find for each damaged file what was staged in its place: media first. Of some there may be nothing.

    It is the one of the same role and suffix. Media, or a picture, may come in another format: then it is the
    only one of its role, and is named after the old one.
    """
    found = []
    for due in sorted(files, key=lambda file: file.role is not Role.MEDIA):
        path = PurePosixPath(due.path)
        suffix = suffix_of(path)
        alike = [one for one in staged if one.role is due.role]
        same = [one for one in alike if one.suffix == suffix]
        if same:
            found.append(Piece(due, same[0], path))
        elif len(alike) == 1 and due.role is not Role.SUBTITLES and suffix:
            stem = path.name.removesuffix(suffix)
            found.append(Piece(due, alike[0], path.with_name(stem + alike[0].suffix)))
    return found


def mend(
    library: Path,
    job_id: str,
    arrivals: Sequence[tuple[ArchivedFile, Incoming]],
    then: Callable[[tuple[Mended, ...]], object],
    *,
    keep: bool,
) -> tuple[Mended, ...]:
    """Put files, media first, in the places of damaged ones of a job; blocks, so call it in a thread.

    What lies in a place is moved among the evidence, unless it is whole again, or was put there by us before.
    When everything is in its place, that is removed, unless it is to be kept, or is what was archived in
    another place; or it is media, and what came instead is smaller than what was archived: the bad file may
    have been the better one.

    `then` is told what there is instead. Whatever is raised, by that too, everything is where it was. Raises
    what `store` does.
    """
    whole = [due for due, _ in arrivals if _content(library, due.path, due.bytes) == due.sha256]
    left = [(due, incoming) for due, incoming in arrivals if due not in whole]
    aside: dict[str, str] = {}
    mended: list[Mended] = [Mended(path=due.path, file=due) for due in whole]

    def told(stored: tuple[StoredFile, ...]) -> None:
        for (due, _), there in zip(left, stored, strict=True):
            file = ArchivedFile(path=there.path, role=due.role, bytes=there.bytes, sha256=there.sha256)
            mended.append(Mended(path=due.path, file=file))
        then(tuple(mended))

    try:
        for due, incoming in left:
            if at := _cleared(library, job_id, due, incoming):
                aside[due.path] = at
        store([incoming for _, incoming in left], library, told)
    except BaseException:
        for path, at in aside.items():
            with suppress(OSError):  # it is kept where it is
                put_back(library, at, path)
        raise
    due_bytes = {due.path: due.bytes for due, _ in left}
    for one in () if keep else mended:
        poorer = one.file.role is Role.MEDIA and one.file.bytes < _ALIKE * due_bytes.get(one.path, 0)
        if one.path in aside and not poorer:
            forget(library, aside[one.path])
    return tuple(mended)


def _cleared(library: Path, job_id: str, due: ArchivedFile, incoming: Incoming) -> str:
    """Make the place of a damaged file free, and give where that is now; empty where nothing bad is there."""
    if not os.path.lexists(resolve_inside(library, due.path)):
        return ""
    if incoming.path.as_posix() == due.path:
        size, digest = hash_file(incoming.source)
        if _content(library, due.path, size) == digest:
            return ""
    return put_aside(library, due.path, evidence_of(job_id))


def _content(library: Path, path: str, size: int) -> str:
    """Give the SHA-256 of a file of so many bytes; empty where there is none, or it cannot be read."""
    place = resolve_inside(library, path)
    try:
        status = place.lstat()
        regular = S_ISREG(status.st_mode) and status.st_size == size
        return hash_file(place)[1] if regular else ""
    except OSError:
        return ""
