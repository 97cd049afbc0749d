"""What is sent back: bytes, JSON, or a part of a file."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class FileBody:
    """The bytes from `start` up to `end` of a file."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. What is `paced` is media: sent no faster, and no further, than the knobs allow."""

    body: bytes | FileBody = b""
    type: str = "text/html"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    paced: bool = False

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.end - self.body.start


def json_reply(value: object, status: int = 200) -> Reply:
    """Answer with JSON."""
    return Reply(msgspec.json.encode(value), "application/json", status)


def refusal(status: int, words: str = "") -> Reply:
    """Answer with an error."""
    return Reply(f"<html>{status} {words}</html>".encode(), status=status)


def file_reply(
    path: Path, mime: str, wanted: str | None = None, *, missing: float = 0, paced: bool = False
) -> Reply:
    """Answer with a file, or the part that a Range header asks for; the last share `missing` is not there."""
    size = round(path.stat().st_size * (1 - missing))
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{size}"',
        "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
    }
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "")
    if not found:
        return Reply(FileBody(path, 0, size), mime, headers=headers, paced=paced)
    start, end = int(found[1]), min(int(found[2] or size) + 1, size)
    if start >= end:
        return Reply(type=mime, status=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Reply(FileBody(path, start, end), mime, 206, headers, paced)
