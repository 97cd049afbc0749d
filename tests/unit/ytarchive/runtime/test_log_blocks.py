"""Lines are read from our blocks, from any other zstd and as they are; what else there is has a place."""

import contextlib
import io
import os
from collections.abc import Callable
from random import Random

import pytest

from tests.logs import world, written
from ytarchive.domain.log_file import MAX_LINE_BYTES
from ytarchive.domain.log_reader import LogReader
from ytarchive.runtime.log_blocks import Blocks, Damaged, lines, packed, unpacked
from ytarchive.runtime.log_files import read_file

LINES = written(world())
PLAIN = b"".join(line + b"\n" for line in LINES)


def in_blocks(content: list[bytes] = LINES, size: int = 3000) -> bytes:
    file = io.BytesIO()
    blocks = Blocks(file, size)
    for line in content:
        blocks.write(line + b"\n")
    blocks.flush()
    return file.getvalue()


def in_frames() -> bytes:
    """As parallel packers do: several frames, and one to be skipped."""
    half = len(PLAIN) // 2
    return b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + packed(PLAIN[:half]) + packed(PLAIN[half:])


FORMS: tuple[Callable[[], bytes], ...] = (in_blocks, lambda: PLAIN, lambda: packed(PLAIN), in_frames)


def faults(content: bytes) -> list[tuple[int, str]]:
    reader = LogReader()
    list(read_file(reader, io.BytesIO(content)))
    return [(one.line, one.detail) for one in reader.faults]


@pytest.mark.parametrize("form", FORMS)
def test_a_log_is_read_however_its_lines_are_packed(form: Callable[[], bytes]) -> None:
    file = io.BytesIO(form())
    assert list(lines(file)) == LINES
    assert not file.closed
    assert faults(form()) == []


def test_a_log_is_read_from_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, PLAIN[:30000])
    os.close(writing)
    with open(reading, "rb") as file, pytest.raises(Damaged) if len(PLAIN) > 30000 else io.BytesIO():  # noqa: PTH123 - a descriptor
        assert list(lines(file)) == LINES


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("junk", [b"x", b"\x5a", b"junk\n", b"\n" * 100, PLAIN[-400:], bytes(range(256))])
def test_what_was_put_behind_a_log_is_told_as_that(form: Callable[[], bytes], junk: bytes) -> None:
    ((line, detail), *_) = faults(form() + junk)
    assert line == len(LINES) + 1
    if junk != b"\x5a":
        assert "behind the last line" in detail or detail == "not the line that was written here"


def test_what_is_behind_the_last_block_is_no_cut() -> None:
    whole = in_blocks()
    told = f"from byte {len(whole)} on there is something else: no block of a log begins there"
    assert faults(whole + b"junk") == [(len(LINES) + 1, f"behind the last line: {told}")]
    assert faults(whole[:-1])[0][1] == f"cut short at byte {len(whole) - 1}"


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_is_told_wherever_it_is(form: Callable[[], bytes]) -> None:
    content, chance = form(), Random(1)
    for at in (8, 49, *(chance.randrange(50, len(content)) for _ in range(30)), len(content) - 1):
        (told,) = faults(content[:at])
        assert "cut short" in told[1], at


def test_the_line_that_is_damaged_in_a_block_is_named() -> None:
    """Given bits that turned in a block: where it can still be unpacked, what comes out tells which line."""
    content, named = in_blocks(size=1 << 18), set[int]()
    for place in range(48, len(content), 5):
        damaged = bytearray(content)
        damaged[place] ^= 4
        ((line, detail),) = faults(bytes(damaged))
        assert detail == f"bytes 48 to {len(content) - 1} are not those that were written"
        with contextlib.suppress(Damaged):
            found = unpacked(bytes(damaged[48:]), "").split(b"\n")
            bad = [at for at, pair in enumerate(zip(found, LINES, strict=False), 1) if pair[0] != pair[1]]
            assert line == (bad or [1])[0]
            named |= set(bad[:1])
    assert len(named) > 3


def test_a_packed_stream_that_is_damaged_is_told_with_its_byte_and_its_line() -> None:
    content = bytearray(in_frames())
    place = content.rindex(b"\x28\xb5\x2f\xfd")
    content[place] ^= 1
    ((line, detail),) = faults(bytes(content))
    assert 1 < line < len(LINES)
    assert detail.startswith(f"byte {place} or soon behind it")


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 a picture", b"[]", b"\x1f\x8b", b"PK"])
def test_what_is_no_log_is_said_to_be_none(content: bytes) -> None:
    assert faults(content) == [(1, "byte 0: no log begins here")]
    assert faults(b"") == [(1, "the file is empty")]


def test_a_line_without_an_end_is_not_read_for_ever() -> None:
    endless = b"{" + b" " * (MAX_LINE_BYTES + (1 << 20))
    assert faults(endless) == [(1, "a line is longer than any that was written")]
    assert faults(packed(endless)) == [(1, "a line is longer than any that was written")]


def test_a_damaged_block_is_not_unpacked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ytarchive.runtime.log_blocks._MOST", 5000)
    block = bytearray(in_blocks([b"{}"] * 100_000, 1 << 18))
    block[20] ^= 1
    with pytest.raises(Damaged, match="not those that were written") as damaged:
        list(lines(io.BytesIO(bytes(block))))
    assert not damaged.value.whole
