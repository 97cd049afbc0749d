"""The catalogue from the files alone: what a library holds, where nothing is left but the library.

``CATALOGUE.jsonl`` of each channel's folder says which files are of which video and job. What it does not
name is told by yt-dlp's ``.info.json`` beside it, but for the job. Sizes are those on the disk, SHA-256 those
of ``SHA256SUMS``; only what is not listed there, or cannot be what is listed, is read. What is listed and is
not there, or is another, and whatever cannot be read, is told: the files alone do not tell all then.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Role
from schemas.fixity import Finding, Trouble
from ytarchive.domain.findings import unlisted
from ytarchive.library import inventory
from ytarchive.library.hashing import hash_file
from ytarchive.library.regular import read_whole
from ytarchive.library.scan import scan, written
from ytarchive.ytdlp.extract import video_of

_INFO: Final = ".info.json"
_NAMED: Final = re.compile(
    r"(?P<stem>.*\])(?: \([0-9]+\))?(?P<suffix>(?:\.[A-Za-z0-9_-]{1,24}){1,3})", re.DOTALL
)
_BYTES: Final = re.compile("[\ud800-\udfff]")
"""Bytes of a name that are no text, as Python gives them."""
_ROLES: Final = {
    Role.INFO: (_INFO,),
    Role.DESCRIPTION: (".description",),
    Role.LIVE_CHAT: (".live_chat.json",),
    Role.THUMBNAIL: (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif"),
    Role.SUBTITLES: (".vtt", ".srt", ".ass", ".ttml", ".lrc", ".srv1", ".srv2", ".srv3", ".json3", ".sbv"),
}


class Rebuilt(NamedTuple):
    """What a channel's folder holds, the paths of which nothing tells what they are, and what is wrong.

    Those paths are as they can be shown.
    """

    rows: list[CatalogueRow]
    unknown: list[str]
    found: list[Finding]


def rebuild(library: Path, channel: str) -> Rebuilt:
    """Tell what a channel's folder holds. Files that are gone, or cannot be read, are in no row, and told."""
    found: list[Finding] = []
    told = inventory.read(
        library / channel, lambda name, error: found.append(_unread(f"{channel}/{name}", error))
    )
    files = _Files(library, channel, told.sums, found)
    rows = [row for known in told.rows.values() if (row := files.present(known))]
    named = (file.path for row in told.rows.values() for file in row.files)
    files.miss({*named, *(f"{channel}/{name}" for name in told.sums)})
    left = files.there.keys() - {file.path for row in rows for file in row.files}
    for group in _grouped(left):
        if row := files.described(group):
            rows.append(row)
            left -= {file.path for file in row.files}
    return Rebuilt(rows, sorted(map(written, left - files.unread)), found)


