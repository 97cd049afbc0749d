"""The catalogue from the files alone: what a library holds, where nothing is left but the library.

``CATALOGUE.jsonl`` of each channel's folder says which files are of which video and job. What it does not
name is told by yt-dlp's ``.info.json`` beside it, but for the job. Sizes are those on the disk, SHA-256 those
of ``SHA256SUMS``; only what is not listed there is read.
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Final, NamedTuple

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Role
from ytarchive.library import inventory
from ytarchive.library.transfer import hash_file, is_temporary
from ytarchive.ytdlp.extract import video_of

_INFO: Final = ".info.json"
_NAMED: Final = re.compile(
    r"(?P<stem>.*\])(?: \([0-9]+\))?(?P<suffix>(?:\.[A-Za-z0-9_-]{1,24}){1,3})", re.DOTALL
)
_ROLES: Final = {
    Role.INFO: (_INFO,),
    Role.DESCRIPTION: (".description",),
    Role.LIVE_CHAT: (".live_chat.json",),
    Role.THUMBNAIL: (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif"),
    Role.SUBTITLES: (".vtt", ".srt", ".ass", ".ttml", ".lrc", ".srv1", ".srv2", ".srv3", ".json3", ".sbv"),
}


class Rebuilt(NamedTuple):
    """What a channel's folder holds, and the paths of which nothing tells what they are."""

    rows: list[CatalogueRow]
    unknown: list[str]


def rebuild(library: Path, channel: str) -> Rebuilt:
    """Tell what a channel's folder holds. Files that are gone are in no row. Raises OSError."""
    told = inventory.read(library / channel)
    files = _Files(library, channel, told.sums)
    rows = [row for known in told.rows.values() if (row := files.present(known))]
    left = files.there - {file.path for row in rows for file in row.files}
    for group in _grouped(left):
        if row := files.described(group):
            rows.append(row)
            left -= {file.path for file in row.files}
    return Rebuilt(rows, sorted(left))


class _Files:
    """The files of a folder: that they are there, how large they are, and what their SHA-256 is."""

    def __init__(self, library: Path, channel: str, sums: dict[str, str]) -> None:
        self._library, self._channel, self._sums = library, channel, sums
        self.there = set(_paths(library, channel))

    def present(self, row: CatalogueRow) -> CatalogueRow | None:
        """Give a row with what is there of it; None where nothing is."""
        files = tuple(
            self._file(file.path, file.role, file.sha256) for file in row.files if file.path in self.there
        )
        return msgspec.structs.replace(row, files=files) if files else None

    def described(self, paths: list[str]) -> CatalogueRow | None:
        """Give what the info document among the files of a video makes of them; None where none is of use."""
        info = max((path for path in paths if path.endswith(_INFO)), key=len, default=None)
        try:
            document: Any = msgspec.json.decode((self._library / info).read_bytes()) if info else {}
            video = video_of(document)
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ):  # no info document of yt-dlp's
            return None
        files = [self._file(path, _role(path)) for path in sorted(paths)]
        newest = max((self._library / path).stat().st_mtime for path in paths)
        return CatalogueRow(
            **msgspec.structs.asdict(video),
            archived_at=datetime.fromtimestamp(newest, UTC),
            job_id=None,
            files=tuple(sorted(files, key=lambda file: file.role is not Role.MEDIA)),
        )

    def _file(self, path: str, role: Role, sha256: str = "") -> ArchivedFile:
        on_disk = self._library / path
        listed = self._sums.get(path.removeprefix(f"{self._channel}/")) or sha256
        digest = listed or hash_file(on_disk)[1]
        return ArchivedFile(path=path, role=role, bytes=on_disk.stat().st_size, sha256=digest)


def _paths(library: Path, channel: str) -> Iterator[str]:
    for folder, _, names in os.walk(library / channel):
        for path in (Path(folder, name) for name in names):
            relative = path.relative_to(library).as_posix()
            ours = is_temporary(path) or inventory.is_inventory(relative)
            if not ours and S_ISREG(path.lstat().st_mode):
                yield relative


def _grouped(paths: Iterable[str]) -> list[list[str]]:
    """Put together what was named for one video, numbered copies included."""
    groups: dict[PurePosixPath, list[str]] = {}
    for path in map(PurePosixPath, paths):
        if named := _NAMED.fullmatch(path.name):
            groups.setdefault(path.with_name(named["stem"]), []).append(str(path))
    return list(groups.values())


def _role(path: str) -> Role:
    """Guess what a file is to its video by its suffix; what is nothing else is the media."""
    return next((role for role, suffixes in _ROLES.items() if path.lower().endswith(suffixes)), Role.MEDIA)
