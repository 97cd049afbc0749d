"""Lines in blocks of zstd, so that a file can be read on by any zstd, and damage is found where it is.

In front of each block, a frame that other readers skip holds its size and its SHA-256. So nothing is unpacked
that is not what was written, and even a bit that would change nothing of the content is told.
"""

import hashlib
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

from ytarchive.domain.log_lines import MAX_LINE_BYTES

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


class Damaged(Exception):
    """A file is not what was written, from somewhere on; the text says where and how."""


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
    """Give the lines of a file without their breaks. Raises `Damaged`, and `OSError` as it comes."""
    place, rest = 0, b""
    while seal := file.read(_SEAL.size):
        block = _block(file, seal, place)
        *whole, rest = (rest + unpacked(block, f"byte {place}")).split(b"\n")
        yield from whole
        place += len(seal) + len(block)
    if rest:
        raise Damaged(f"byte {place}: the last line does not end")


def _block(file: BinaryIO, seal: bytes, place: int) -> bytes:
    if len(seal) < _SEAL.size:
        raise Damaged(f"cut short at byte {place + len(seal)}")
    magic, skipped, size, digest = _SEAL.unpack(seal)
    if (magic, skipped) != (_SKIPPED, _SKIPPED_BYTES) or size > _MOST:
        raise Damaged(f"byte {place}: no block of a log begins here")
    block = file.read(size)
    if len(block) < size:
        raise Damaged(f"cut short at byte {place + len(seal) + len(block)}")
    if hashlib.sha256(block).digest() != digest:
        first = place + len(seal)
        raise Damaged(f"bytes {first} to {first + size - 1} are not those that were written")
    return block


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
