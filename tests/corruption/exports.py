"""Exported logs, damaged at random: each damage is found at its line, and no other line is blamed.

``python -m tests.corruption exports --number 1000 --seed 1`` says how many of each kind were found.
"""

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from tests.logs import numbered, with_checkpoints, world, written
from ytarchive.domain.checkpoints import Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored, check_of
from ytarchive.domain.log_reader import LogReader
from ytarchive.runtime.log_blocks import Blocks, packed
from ytarchive.runtime.log_files import read_file
from ytarchive.runtime.signing import signed

_BLOCK: Final = 3000
"""Bytes of lines in a block, so that there are several."""
_LOGS: Final = 8


class Damage(NamedTuple):
    """A damaged file. `blamed` are the lines that may be named, the least of which must be; None for any."""

    kind: str
    content: bytes
    blamed: frozenset[int] | None


class Export:
    """A file as it was exported: its messages, lines and blocks."""

    def __init__(self, messages: Sequence[Stored]) -> None:
        self.messages = messages
        self.lines = written(messages)
        self.blocks, self.first = _blocks(self.lines)

    @property
    def content(self) -> bytes:
        """The whole file."""
        return b"".join(self.blocks)


def _blocks(lines: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """Give the blocks that lines make, and the number of the first line in each."""
    file = io.BytesIO()
    blocks, found, first = Blocks(file, _BLOCK), list[bytes](), [1]
    for number, line in enumerate(lines, 1):
        blocks.write(line + b"\n")
        if file.tell():
            found.append(file.getvalue())
            file.seek(0)
            file.truncate()
            first.append(number + 1)
    blocks.flush()
    return [*found, file.getvalue()], first


def _plain(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


FORMS: Final[tuple[Callable[[Sequence[bytes]], bytes], ...]] = (
    lambda lines: b"".join(_blocks(lines)[0]),
    lambda lines: packed(_plain(lines)),
    _plain,
)
"""As it is exported, packed anew, unpacked."""


def _of_lines(kind: str, export: Export, lines: Sequence[bytes], chance: Random) -> Damage:
    """Give a file of other lines. To blame is each that stands behind another than it was written behind."""
    content = chance.choice(FORMS)(lines)
    neighbours = set(zip([b"", *(line[-18:] for line in export.lines)], export.lines, strict=False))
    before = [b"", *(line[-18:] for line in lines)]
    blamed = {
        number for number, pair in enumerate(zip(before, lines, strict=False), 1) if pair not in neighbours
    }
    if lines[-1] != export.lines[-1]:
        blamed.add(len(lines) + 1)
    return Damage(kind, content, frozenset(blamed))


def _altered(line: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(line))
    return (
        line[:at]
        + bytes([chance.choice([one for one in range(32, 127) if one != line[at]])])
        + line[at + 1 :]
    )


def flip(export: Export, chance: Random) -> Damage:
    """Turn one bit of the file."""
    content = bytearray(export.content)
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    size = 0
    for number, block in enumerate(export.blocks):
        size += len(block)
        if place < size:
            first, behind = [*export.first, len(export.lines) + 1][number : number + 2]
            return Damage("flip", bytes(content), frozenset(range(first, behind)))
    raise AssertionError


def append(export: Export, chance: Random) -> Damage:
    """Put something behind the end."""
    junk = chance.choice([b"x", b"\n", b"{}\n", chance.randbytes(chance.randrange(1, 200)), export.lines[-1]])
    content = chance.choice(FORMS)(export.lines) + junk
    return Damage("append", content, frozenset(range(len(export.lines) + 1, len(export.lines) + 200)))


def cut(export: Export, chance: Random) -> Damage:
    """Cut off the end, anywhere."""
    content = chance.choice(FORMS)(export.lines)
    return Damage("cut", content[: chance.randrange(len(content))], None)


def cut_lines(export: Export, chance: Random) -> Damage:
    """Cut off some lines, in good order."""
    return _of_lines("cut lines", export, export.lines[: chance.randrange(1, len(export.lines))], chance)


def alter(export: Export, chance: Random) -> Damage:
    """Alter one character."""
    lines = list(export.lines)
    at = chance.randrange(len(lines))
    lines[at] = _altered(lines[at], chance)
    return _of_lines("alter", export, lines, chance)


def drop(export: Export, chance: Random) -> Damage:
    """Leave one line out."""
    at = chance.randrange(len(export.lines))
    return _of_lines("drop", export, [*export.lines[:at], *export.lines[at + 1 :]], chance)


def double(export: Export, chance: Random) -> Damage:
    """Have one line twice."""
    at = chance.randrange(len(export.lines))
    return _of_lines("double", export, [*export.lines[:at], export.lines[at], *export.lines[at:]], chance)


def insert(export: Export, chance: Random) -> Damage:
    """Put a line in that is somewhere else too, or nowhere."""
    at = chance.randrange(len(export.lines) + 1)
    line = chance.choice(export.lines)
    line = chance.choice([line, _altered(line, chance), b"{}", b""])
    return _of_lines("insert", export, [*export.lines[:at], line, *export.lines[at:]], chance)


def swap(export: Export, chance: Random) -> Damage:
    """Exchange two lines."""
    one, other = chance.sample(range(len(export.lines)), 2)
    lines = list(export.lines)
    lines[one], lines[other] = lines[other], lines[one]
    return _of_lines("swap", export, lines, chance)


def move_block(export: Export, chance: Random) -> Damage:
    """Leave a block out, double it, or exchange two: each in itself as it was written."""
    one, other = chance.sample(range(len(export.blocks)), 2)
    blocks = list(export.blocks)
    match chance.randrange(3):
        case 0:
            del blocks[one]
        case 1:
            blocks.insert(one, blocks[one])
        case _:
            blocks[one], blocks[other] = blocks[other], blocks[one]
    return Damage("move block", b"".join(blocks), None)


def reseal(export: Export, chance: Random) -> Damage:
    """Alter, drop, double or exchange messages, and make all checks anew, but not the root."""
    begin, *messages, end = [json.loads(line) for line in export.lines]
    one, other = chance.sample(range(len(messages)), 2)
    match chance.randrange(4):
        case 0:
            messages[one]["payload"] += " "
        case 1:
            del messages[one]
        case 2:
            messages.insert(one, messages[one])
        case _:
            messages[one], messages[other] = messages[other], messages[one]
    last, lines = b"", list[bytes]()
    for line in (begin, *messages, end):
        rest = {key: value for key, value in line.items() if key != "check"}
        body = json.dumps(rest, separators=(",", ":")).encode()
        last = check_of(last, body)
        lines.append(b'%b,"check":"%b"}' % (body[:-1], last))
    return Damage("reseal", b"".join(_blocks(lines)[0]), None)


def forge(export: Export, chance: Random) -> Damage:
    """Write all of the log anew without one of its messages: only the signed checkpoints behind tell."""
    covered = [number for number, one in enumerate(export.messages) if b'"log.checkpointed"' in one.payload]
    at = chance.randrange(covered[-1])
    kept = numbered([*export.messages[:at], *export.messages[at + 1 :]])
    return Damage("forge", b"".join(_blocks(written(kept))[0]), None)


KINDS: Final[tuple[Callable[[Export, Random], Damage], ...]] = (
    flip,
    append,
    cut,
    cut_lines,
    alter,
    drop,
    double,
    insert,
    swap,
    move_block,
    reseal,
    forge,
)


def exports() -> list[Export]:
    """Give some logs as files, each with signed checkpoints, the last of which covers nearly all of it."""
    return [Export(with_checkpoints(world(seed), 4, len(world(seed)) - 1)) for seed in range(1, _LOGS + 1)]


def verified(content: bytes) -> tuple[LogReader, LogCheck]:
    """Read a file as `events verify` does."""
    reader = LogReader(trust=Trust(signed()))
    for _ in read_file(reader, io.BytesIO(content)):
        pass
    return reader, reader.check


def damages(number: int, seed: int) -> Iterator[tuple[int, Damage]]:
    """Give so many damaged files, and the seed of each."""
    known = exports()
    for one in range(seed, seed + number):
        chance = Random(one)
        yield one, KINDS[one % len(KINDS)](chance.choice(known), chance)


def missed(damage: Damage) -> str:
    """Say what is wrong with what was found of a damage; nothing where it is right."""
    reader, check = verified(damage.content)
    lines = {fault.line for fault in reader.faults}
    if damage.kind == "forge":
        return "" if check.faults and not lines else "not found"
    if not lines:
        return "not found"
    if damage.blamed is None:
        return ""
    if damage.kind != "flip" and min(lines) != min(damage.blamed):
        return f"found at line {min(lines)}, and is at line {min(damage.blamed)}"
    if invented := lines - damage.blamed:
        return f"lines {sorted(invented)} blamed, and only {sorted(damage.blamed)} are damaged"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Damage so many exports, and say what was found. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.corruption exports")
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    for export in exports():
        reader, check = verified(export.content)
        if reader.faults or check.faults or check.holes:
            sys.exit(f"invented: {reader.faults} {check.faults}")
    done, wrong = Counter[str](), 0
    for seed, damage in damages(options.number, options.seed):
        done[damage.kind] += 1
        if why := missed(damage):
            wrong += 1
            print(f"seed {seed}, {damage.kind}: {why}")
    for kind, count in done.items():
        print(f"{count:>6} {kind}")
    print(f"{options.number - wrong} of {options.number} found where they are, and nothing else")
    return 1 if wrong else 0
