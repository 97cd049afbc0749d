"""Log lines as files: one JSON-lines file a day, older days compressed, the oldest removed."""

import gzip
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from schemas.codec import encode
from schemas.logs import LogRecord

_PLAIN: Final = ".jsonl"
_PACKED: Final = ".jsonl.gz"


class Archive:
    """The folder of log files. `days` and `most_bytes` bound it."""

    def __init__(self, folder: Path, *, days: int, most_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._days, self._most_bytes = folder, days, most_bytes
        self._tidied = ""

    def add(self, record: LogRecord) -> None:
        """Append one line to the file of its day."""
        day = record.at.astimezone(UTC).date().isoformat()
        with (self._folder / f"{day}{_PLAIN}").open("ab") as file:
            file.write(encode(record) + b"\n")
        if (today := datetime.now(UTC).date().isoformat()) != self._tidied:
            self.tidy()
            self._tidied = today

    def tidy(self) -> None:
        """Compress the days before today, remove what is too old, then the oldest until the rest fits."""
        today = datetime.now(UTC).date()
        for plain in self._folder.glob(f"*{_PLAIN}"):
            if plain.name.removesuffix(_PLAIN) < today.isoformat():
                packed = plain.with_name(plain.name.removesuffix(_PLAIN) + _PACKED)
                with plain.open("rb") as source, gzip.open(packed, "ab") as target:
                    shutil.copyfileobj(source, target)
                plain.unlink()
        packs = sorted(self._folder.glob(f"*{_PACKED}"))
        oldest = (today - timedelta(days=self._days)).isoformat()
        room = self._most_bytes - sum(pack.stat().st_size for pack in packs)
        for pack in packs:
            if pack.name.removesuffix(_PACKED) < oldest or room < 0:
                room += pack.stat().st_size
                pack.unlink()
