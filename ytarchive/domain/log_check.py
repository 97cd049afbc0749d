"""All there is to check of a log while it goes by, message by message: chains, tree, gaps, checkpoints.

Whoever exports, verifies or imports a log looks at it through this, so that all see the same. It holds the
ends of the chains and the edge of the tree: no more for a long log than its jobs need.
"""

import hashlib
from typing import Final

import msgspec

from schemas import codec
from schemas.envelope import Commit
from schemas.events import Event, LogCheckpointed
from schemas.log_file import LogEdge
from ytarchive.domain.checkpoints import Covered, Signed
from ytarchive.domain.merkle import Range, leaf
from ytarchive.domain.replay import Break, Chains, Head

_MODULUS: Final = 1 << 256
NOTHING: Final = LogEdge(sequence=0, count=0, root=Range().root, peaks=())
"""The log before its first message."""


class LogCheck:
    """A log that is read from its beginning, or from behind an `edge`: then it is `partial`.

    What goes on from before the edge cannot be checked against that, and is counted: `unproven` chains.
    """

    def __init__(self, edge: LogEdge = NOTHING, *, signed: Signed | None = None, key: str = "") -> None:
        self.partial = edge.sequence > 0
        self.last = edge.sequence
        """The sequence of the newest message that was read."""
        self.messages = self.events = self.unproven = 0
        self.faults: list[Break] = []
        self.covered = Covered()
        self.unknown: set[str] = set()
        """Tags of events that a newer version has written."""
        self._range = Range.of(edge.count, edge.peaks)
        self._chains = Chains(edge.sequence)
        self._heads = 0
        self._signed, self._key = signed, key

    @property
    def aggregates(self) -> int:
        """How many jobs, batches and other things the log is about."""
        return self._chains.number

    @property
    def holes(self) -> list[Break]:
        """Where messages are missing."""
        return self._chains.holes

    @property
    def heads(self) -> str:
        """The digest of the ends of all chains (see `schemas.log_file.LogEnds`), in hexadecimal."""
        return f"{self._heads:064x}"

    def edge(self, sequence: int | None = None) -> LogEdge:
        """Give the log up to here, of which a later message, `sequence`, may have been the last."""
        return LogEdge(
            sequence=self.last if sequence is None else sequence,
            count=self._range.count,
            root=self._range.root,
            peaks=self._range.peaks,
        )

    def follow(self, sequence: int, subject: str, payload: bytes) -> Commit[Event] | None:
        """Take the next message, and give what it says; None for one that is not believed."""
        aggregate_id = subject.rpartition(".")[2]
        before = self._chains.head(aggregate_id)
        commit, fault = self._chains.follow(subject, sequence, payload)
        if fault:
            if commit and self.partial and before == Head():
                self.unproven += 1
            else:
                self._report(fault, payload)
        if commit:
            self.events += len(commit.events)
            self._count(commit, before, self._chains.head(aggregate_id))
            for event in commit.events:
                if isinstance(event, LogCheckpointed):
                    self._compare(event, sequence, commit)
        self._range.append(leaf(sequence, subject, payload))
        self.messages += 1
        self.last = sequence
        return commit

    def end(self, sequence: int) -> None:
        """Learn the sequence up to which the log went: what is missing before it was lost."""
        self._chains.end(sequence)
        self.last = max(self.last, sequence)

    def _report(self, fault: Break, payload: bytes) -> None:
        if tags := unknown_tags(payload):
            self.unknown |= tags
            detail = f"holds {', '.join(sorted(tags))}, which a newer version has written"
            fault = msgspec.structs.replace(fault, detail=detail)
        self.faults.append(fault)

    def _count(self, commit: Commit[Event], before: Head, after: Head) -> None:
        if before.version:
            self._heads -= _number(commit, before)
        self._heads = (self._heads + _number(commit, after)) % _MODULUS

    def _compare(self, checkpoint: LogCheckpointed, sequence: int, commit: Commit[Event]) -> None:
        """Compare a checkpoint with the messages before it."""
        fault = ""
        if not self.last <= checkpoint.sequence < sequence:
            fault = f"covers the log up to message {checkpoint.sequence}, not up to the one before it"
        elif (checkpoint.count, checkpoint.root) != (self._range.count, self._range.root):
            fault = "its root is not that of the messages before it"
        elif self._key and checkpoint.key != self._key:
            fault = f"signed with another key ({checkpoint.key})"
        elif self._signed and not self._signed(checkpoint):
            fault = "its signature is wrong"
        if fault:
            self.faults.append(Break(sequence=sequence, detail=f"checkpoint: {fault}"))
        else:
            self.covered = self.covered.further(checkpoint, commit.at)


def _number(commit: Commit[Event], head: Head) -> int:
    text = f"{commit.aggregate} {commit.aggregate_id} {head.version} {head.digest}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


class _Tagged(msgspec.Struct):
    type: str


class _Loose(msgspec.Struct):
    events: list[_Tagged]


def unknown_tags(payload: bytes) -> set[str]:
    """Give the tags of the events in a commit that this version does not know; none where it is no commit."""
    try:
        found = msgspec.json.decode(payload, type=_Loose)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return set()
    return {event.type for event in found.events} - codec.commits.tags
