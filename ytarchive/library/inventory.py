"""What a channel's folder says of itself: ``SHA256SUMS``, and ``CATALOGUE.jsonl`` with a line for each copy.

The first lets anybody verify the folder; with the second, the files alone tell what the event log tells of
them. Both follow from the log (`due`). Whoever changes them holds a lock on the folder, so that several
actors, processes and commands may.
"""

import mmap
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.fixity import Mended
from ytarchive.library import sums
from ytarchive.library.documents import appending, held, replace
from ytarchive.library.regular import opened, read_whole

SUMS: Final = "SHA256SUMS"
ROWS: Final = "CATALOGUE.jsonl"
DOCUMENTS: Final = (SUMS, ROWS)

Texts = dict[str, bytes | None]
"""Both documents of a folder as they are, by name; None for one that is not there."""

Unread = Callable[[str, OSError], object]
"""Told of a document, by its name, that cannot be read, and why."""

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


def listing(library: Path) -> list[str]:
    """Give the folders that have an inventory. Raises OSError."""
    return [
        one for one in channels(library) if any(os.path.lexists(library / one / name) for name in DOCUMENTS)
    ]


def read(folder: Path, unread: Unread | None = None) -> Inventory:
    """Read what a folder says of itself. Lines that are none are passed over. Raises as `read_texts`."""
    return parse(read_texts(folder, unread))


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
        texts = read_texts(folder)
        there = parse(texts)
        before = there.rows.get(job_id)
        if before and before.files == row.files:
            row = msgspec.structs.replace(row, archived_at=before.archived_at)
        write_texts(folder, texts, _entered(there, job_id, row))
    return row


def amend(library: Path, job_id: str, mended: Iterable[Mended]) -> None:
    """List whole files in place of the damaged ones of a job, where that is listed. Raises OSError."""
    instead = {one.path: one.file for one in mended}
    for channel in sorted({path.partition("/")[0] for path in instead}):
        with held(library / channel) as folder:
            texts = read_texts(folder)
            there = parse(texts)
            if row := there.rows.get(job_id):
                files = tuple(instead.get(file.path, file) for file in row.files)
                write_texts(folder, texts, _entered(there, job_id, msgspec.structs.replace(row, files=files)))


def _appended(folder: Path, job_id: str, row: CatalogueRow) -> bool:
    """List a copy behind what is there, whose length so costs next to nothing.

    False where its job or one of its files may be listed already, or a document was left without its end.
    """
    lines = sums.render(sums_of(row.folder, [row]))
    names = [line.partition(b"  ")[2] for line in lines.splitlines(keepends=True)]
    if not (_lacks(folder / SUMS, names) and _lacks(folder / ROWS, [job_id.encode()])):
        return False
    # the sums first: after a crash in between the copy is not listed yet, and both are written anew
    with appending(folder / SUMS, lines), appending(folder / ROWS, codec.encode(row) + b"\n"):
        return True


def _lacks(path: Path, words: Iterable[bytes]) -> bool:
    """Tell whether a document is not there or is whole, and has none of the words in it."""
    with suppress(FileNotFoundError), opened(path) as file:
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
    return Inventory(kept | sums_of(row.folder, [row]), rows)


def sums_of(channel: str, rows: Iterable[CatalogueRow]) -> dict[str, str]:
    """Give the SHA-256 of all files of copies, by their names relative to the folder."""
    return {file.path.removeprefix(f"{channel}/"): file.sha256 for row in rows for file in row.files}


def write_texts(folder: Path, there: Texts, wanted: Inventory) -> bool:
    """Write what is not there already, and tell whether anything was not."""
    changed = {name: text for name, text in wanted.documents().items() if not same_lines(text, there[name])}
    if changed:
        replace(folder, changed)
    return bool(changed)


def same_lines(wanted: bytes, there: bytes | None) -> bool:
    """Tell whether there are the wanted lines, in whatever order."""
    return sorted(wanted.splitlines(keepends=True)) == sorted((there or b"").splitlines(keepends=True))


def read_texts(folder: Path, unread: Unread | None = None) -> Texts:
    """Read both documents. Where nobody is to be told that one is `unread`, raises OSError.

    `NotRegular` is for one that is something else than a file.
    """
    texts: Texts = dict.fromkeys(DOCUMENTS)
    for name in DOCUMENTS:
        try:
            texts[name] = _text(folder / name)
        except OSError as error:
            if not unread:
                raise
            unread(name, error)
    return texts


def _text(path: Path) -> bytes | None:
    try:
        return read_whole(path)
    except FileNotFoundError:
        return None


def parse(texts: Texts) -> Inventory:
    """Give what both documents say. Lines that are none are passed over."""
    rows = {}
    for line in (texts[ROWS] or b"").splitlines():
        try:
            row = _decoder.decode(line)
        except (ValueError, RecursionError):  # no JSON, no UTF-8, or no row
            continue
        if row.job_id:
            rows[row.job_id] = row
    return Inventory(sums.parse(texts[SUMS] or b""), rows)
