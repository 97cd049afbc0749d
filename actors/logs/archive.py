"""Log lines as files: today's in ``2026-01-31.jsonl``, others in parts such as ``2026-01-31.0001.jsonl.gz``.

A file whose day is over, or that is large, becomes a part by a rename and is compressed then. As a part has
one number ever after, a crash in between neither loses nor doubles a line.
"""

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from schemas.codec import encode
from schemas.logs import LogRecord

_DAY: Final = r"\d{4}-\d\d-\d\d"
_OPEN: Final = re.compile(rf"{_DAY}\.jsonl")
_CLOSED: Final = re.compile(rf"{_DAY}\.\d{{4,}}\.jsonl")
_PART: Final = re.compile(rf"({_DAY})\.(\d{{4,}})\.jsonl(?:\.gz)?")
_PARTS: Final = 16


def _today() -> date:
    return datetime.now(UTC).date()


class Archive:
    """The folder of log files, kept for `days` after their own and to about `most_bytes` in all.

    One process writes it. Other files in the folder are let alone.
    """

    def __init__(
        self, folder: Path, *, days: int, most_bytes: int, today: Callable[[], date] = _today
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._days, self._most_bytes, self._today = folder, days, most_bytes, today
        self._tidied: date | None = None

    def add(self, record: LogRecord) -> None:
        """Append one line to the file of its day, whole or not at all. Raises `OSError`."""
        day = record.at.astimezone(UTC).date()
        size = _append(self._folder / f"{day}.jsonl", encode(record) + b"\n")
        if size > self._part_bytes or self._today() != self._tidied:
            self.tidy()

    def tidy(self) -> None:
        """Close and compress what is due, remove what is too old, then the oldest until the rest fits."""
        today = self._tidied = self._today()
        for path in self._files(_OPEN):
            if path.stem < str(today) or path.stat().st_size > self._part_bytes:
                path.rename(self._next_part(path))
        for path in self._files(_CLOSED):
            _compress(path)
        oldest = str(today - timedelta(days=self._days))
        files = sorted([*self._files(_OPEN), *self._files(_PART)])
        room = self._most_bytes - sum(path.stat().st_size for path in files)
        for path in files:
            if path.name < oldest or (room < 0 and not _OPEN.fullmatch(path.name)):
                room += path.stat().st_size
                path.unlink()

    @property
    def _part_bytes(self) -> int:
        return self._most_bytes // _PARTS

    def _files(self, pattern: re.Pattern[str]) -> Iterator[Path]:
        """Give the files whose whole name matches, oldest first."""
        yield from sorted(path for path in self._folder.iterdir() if pattern.fullmatch(path.name))

    def _next_part(self, path: Path) -> Path:
        parts = (_PART.fullmatch(part.name) for part in self._files(_PART))
        last = max((int(part[2]) for part in parts if part and part[1] == path.stem), default=0)
        return path.with_name(f"{path.stem}.{last + 1:04}.jsonl")


def _append(path: Path, line: bytes) -> int:
    """Give the size the file has then."""
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(before)
            raise
        return file.tell()


def _compress(path: Path) -> None:
    packed = _compressed(path)
    if not packed.exists():
        new = packed.with_name(f"{packed.name}.new")
        with path.open("rb") as source, new.open("wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb") as target:
                shutil.copyfileobj(source, target)
            file.flush()
            os.fsync(file.fileno())
        new.rename(packed)
    path.unlink()


def _compressed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")
