"""Log lines as files, in the order of the log stream.

The newest are in ``2026-01-31.jsonl``, the others in parts such as ``2026-01-31.0001.jsonl.gz``.

The day is that on which a line was kept, whatever the clock of its node said. A file whose day is over, or
that is large, becomes a part by a rename and is compressed then. As a part has one number ever after, a crash
in between neither loses nor doubles a line.
"""

import gzip
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Final, cast

from actors.logs.parts import CLOSED, OPEN, PART, Label, files, newest_label, path_of
from schemas.codec import encode
from schemas.logs import KeptLine

_PARTS: Final = 16
_PART_BYTES: Final = 8 << 20
"""Of a part at most, before it is compressed: a reader of one page has to read one part."""


def _today() -> date:
    return datetime.now(UTC).date()


class Archive:
    """The folder of log files, kept for `days` after their own and to about `most_bytes` in all.

    One process has it, and either writes or reads. Other files in the folder are let alone.
    """

    def __init__(
        self, folder: Path, *, days: int, most_bytes: int, today: Callable[[], date] = _today
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._days, self._most_bytes, self._today = days, most_bytes, today
        self._part_bytes = min(most_bytes // _PARTS, _PART_BYTES)
        self._tidied: date | None = None
        for path in files(folder, OPEN):
            _mend(path)

    def add(self, lines: Sequence[KeptLine]) -> OSError | None:
        """Append lines, all or none, then tidy where that is due. Raises `OSError` where none was appended.

        Gives why it could not be tidied, if so: there may be room for lines, but not to compress others.
        """
        path = self.folder / f"{self._day()}.jsonl"
        size = _append(path, b"".join(encode(line) + b"\n" for line in lines))
        if size > self._part_bytes or self._today() != self._tidied:
            try:
                self.tidy()
            except OSError as error:
                return error
        return None

    def tidy(self) -> None:
        """Close and compress what is due, remove what is too old, then the oldest until the rest fits.

        Raises `OSError`. What could not be compressed then is with the next that is due.
        """
        self._tidied = self._today()
        day = str(self._day())
        for path in files(self.folder, OPEN):
            if path.stem < day or path.stat().st_size > self._part_bytes:
                path.rename(path.with_name(f"{newest_label(self.folder, path.stem)}.jsonl"))
        try:
            for path in files(self.folder, CLOSED):
                self._compress(path)
        finally:
            self._bound(self._tidied)

    def _bound(self, today: date) -> None:
        oldest = str(today - timedelta(days=self._days))
        kept = sorted([*files(self.folder, OPEN), *files(self.folder, PART)])
        room = self._most_bytes - sum(path.stat().st_size for path in kept)
        for path in kept:
            if path.name < oldest or (room < 0 and not OPEN.fullmatch(path.name)):
                room += path.stat().st_size
                path.unlink()

    def open(self, label: Label) -> IO[bytes] | None:
        """Open a part to read its lines; None where there is no such part, or no longer."""
        with suppress(FileNotFoundError):
            path = path_of(self.folder, label)
            return cast("IO[bytes]", gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")
        return None

    def _day(self) -> date:
        """Give the day of lines that come: not before one that has some, though the clock may go back."""
        days = [path.name[:10] for path in (*files(self.folder, OPEN), *files(self.folder, PART))]
        return max([self._today(), *map(date.fromisoformat, days)])

    def _compress(self, path: Path) -> None:
        packed = path.with_name(f"{path.name}.gz")
        if not packed.exists():
            new = packed.with_name(f"{packed.name}.new")
            try:
                with path.open("rb") as source, new.open("wb") as file:
                    with gzip.GzipFile(fileobj=file, mode="wb") as target:
                        shutil.copyfileobj(source, target)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                new.unlink(missing_ok=True)
                raise
            new.rename(packed)
        path.unlink()


def _append(path: Path, text: bytes) -> int:
    """Give the size the file has then."""
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        rest = memoryview(text)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(before)
            raise
        return file.tell()


def _mend(path: Path) -> None:
    """Take away what a crash of the machine has left of a line."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
