"""What a channel's folder says of itself: ``SHA256SUMS``, and ``CATALOGUE.jsonl`` with a line for each copy.

The first lets anybody verify the folder; with the second, the files alone tell what the event log tells of
them. Both follow from the log: `renew` writes them anew, `faults` compares. But the log may be the older one:
what is listed, and is there, stays listed. Whoever changes them holds a lock on the folder, so that several
actors, processes and commands may.
"""

import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NamedTuple

import msgspec

from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding, Mended, Trouble
from ytarchive.library import sums
from ytarchive.library.documents import appending, held, replace

SUMS: Final = "SHA256SUMS"
ROWS: Final = "CATALOGUE.jsonl"
DOCUMENTS: Final = (SUMS, ROWS)

Keep = Callable[[str, Iterable[str]], bool]
"""Tells of a job whether it may be listed though the log does not say that it archived anything.

Given with it are the paths of its files that the log knows of no other job either.
"""

_Texts = dict[str, bytes | None]
"""Both documents of a folder as they are, by name; None for one that is not there."""

_decoder: Final = msgspec.json.Decoder(CatalogueRow)


class Inventory(NamedTuple):
    """Both documents of a folder: SHA-256 by name, relative to the folder, and the copies by their job."""

    sums: dict[str, str]
    rows: dict[str, CatalogueRow]

    def documents(self) -> dict[str, bytes]:
        """Give the documents by their names. Rows are in the order in which they were archived."""
        rows = sorted(self.rows.items(), key=lambda item: (item[1].archived_at, item[0]))
        return {
            SUMS: sums.render(self.sums),
            ROWS: b"".join(codec.encode(row) + b"\n" for _, row in rows),
        }


def is_inventory(path: str) -> bool:
    """Tell whether a path, relative to the library, is one of the documents of a channel's folder."""
    channel, _, name = path.partition("/")
    return bool(channel) and name in DOCUMENTS


def channels(library: Path) -> list[str]:
    """Give the names of all channels' folders. Raises OSError."""
    return sorted(
        entry.name
        for entry in os.scandir(library)
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".ytarchive")
    )


def read(folder: Path) -> Inventory:
    """Read what a folder says of itself. Lines that are none are passed over. Raises OSError."""
    return _parsed(_texts(folder))


def lists(library: Path, digest: str) -> bool:
    """Tell whether any channel's sums have a file of this SHA-256. Raises OSError."""
    sums_of = (library / channel / SUMS for channel in channels(library))
    return any(digest.encode() in (_text(path) or b"") for path in sums_of)


def enter(library: Path, row: CatalogueRow) -> CatalogueRow:
    """List a copy whose files are in the library, in place of what was listed of its job before.

    Where the same files were, the time when they were listed first counts, and is in the row returned: a
    storage task that is repeated changes nothing. Raises OSError.
    """
    assert row.job_id
    job_id = row.job_id
    with held(library / row.folder) as folder:
        if _appended(folder, job_id, row):
            return row
        texts = _texts(folder)
        there = _parsed(texts)
        before = there.rows.get(job_id)
        if before and before.files == row.files:
            row = msgspec.structs.replace(row, archived_at=before.archived_at)
        _write(folder, texts, _entered(there, job_id, row))
    return row


def amend(library: Path, job_id: str, mended: Iterable[Mended]) -> None:
    """List whole files in place of the damaged ones of a job, where that is listed. Raises OSError."""
    instead = {one.path: one.file for one in mended}
    for channel in sorted({path.partition("/")[0] for path in instead}):
        with held(library / channel) as folder:
            texts = _texts(folder)
            there = _parsed(texts)
            if row := there.rows.get(job_id):
                files = tuple(instead.get(file.path, file) for file in row.files)
                _write(folder, texts, _entered(there, job_id, msgspec.structs.replace(row, files=files)))


def renew(
    library: Path,
    channel: str,
    rows: Iterable[CatalogueRow],
    keep: Keep,
    aside: Callable[[], object] = lambda: None,
) -> bool:
    """Write what the log says of a channel's folder, and tell whether that was not there already.

    What else was listed no longer is, unless it is to be kept: then `aside` is called before. Raises OSError,
    FileNotFoundError where there is no such folder.
    """
    with held(library / channel) as folder:
        texts = _texts(folder)
        there = _parsed(texts)
        wanted = _wanted(library, channel, rows, there, keep)
        if there.rows.keys() - wanted.rows.keys():
            aside()
        return _write(folder, texts, wanted)


def vouched(library: Path, channel: str, rows: Iterable[CatalogueRow], keep: Keep) -> Iterator[str]:
    """Give the paths that are listed, and of which the log knows nothing. Raises OSError."""
    due = list(rows)
    wanted = _wanted(library, channel, due, read(library / channel), keep)
    return (f"{channel}/{name}" for name in wanted.sums.keys() - _listed(channel, due).keys())


