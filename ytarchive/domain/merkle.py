"""One hash over a whole log, by which any two copies of it can be compared: RFC 6962's Merkle tree.

A leaf is one message: its sequence, its subject and its bytes. Leaves and nodes are hashed with different
prefixes, so that neither can be taken for the other. The tree grows by the right edge alone, hence a few
hashes (`Range`) are enough to go on with it: at most one for each binary digit of the number of messages.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Self

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_BYTES: Final = 32


def leaf(sequence: int, subject: str, payload: bytes) -> bytes:
    """Give the hash of one message of the log, 32 bytes. A subject holds no line break, so no two are one."""
    return hashlib.sha256(b"%b%d %b\n%b" % (_LEAF, sequence, subject.encode(), payload)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


class Range:
    """The right edge of the tree over the first `count` leaves: the roots of its whole subtrees."""

    def __init__(self, count: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.count = count
        self._peaks = list(peaks)

    @classmethod
    def of(cls, count: int, peaks: Iterable[str]) -> Self:
        """Go on with one that was written down. Raises ValueError where there cannot be such a one."""
        known = cls(count, map(bytes.fromhex, peaks))
        if len(known._peaks) != count.bit_count() or any(len(one) != _BYTES for one in known._peaks):
            raise ValueError(f"not the edge of a tree of {count} leaves")
        return known

    @property
    def peaks(self) -> tuple[str, ...]:
        """What it takes to go on, the largest subtree first, in hexadecimal."""
        return tuple(one.hex() for one in self._peaks)

    def append(self, leaf: bytes) -> None:
        """Take in the next leaf."""
        node, size = leaf, self.count
        while size & 1:
            node, size = _node(self._peaks.pop(), node), size >> 1
        self._peaks.append(node)
        self.count += 1

    @property
    def root(self) -> str:
        """The hash over all leaves, in hexadecimal."""
        if not self._peaks:
            return hashlib.sha256().hexdigest()
        *others, node = self._peaks
        for peak in reversed(others):
            node = _node(peak, node)
        return node.hex()
