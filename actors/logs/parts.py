"""The names of the files in the log archive, and the order of the lines in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_DAY: Final = r"\d{4}-\d\d-\d\d"
OPEN: Final = re.compile(rf"{_DAY}\.jsonl")
CLOSED: Final = re.compile(rf"{_DAY}\.\d{{4,}}\.jsonl")
PART: Final = re.compile(rf"({_DAY})\.(\d{{4,}})\.jsonl(?:\.gz)?")


class Label(NamedTuple):
    """Which part it is, however its file is called at the moment. An open file has the number it will get."""

    day: str
    number: int

    def __str__(self) -> str:
        return f"{self.day}.{self.number:04}"


class Place(NamedTuple):
    """A place between two lines: behind the first `line` lines of a part."""

    label: Label
    line: int

    def __str__(self) -> str:
        return f"{self.label}:{self.line}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Read what a page said."""
        day, number, line = re.split(r"[.:]", text)
        return cls(Label(day, int(number)), int(line))


def files(folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    """Give the files whose whole name matches, oldest first."""
    yield from sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def labels(folder: Path) -> list[Label]:
    """Give all parts, oldest first."""
    found = {Label(part[1], int(part[2])) for part in _parts(folder)}
    return sorted({*found, *(newest_label(folder, path.stem) for path in files(folder, OPEN))})


def newest_label(folder: Path, day: str) -> Label:
    """Give the label of the file of that day that is open, or would be."""
    return Label(day, max((int(part[2]) for part in _parts(folder) if part[1] == day), default=0) + 1)


def path_of(folder: Path, label: Label) -> Path:
    """Give the file of a part. What is there in both forms was compressed whole."""
    plain = folder / f"{label}.jsonl"
    for path in (plain.with_name(f"{plain.name}.gz"), plain):
        if path.exists():
            return path
    return folder / f"{label.day}.jsonl" if label == newest_label(folder, label.day) else plain


def _parts(folder: Path) -> Iterator[re.Match[str]]:
    for path in folder.iterdir():
        if part := PART.fullmatch(path.name):
            yield part