def faults(library: Path, channel: str, rows: Iterable[CatalogueRow], keep: Keep) -> Iterator[Finding]:
    """Compare what a channel's folder says of itself with what the log says: a finding for each document."""
    try:
        texts = _texts(library / channel)
    except OSError as error:
        path = f"{channel}/{Path(error.filename or SUMS).name}"
        yield Finding(kind=Trouble.UNREADABLE, path=path, detail=f"cannot be read: {error.strerror}")
        return
    there = _parsed(texts)
    wanted = _wanted(library, channel, rows, there, keep)
    for name, text in wanted.documents().items():
        path = f"{channel}/{name}"
        if not text and texts[name] is not None:
            detail = "no job archived anything in its folder"
            yield Finding(kind=Trouble.UNEXPECTED, path=path, detail=detail)
        elif text and texts[name] is None:
            yield Finding(kind=Trouble.MISSING, path=path, detail="not on disk; `ytarchive sums` writes it")
        elif not _same(text, texts[name]):
            told = (
                _difference(wanted.sums, there.sums) if name == SUMS else _difference(wanted.rows, there.rows)
            )
            detail = f"{told or 'not as it was written'}; `ytarchive sums` writes it anew"
            yield Finding(kind=Trouble.ALTERED, path=path, detail=detail)


def _appended(folder: Path, job_id: str, row: CatalogueRow) -> bool:
    """List a copy behind what is there, whose length so costs next to nothing.

    False where its job or one of its files may be listed already, or a document was left without its end.
    """
    lines = sums.render(_listed(row.folder, [row]))
    names = [line.partition(b"  ")[2] for line in lines.splitlines(keepends=True)]
    if not (_lacks(folder / SUMS, names) and _lacks(folder / ROWS, [job_id.encode()])):
        return False
    # the sums first: after a crash in between the copy is not listed yet, and both are written anew
    with appending(folder / SUMS, lines), appending(folder / ROWS, codec.encode(row) + b"\n"):
        return True


def _lacks(path: Path, words: Iterable[bytes]) -> bool:
    """Tell whether a document is not there or is whole, and has none of the words in it."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return True
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as there:
            return there[-1:] == b"\n" and all(there.find(word) < 0 for word in words)
    return True


def _entered(there: Inventory, job_id: str, row: CatalogueRow) -> Inventory:
    """Add a copy to what is there, in place of what was listed of its job."""
    before = there.rows.get(job_id)
    rows = there.rows | {job_id: row}
    gone = {file.path for file in before.files} if before else set()
    gone -= {file.path for other in rows.values() for file in other.files}
    kept = {name: digest for name, digest in there.sums.items() if f"{row.folder}/{name}" not in gone}
    return Inventory(kept | _listed(row.folder, [row]), rows)


def _wanted(
    library: Path, channel: str, rows: Iterable[CatalogueRow], there: Inventory, keep: Keep
) -> Inventory:
    """Give what should be there: what the log says, and what is there and to be kept.

    A sum of which no row tells is kept while its file is there: it may be all that is left of a row.
    """
    due = {row.job_id: row for row in rows if row.job_id}
    known = {file.path for row in due.values() for file in row.files}
    others = {
        job_id: row
        for job_id, row in there.rows.items()
        if job_id not in due and keep(job_id, [file.path for file in row.files if file.path not in known])
    }
    listed = _listed(channel, (others | due).values())
    told = listed.keys() | _listed(channel, there.rows.values()).keys()
    alone = {
        name: digest
        for name, digest in there.sums.items()
        if name not in told and is_there(library, f"{channel}/{name}")
    }
    return Inventory(alone | listed, others | due)


def is_there(library: Path, path: str) -> bool:
    """Tell whether there is a file."""
    try:
        return S_ISREG((library / path).lstat().st_mode)
    except (OSError, ValueError):
        return False


def _listed(channel: str, rows: Iterable[CatalogueRow]) -> dict[str, str]:
    return {file.path.removeprefix(f"{channel}/"): file.sha256 for row in rows for file in row.files}


def _difference(due: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Say in what a document differs; empty where it does not."""
    counts = {
        "missing in it": sum(key not in found for key in due),
        "not as in the log": sum(key in found and found[key] != value for key, value in due.items()),
        "unknown to the log": sum(key not in due for key in found),
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _write(folder: Path, there: _Texts, wanted: Inventory) -> bool:
    """Write what is not there already, and tell whether anything was not."""
    changed = {name: text for name, text in wanted.documents().items() if not _same(text, there[name])}
    if changed:
        replace(folder, changed)
    return bool(changed)


def _same(wanted: bytes, there: bytes | None) -> bool:
    """Tell whether there are the wanted lines, in whatever order."""
    return sorted(wanted.splitlines(keepends=True)) == sorted((there or b"").splitlines(keepends=True))


def _texts(folder: Path) -> _Texts:
    """Read both documents."""
    return {name: _text(folder / name) for name in DOCUMENTS}


def _text(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _parsed(texts: _Texts) -> Inventory:
    rows = {}
    for line in (texts[ROWS] or b"").splitlines():
        try:
            row = _decoder.decode(line)
        except (ValueError, RecursionError):  # no JSON, no UTF-8, or no row
            continue
        if row.job_id:
            rows[row.job_id] = row
    return Inventory(sums.parse(texts[SUMS] or b""), rows)