class _Files:
    """The files of a folder: that they are `there`, of so many bytes, and what their SHA-256 is.

    What is wrong is put among what was `found`; `unread` are files that do not say what they hold.
    """

    def __init__(self, library: Path, channel: str, sums: dict[str, str], found: list[Finding]) -> None:
        self._library, self._channel, self._sums, self._found = library, channel, sums, found
        self._hidden: list[str] = []
        seen = [*scan(library, self._unlisted, channel)]
        self.there = {path: size for path, size in seen if size is not None}
        self._odd = {path for path, size in seen if size is None}
        self._altered: set[str] = set()
        self.unread: set[str] = set()

    def _unlisted(self, folder: str, error: OSError) -> None:
        self._hidden.append(f"{folder}/")
        self._found.append(unlisted(written(folder), error.strerror or str(error)))

    def miss(self, paths: Iterable[str]) -> None:
        """Tell of files that are listed, and not there, unless they are where nobody can look."""
        for path in sorted(paths):
            if path in self.there or path.startswith(tuple(self._hidden)):
                continue
            odd = path in self._odd
            kind = Trouble.ALTERED if odd else Trouble.MISSING
            detail = "not a regular file" if odd else "it is listed, and not there"
            self._found.append(Finding(kind=kind, path=written(path), detail=detail))

    def present(self, row: CatalogueRow) -> CatalogueRow | None:
        """Give a row with what is there of it; None where nothing is."""
        there = (self._known(file) for file in row.files if file.path in self.there)
        files = tuple(filter(None, there))
        return msgspec.structs.replace(row, files=files) if files else None

    def described(self, paths: list[str]) -> CatalogueRow | None:
        """Give what the info document among the files of a video makes of them; None where none is of use."""
        info = max((path for path in paths if path.endswith(_INFO)), key=len, default=None)
        try:
            document: Any = msgspec.json.decode(self._read(info)) if info else {}
            video = video_of(document)
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ):  # no info document of yt-dlp's
            return None
        files = [file for path in sorted(paths) if (file := self._file(path, _role(path)))]
        newest = max((self._written_at(path) for path in paths), default=0.0)
        return CatalogueRow(
            **msgspec.structs.asdict(video),
            archived_at=datetime.fromtimestamp(newest, UTC),
            job_id=None,
            files=tuple(sorted(files, key=lambda file: file.role is not Role.MEDIA)),
        )

    def _read(self, path: str) -> bytes:
        """Read a document; what cannot be read says nothing, which is told."""
        try:
            content = read_whole(self._library / path)
        except OSError as error:
            self._miss(path, error)
            return b""
        if self._listed(path) not in ("", sha256(content).hexdigest()):
            self._alter(path, f"not as {inventory.SUMS} lists it, and nothing else says what the video is")
        return content

    def _written_at(self, path: str) -> float:
        try:
            return (self._library / path).stat().st_mtime
        except OSError:  # gone meanwhile
            return 0.0

    def _known(self, file: ArchivedFile) -> ArchivedFile | None:
        """Tell of a file that was listed so; where it cannot be that, which is told, what it is now."""
        size, digest = self.there[file.path], self._listed(file.path) or file.sha256
        if size != file.bytes:
            self._alter(file.path, f"{size} bytes on disk, {file.bytes} in {inventory.ROWS}")
        elif digest != file.sha256:
            self._alter(file.path, f"{inventory.SUMS} and {inventory.ROWS} have another SHA-256 of it")
        else:
            return file
        return self._file(file.path, file.role)

    def _listed(self, path: str) -> str:
        return self._sums.get(path.removeprefix(f"{self._channel}/"), "")

    def _alter(self, path: str, detail: str) -> None:
        self._altered.add(path)
        self._found.append(Finding(kind=Trouble.ALTERED, path=written(path), detail=detail))

    def _file(self, path: str, role: Role) -> ArchivedFile | None:
        """Tell of a file; None where it is not listed, or altered, and cannot be read, which is told."""
        digest = "" if path in self._altered else self._listed(path)
        try:
            digest = digest or hash_file(self._library / path)[1]
        except OSError as error:
            self._miss(path, error)
            return None
        return ArchivedFile(path=path, role=role, bytes=self.there[path], sha256=digest)

    def _miss(self, path: str, error: OSError) -> None:
        if path not in self.unread:
            self.unread.add(path)
            self._found.append(_unread(written(path), error))


def _unread(path: str, error: OSError) -> Finding:
    return Finding(kind=Trouble.UNREADABLE, path=path, detail=f"cannot be read: {error.strerror or error}")


def _grouped(paths: Iterable[str]) -> list[list[str]]:
    """Put together what was named for one video, numbered copies included. What is no text was not."""
    groups: dict[PurePosixPath, list[str]] = {}
    for path in (PurePosixPath(path) for path in paths if not _BYTES.search(path)):
        if named := _NAMED.fullmatch(path.name):
            groups.setdefault(path.with_name(named["stem"]), []).append(str(path))
    return list(groups.values())


def _role(path: str) -> Role:
    """Guess what a file is to its video by its suffix; what is nothing else is the media."""
    return next((role for role, suffixes in _ROLES.items() if path.lower().endswith(suffixes)), Role.MEDIA)
