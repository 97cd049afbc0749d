"""TOML, and in which line everything stands, which tomllib does not tell.

A statement of TOML ends with its line, unless something in it is still open, and can be read by itself. So it
is tomllib alone that reads: the whole file for its values, and each statement for its place.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

Place = tuple[str, ...]
"""The keys that lead to a value: ``("profiles", "tv", "quality")``."""

_WHERE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_MARKS: Final = re.compile(
    r"\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]",
    re.DOTALL,
)
"""All that tells where a statement ends: texts and comments, which hide what is in them, brackets, lines."""
_DEPTH: Final = 3
"""Nothing that is set lies deeper."""
_DOTS: Final = 100
"""In a line, outside of texts: keys of thousands of parts would take tomllib minutes."""


class Fault(NamedTuple):
    """Why a line cannot be read. Lines and columns count from 1; column 0 stands for all of the line."""

    line: int
    column: int
    reason: str


class Document(NamedTuple):
    """The values of a file, the lines of what leads to them, and every fault.

    Of a file with faults the values are those of the statements that can be read.
    """

    values: dict[str, Any]
    lines: dict[Place, int]
    faults: tuple[Fault, ...] = ()


class _Refused(NamedTuple):
    reason: str
    line: int = 0
    column: int = 0
    open: bool = False


def read(text: str, most: int = 100) -> Document:
    """Read TOML. Whatever the text is, this raises nothing; behind `most` faults it looks for no more."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if deep := _too_deep("\n".join(lines)):
        return Document({}, {}, (Fault(deep, 0, "nested too deeply"),))
    whole = _parsed(lines)
    values: dict[str, Any] = {}
    places: dict[Place, int] = {}
    faults: list[Fault] = []
    before: dict[int, int] = {}  # where what a statement says was said already, by its line
    header: Place = ()
    for number, found in _statements(lines):
        if isinstance(found, _Refused):
            faults.append(Fault(number + max(found.line - 1, 0), found.column, found.reason))
            if len(faults) == most:
                break
            continue
        if lines[number - 1].lstrip().startswith("["):
            for header in _places(found):
                before[number] = places.setdefault(header, number)
            _merge(values, (), found)
        else:
            for place in _places(found):
                before[number] = places.setdefault((*header, *place)[:_DEPTH], number)
            _merge(values, header, found)
    if isinstance(whole, _Refused):  # each statement may be right, and not all of them together
        line = whole.line or len(lines)
        first = before.get(line, line)
        reason = f"this was said in line {first} already" if first < line else whole.reason
        faults = faults or [Fault(line, whole.column, reason)]
        return Document(values, places, tuple(faults))
    return Document(whole, places)


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | _Refused]]:
    """Give each statement with the number of its first line, from 1; behind one that has no end, none."""
    text, offset, start = "\n".join(lines) + "\n", 0, 0
    while start < len(lines):
        found, end = _parsed(lines[start : start + 1]), start + 1
        if isinstance(found, _Refused) and found.open:
            refused, more = found, _more_lines(text, offset)
            end += more or 0
            found = found if more is None else _parsed(lines[start:end])
            if isinstance(found, _Refused) and found.open:
                yield (
                    start + 1,
                    refused._replace(line=1, reason=f"{refused.reason}: what begins here has no end"),
                )
                return
        if found:
            yield start + 1, found
        offset += sum(len(line) + 1 for line in lines[start:end])
        start = end


def _more_lines(text: str, offset: int) -> int | None:
    """Count the lines that a statement has besides its first; None where it has no end."""
    depth = more = 0
    for found in _MARKS.finditer(text, offset):
        mark = found[0]
        depth += (mark in "[{") - (mark in "]}")
        if mark == "\n" and depth <= 0:
            return more
        more += mark.count("\n")
    return None


def _too_deep(text: str) -> int:
    """Give the line in which a key has far too many parts; 0 where none has."""
    bare = _MARKS.sub(lambda mark: "\n" * mark[0].count("\n"), text)
    return next((number for number, line in enumerate(bare.split("\n"), 1) if line.count(".") > _DOTS), 0)


def _parsed(lines: Sequence[str]) -> dict[str, Any] | _Refused:
    try:
        return tomllib.loads("\n".join(lines) + "\n")
    except RecursionError:
        return _Refused("nested too deeply")
    except ValueError as error:  # a number may be too long, which is no TOMLDecodeError
        if where := _WHERE.search(str(error)):
            line, column = (int(number or 0) for number in where.groups())
            return _Refused(str(error)[: where.start()], line, column, open=not line)
        return _Refused(str(error))


def _places(values: dict[str, Any]) -> Iterator[Place]:
    """Give what leads to each value of one statement, the outer first."""
    level: list[tuple[Place, Any]] = [((), values)]
    for place, value in level:
        if place:
            yield place
        if isinstance(value, dict) and len(place) < _DEPTH:
            level += [((*place, key), inner) for key, inner in value.items()]


def _merge(values: dict[str, Any], header: Place, found: dict[str, Any], depth: int = _DEPTH) -> None:
    """Put what a statement says where it belongs; what is said twice is wrong anyway."""
    level = values
    for key in header:
        inner = level.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        level = inner
    for key, value in found.items():
        if depth and isinstance(value, dict) and isinstance(level.get(key), dict):
            _merge(level[key], (), value, depth - 1)
        else:
            level[key] = value
