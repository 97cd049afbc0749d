"""What a channel's folder must say of itself: it follows from the log, but that may be the older one.

`renew` writes both documents anew, `faults` compares. What is listed, and is there, stays listed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import Any

from schemas.catalogue import CatalogueRow
from schemas.fixity import Finding, Trouble
from ytarchive.library.documents import held
from ytarchive.library.inventory import (
    SUMS,
    Inventory,
    Unread,
    parse,
    read,
    read_texts,
    same_lines,
    sums_of,
    write_texts,
)
from ytarchive.library.regular import NotRegular

Keep = Callable[[str, Iterable[str]], bool]
"""Tells of a job whether it may be listed though the log does not say that it archived anything.

Given with it are the paths of its files that the log knows of no other job either.
"""


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
        texts = read_texts(folder)
        there = parse(texts)
        wanted = _wanted(library, channel, rows, there, keep)
        if there.rows.keys() - wanted.rows.keys():
            aside()
        return write_texts(folder, texts, wanted)


def vouched(
    library: Path, channel: str, rows: Iterable[CatalogueRow], keep: Keep, unread: Unread
) -> Iterator[str]:
    """Give the paths that are listed, and of which the log knows nothing. Raises OSError."""
    due = list(rows)
    wanted = _wanted(library, channel, due, read(library / channel, unread), keep)
    return (f"{channel}/{name}" for name in wanted.sums.keys() - sums_of(channel, due).keys())


def faults(library: Path, channel: str, rows: Iterable[CatalogueRow], keep: Keep) -> Iterator[Finding]:
    """Compare what a channel's folder says of itself with what the log says: a finding for each document."""
    unread: dict[str, OSError] = {}
    texts = read_texts(library / channel, unread.__setitem__)
    there = parse(texts)
    wanted = _wanted(library, channel, rows, there, keep)
    for name, text in wanted.documents().items():
        path = f"{channel}/{name}"
        if name in unread:
            yield unreadable(path, unread[name])
        elif not text and texts[name] is not None:
            detail = "no job archived anything in its folder"
            yield Finding(kind=Trouble.UNEXPECTED, path=path, detail=detail)
        elif text and texts[name] is None:
            yield Finding(kind=Trouble.MISSING, path=path, detail="not on disk; `ytarchive sums` writes it")
        elif not same_lines(text, texts[name]):
            told = (
                _difference(wanted.sums, there.sums) if name == SUMS else _difference(wanted.rows, there.rows)
            )
            detail = f"{told or 'not as it was written'}; `ytarchive sums` writes it anew"
            yield Finding(kind=Trouble.ALTERED, path=path, detail=detail)


def unreadable(path: str, error: OSError) -> Finding:
    """Say that a document, relative to the library, cannot be read, and what helps."""
    if isinstance(error, NotRegular):
        detail = f"{error.strerror}; `ytarchive sums` puts it aside, and writes the list anew"
        return Finding(kind=Trouble.ALTERED, path=path, detail=detail)
    return Finding(kind=Trouble.UNREADABLE, path=path, detail=f"cannot be read: {error.strerror}")


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
    listed = sums_of(channel, (others | due).values())
    told = listed.keys() | sums_of(channel, there.rows.values()).keys()
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


def _difference(due: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Say in what a document differs; empty where it does not."""
    counts = {
        "missing in it": sum(key not in found for key in due),
        "not as in the log": sum(key in found and found[key] != value for key, value in due.items()),
        "unknown to the log": sum(key not in due for key in found),
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
