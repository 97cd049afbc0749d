"""Signed checkpoints: what is signed, whose signatures count, and up to where they cover the log.

A chain shows neither that its newest commits are gone nor that all of it was written anew. A signature over
the root of all messages up to one shows both, to whoever knows the key.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from schemas.envelope import Commit
from schemas.events import Event, LogCheckpointed
from schemas.log_file import LogEdge
from ytarchive.domain.merkle import Range, leaf
from ytarchive.domain.replay import Break

Signed = Callable[[LogCheckpointed], bool]
"""Tells whether a checkpoint was signed with the key it names."""
NOTHING: Final = LogEdge(sequence=0, count=0, root=Range().root, peaks=())
"""The log before its first message."""


def statement(sequence: int, count: int, root: str) -> bytes:
    """Give the bytes that are signed: the log up to `sequence`, of so many messages, has this Merkle root."""
    return f"ytarchive log checkpoint\nsequence {sequence}\nmessages {count}\nroot {root}\n".encode()


class Mark(msgspec.Struct, frozen=True):
    """What was signed last with `key`: so many messages up to `sequence`, under this root."""

    sequence: int
    count: int
    root: str
    at: datetime
    key: str


class Trust(NamedTuple):
    """Which checkpoints count: those that `signed` finds right, by one of `keys`.

    Without `signed` nobody can tell, and none counts; without `keys` any key will do. Where it is `demanded`,
    a log of which none counts is at fault, and so is one that is not as it was up to the `mark`.
    """

    signed: Signed | None = None
    keys: frozenset[str] = frozenset()
    demanded: bool = False
    mark: Mark | None = None


ANYBODY: Final = Trust()


class Covered(msgspec.Struct, frozen=True):
    """The log up to the message `sequence` is covered, by so many checkpoints between two moments.

    `keys` are those they were signed with, in hexadecimal, and `by` is that of the newest.
    """

    sequence: int = 0
    checkpoints: int = 0
    since: datetime | None = None
    until: datetime | None = None
    keys: tuple[str, ...] = ()
    by: str = ""

    def further(self, checkpoint: LogCheckpointed, at: datetime) -> "Covered":
        """Give what is covered once there is another checkpoint, made at a moment."""
        keys = self.keys if checkpoint.key in self.keys else (*self.keys, checkpoint.key)
        return Covered(checkpoint.sequence, self.checkpoints + 1, self.since or at, at, keys, checkpoint.key)


class Witness:
    """Holds a log that goes by against its checkpoints. Raises `ValueError` for an `edge` there cannot be.

    A checkpoint by a key that nobody named covers nothing. Before what is covered it is a message like any
    other, and `unknown` lists its key; behind that it is one of the `strangers`.
    """

    def __init__(self, trust: Trust = ANYBODY, edge: LogEdge = NOTHING) -> None:
        self.covered = Covered()
        self.unknown: tuple[str, ...] = ()
        self._strangers: dict[str, list[int]] = {}
        self.newest: Mark | None = None
        """The newest checkpoint that counts."""
        self.unchecked = 0
        """How many there were whose signature nobody could check."""
        self.last = edge.sequence
        """The sequence of the newest message that was seen."""
        self._trust = trust
        self._mark = trust.mark
        self._departed: list[Break] = []
        self._tree = Range.of(edge.count, edge.peaks)

    @property
    def strangers(self) -> list[Break]:
        """The checkpoints behind what is covered by keys nobody named, those of each key together."""
        return [_by_nobody(key, sequences) for key, sequences in self._strangers.items()]

    @property
    def unsigned(self) -> list[Break]:
        """What says that nobody who counts has signed it: the `strangers`, or that nothing is signed."""
        if self.strangers or self.covered.sequence or not self._trust.demanded:
            return self.strangers
        why = "nothing of it is signed with a key that counts"
        if not self._trust.signed:
            why = "no signature could be checked: `pip install 'ytarchive[signing]'` brings what it takes"
        return [Break(sequence=self.last, detail=why)]

    @property
    def departed(self) -> list[Break]:
        """What says that a log that ends here is not the one that was signed up to the mark."""
        return self._departed or self._compared()

    def accept(self) -> None:
        """Take the log as it is for the one that was signed."""
        self._mark, self._departed = None, []

    def edge(self, sequence: int | None = None) -> LogEdge:
        """Give the log up to here, of which a later message, `sequence`, may have been the last."""
        return LogEdge(
            sequence=self.last if sequence is None else sequence,
            count=self._tree.count,
            root=self._tree.root,
            peaks=self._tree.peaks,
        )

    def follow(
        self, sequence: int, subject: str, payload: bytes, commit: Commit[Event] | None
    ) -> list[Break]:
        """Take the next message, and what it says if it is believed. Gives what is wrong with it."""
        if self._mark and sequence > self._mark.sequence:
            self._departed, self._mark = self._compared(), None
        found = []
        for event in commit.events if commit else ():
            if commit and isinstance(event, LogCheckpointed):
                if fault := self._fault(event, sequence):
                    found.append(Break(sequence=sequence, detail=f"checkpoint: {fault}"))
                else:
                    self._count(event, sequence, commit.at)
        self._tree.append(leaf(sequence, subject, payload))
        self.last = sequence
        return found

    def _fault(self, checkpoint: LogCheckpointed, sequence: int) -> str:
        """Compare a checkpoint with the messages before it."""
        if not self.last <= checkpoint.sequence < sequence:
            return f"covers the log up to message {checkpoint.sequence}, not up to the one before it"
        if (checkpoint.count, checkpoint.root) != (self._tree.count, self._tree.root):
            return "its root is not that of the messages before it"
        if self._trust.signed and not self._trust.signed(checkpoint):
            return "its signature is wrong"
        return ""

    def _compared(self) -> list[Break]:
        mark = self._mark
        if not mark or (self._tree.count, self._tree.root) == (mark.count, mark.root):
            return []
        detail = "it is not the log that was"
        if self.last < mark.sequence:
            detail = f"the log ends with message {self.last}, and was"
        signed = f"signed here up to message {mark.sequence} at {mark.at:%Y-%m-%dT%H:%M:%SZ}"
        return [Break(sequence=mark.sequence, detail=f"{detail} {signed}")]

    def _count(self, checkpoint: LogCheckpointed, sequence: int, at: datetime) -> None:
        key = checkpoint.key
        if not self._trust.signed:
            self.unchecked += 1
            return
        if not self._trust.keys or key in self._trust.keys:
            self.covered = self.covered.further(checkpoint, at)
            self.newest = Mark(checkpoint.sequence, checkpoint.count, checkpoint.root, at, key)
            self._strangers.clear()
            return
        if key not in self.unknown:
            self.unknown += (key,)
        self._strangers.setdefault(key, []).append(sequence)


def _by_nobody(key: str, sequences: Sequence[int]) -> Break:
    first, last = sequences[0], sequences[-1]
    more = f"{len(sequences)} of them up to message {last}, " if last > first else ""
    detail = f"checkpoint: {more}signed with the key {key}, which is unknown: nobody named it"
    return Break(sequence=first, detail=detail)
