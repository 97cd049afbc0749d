"""A library of made-up files, and the rows that tell of them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Role

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ROLES = {".mp4": Role.MEDIA, ".json": Role.INFO, ".vtt": Role.SUBTITLES}


def put(library: Path, files: Mapping[str, bytes]) -> tuple[ArchivedFile, ...]:
    """Put files into a library, and tell of them what the log would."""
    for path, content in files.items():
        (library / path).parent.mkdir(parents=True, exist_ok=True)
        (library / path).write_bytes(content)
    return tuple(
        ArchivedFile(
            path=path,
            role=_ROLES[Path(path).suffix],
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for path, content in files.items()
    )


def row(number: int, files: tuple[ArchivedFile, ...], *, title: str = "Title") -> CatalogueRow:
    """Tell of the copy that the job of that number archived."""
    return CatalogueRow(
        site="youtube",
        video_id=f"video-{number}",
        title=title,
        url=f"https://www.youtube.com/watch?v=video-{number}",
        channel="Channel",
        archived_at=AT,
        job_id=f"{number:016x}",
        files=files,
    )


def copy(library: Path, number: int, *, title: str = "Title", content: bytes = b"media") -> CatalogueRow:
    """Archive a video of two files."""
    stem = f"Channel/2024/{title} [video-{number}]"
    files = {f"{stem}.mp4": content + str(number).encode(), f"{stem}.info.json": b'{"n": %d}' % number}
    return row(number, put(library, files), title=title)
