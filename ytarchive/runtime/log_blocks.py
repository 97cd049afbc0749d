"""Lines in blocks of zstd, so that a file can be read on by any zstd, and damage is found where it is.

In front of each block, a frame that other readers skip holds its size and its SHA-256, so that even a bit
that would change nothing of the content is told. Who unpacks a file, or packs it anew, leaves the lines as
they are: the proof is in them, and they are read without blocks too.
"""

import hashlib
import io
import math
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from ytarchive.domain.log_file import MAX_LINE_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BLOCK: Final = 1 << 18
_MOST: Final = _BLOCK + MAX_LINE_BYTES
_SEAL: Final = struct.Struct("<IIQ32s")
_SKIPPED: Final = 0x184D2A5A
"""The magic number of a frame to be skipped, one of sixteen."""
_SKIPPED_BYTES: Final = _SEAL.size - 8
_BEGINS: Final = struct.pack("<II", _SKIPPED, _SKIPPED_BYTES)
_SKIPPABLE: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_READ: Final = 1 << 12
"""Bytes unpacked at a time: where they turn out to be damaged, what was before them has been given."""


class Damaged(Exception):
    """A file is not what was written, from somewhere on; the text says where and how.

    `given` lines were had of what is damaged, all there are in it where `whole`: the fault is in one of them,
    or right behind.
    """

    def __init__(self, why: str, given: int = 0, *, whole: bool = False) -> None:
        super().__init__(why)
        self.given, self.whole = given, whole


class Blocks:
    """Writes lines, each with its break, into a file: about `block` bytes of them together."""

    def __init__(self, file: BinaryIO, block: int = _BLOCK) -> None:
        self._file, self._block = file, block
        self._waiting = bytearray()
        self.bytes = 0
        """How many were written so far."""

    def write(self, line: bytes) -> None:
        """Take a line. Raises `OSError`."""
        self._waiting += line
        if len(self._waiting) >= self._block:
            self.flush()

    def flush(self) -> None:
        """Write what was taken. Raises `OSError`."""
        block = packed(bytes(self._waiting))
        seal = _SEAL.pack(_SKIPPED, _SKIPPED_BYTES, len(block), hashlib.sha256(block).digest())
        self._file.write(seal)
        self._file.write(block)
        self.bytes += len(seal) + len(block)
        self._waiting.clear()


def lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file without their breaks: of our blocks, of any other zstd, or plain ones.

    Raises `Damaged`, and `OSError` as it comes.
    """
    reading = io.BufferedReader(file)  # type: ignore[type-var]  # it takes whatever can be read
    try:
        head = reading.peek(len(_BEGINS))[: len(_BEGINS)]
        if head == _BEGINS[: len(head)]:
            yield from _of_blocks(reading)
        elif head[:4] == _ZSTD or (_SKIPPABLE.match(head) and head[4:] != _BEGINS[4:]):
            yield from _split(_unpacked(reading))
        elif head[:1] == b"{":
            yield from _split(iter(lambda: reading.read(_BLOCK), b""))
        else:
            raise Damaged("byte 0: no log begins here")
    finally:
        reading.detach()


def _of_blocks(file: BinaryIO) -> Iterator[bytes]:
    place = 0
    while seal := file.read(_SEAL.size):
        if not seal.startswith(_BEGINS[: len(seal)]):
            raise Damaged(f"from byte {place} on there is something else: no block of a log begins there")
        if len(seal) < _SEAL.size:
            raise Damaged(f"cut short at byte {place + len(seal)}")
        _, _, size, digest = _SEAL.unpack(seal)
        first = place + len(seal)
        if size > _MOST:
            raise Damaged(f"byte {place}: no block of a log begins here")
        block = file.read(size)
        place = first + len(block)
        if len(block) < size:
            raise Damaged(f"cut short at byte {place}")
        if hashlib.sha256(block).digest() != digest:
            yield from _salvaged(block, f"bytes {first} to {place - 1} are not those that were written")
        yield from _split([unpacked(block, f"byte {first}")])


def _salvaged(block: bytes, why: str) -> Iterator[bytes]:
    """Give what lines a damaged block still has: their checks tell which of them are not as they were."""
    given = 0
    try:
        for line in _split(_unpacked(io.BytesIO(block), _MOST, once=True)):
            given += 1
            yield line
    except Damaged:
        raise Damaged(why, given) from None
    raise Damaged(why, given, whole=True)


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut what is unpacked into lines."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > MAX_LINE_BYTES:
            raise Damaged("a line is longer than any that was written")
    if rest:
        raise Damaged("cut short: the last line does not end")


def _unpacked(file: BinaryIO, most: float = math.inf, *, once: bool = False) -> Iterator[bytes]:
    """Unpack frames of zstd, or one, bit by bit, up to about so many bytes."""
    place, reading = 0, zstd.ZstdDecompressor()
    while chunk := file.read(_READ):
        place += len(chunk)
        while chunk or not (reading.needs_input or reading.eof):
            if reading.eof and once:
                return
            if reading.eof:
                reading = zstd.ZstdDecompressor()
            try:
                piece = reading.decompress(chunk, _BLOCK)
            except zstd.ZstdError as error:
                raise Damaged(f"byte {place - len(chunk)} or soon behind it: {error}") from error
            chunk = reading.unused_data
            most -= len(piece)
            if most < 0:
                raise Damaged("there is more in it than was written")
            yield piece
    if not reading.eof:
        raise Damaged(f"cut short at byte {place}")


def packed(content: bytes) -> bytes:
    """Give content as one frame of zstd."""
    return zstd.compress(content)


def unpacked(frame: bytes, where: str, most: int = _MOST) -> bytes:
    """Give what is in one frame, at most so many bytes. Raises `Damaged`, saying `where`."""
    reading = zstd.ZstdDecompressor()
    try:
        content = reading.decompress(frame, most + 1)
    except zstd.ZstdError as error:
        raise Damaged(f"{where}: {error}") from error
    if not reading.eof or reading.unused_data:
        raise Damaged(f"{where}: not one frame of at most {most} bytes")
    return content
