"""All there is to check of a log while it goes by, message by message: chains, tree, gaps, checkpoints.

Whoever exports, verifies or imports a log looks at it through this, so that all see the same. It holds the
ends of the chains and the edge of the tree: no more for a long log than its jobs need.
"""

import hashlib
from typing import Final

from schemas.envelope import Commit
from schemas.events import Event
from schemas.log_file import LogEdge
from ytarchive.domain.checkpoints import ANYBODY, NOTHING, Covered, Trust, Witness
from ytarchive.domain.replay import Break, Chains, Head, unknown_tags

_MODULUS: Final = 1 << 256


class LogCheck:
    """A log that is read from its beginning, or from behind an `edge`: then it is `partial`.

    What goes on from before the edge cannot be checked against that, and is counted: `unproven` chains.
    """

    def __init__(self, edge: LogEdge = NOTHING, *, trust: Trust = ANYBODY) -> None:
        self.partial = edge.sequence > 0
        self.last = edge.sequence
        """The sequence of the newest message that was read."""
        self.messages = self.events = self.unproven = self.bytes = 0
        self.faults: list[Break] = []
        self.unknown: set[str] = set()
        """Tags of events that a newer version has written."""
        self._witness = Witness(trust, edge)
        self._chains = Chains(edge.sequence)
        self._heads = 0

    @property
    def aggregates(self) -> int:
        """How many jobs, batches and other things the log is about."""
        return self._chains.number

    @property
    def holes(self) -> list[Break]:
        """Where messages are missing."""
        return self._chains.holes

    @property
    def covered(self) -> Covered:
        """Up to where signed checkpoints that count cover the log."""
        return self._witness.covered

    @property
    def unknown_keys(self) -> tuple[str, ...]:
        """The keys nobody named, of checkpoints that are right but for that."""
        return self._witness.unknown

    @property
    def unsigned(self) -> list[Break]:
        """Checkpoints by such keys, behind what is covered; or that there is none that counts, if it must."""
        return [] if self.partial and not self.messages else self._witness.unsigned

    @property
    def departed(self) -> list[Break]:
        """Where the log is not the one that was signed before."""
        return self._witness.departed

    @property
    def unchecked(self) -> int:
        """How many checkpoints there are whose signatures nobody could check."""
        return self._witness.unchecked

    @property
    def heads(self) -> str:
        """The digest of the ends of all chains (see `schemas.log_file.LogEnds`), in hexadecimal."""
        return f"{self._heads:064x}"

    def edge(self, sequence: int | None = None) -> LogEdge:
        """Give the log up to here, of which a later message, `sequence`, may have been the last."""
        return self._witness.edge(self.last if sequence is None else sequence)

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
        self.faults += self._witness.follow(sequence, subject, payload, commit)
        self.messages += 1
        self.bytes += len(subject) + len(payload)
        self.last = sequence
        return commit

    def end(self, sequence: int) -> None:
        """Learn the sequence up to which the log went: what is missing before it was lost."""
        self._chains.end(sequence)
        self.last = max(self.last, sequence)

    def _report(self, fault: Break, payload: bytes) -> None:
        self.unknown |= unknown_tags(payload)
        self.faults.append(fault)

    def _count(self, commit: Commit[Event], before: Head, after: Head) -> None:
        if before.version:
            self._heads -= _number(commit, before)
        self._heads = (self._heads + _number(commit, after)) % _MODULUS


def _number(commit: Commit[Event], head: Head) -> int:
    text = f"{commit.aggregate} {commit.aggregate_id} {head.version} {head.digest}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest())
