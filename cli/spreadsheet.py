"""The catalogue as CSV (RFC 4180), a line for each file."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile

_VIDEO: Final = tuple(name for name in CatalogueRow.__struct_fields__ if name != "files")
COLUMNS: Final = (*_VIDEO, *ArchivedFile.__struct_fields__)
_IDS: Final = frozenset({"site", "video_id", "job_id", "sha256"})
"""Of letters, digits, ``-`` and ``_``: nothing that a spreadsheet could run."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(rows: Iterable[CatalogueRow]) -> Iterator[bytes]:
    """Give the header and the lines, in UTF-8."""
    yield _line(COLUMNS)
    for row in rows:
        known = msgspec.to_builtins(row)
        files = known.pop("files")
        for file in files:
            yield _line([_cell(name, (known | file)[name]) for name in COLUMNS])


def _cell(name: str, value: object) -> object:
    """Make a value such that no spreadsheet takes it for a formula: a title can be anything."""
    if name in _IDS or not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    return f"./{value}" if name == "path" else f"'{value}"


def _line(cells: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
