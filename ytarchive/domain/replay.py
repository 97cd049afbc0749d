"""Reading the log back as a sceptic: every commit must follow from the one before it.

The server keeps no checksum across messages: on a single replica a damaged block is skipped without a word
(measured), and a log restored by hand may lack anything. The versions and the hash chain show it.
"""

import hashlib

import msgspec

from schemas import codec, subjects
from schemas.envelope import Commit
from schemas.events import JobEvent


class Head(msgspec.Struct, frozen=True):
    """The end of one aggregate's chain: the version of its last event, the hash of its last commit."""

    version: int = 0
    digest: str = ""


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the log does not hold together. `sequence` is the stream's."""

    job_id: str
    sequence: int
    detail: str


class Chains:
    """The heads of all chains seen so far."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}

    def head(self, aggregate_id: str) -> Head:
        """Give the end of an aggregate's chain; of an unknown one, its beginning."""
        return self._heads.get(aggregate_id, Head())

    def follow(
        self, subject: str, sequence: int, payload: bytes
    ) -> tuple[Commit[JobEvent] | None, Break | None]:
        """Take the next message of the log: what it says, and what is wrong with it.

        None stands for a message that is not believed: unreadable, misfiled, or claiming a place in the chain
        that is taken. After a gap the chain goes on from the message found, so that one gap is one report.
        """
        aggregate_id = subject.rpartition(".")[2]
        try:
            commit = codec.commits.decode(payload)
        except codec.Undecodable as error:
            return None, Break(job_id=aggregate_id, sequence=sequence, detail=f"unreadable: {error}")
        head = self.head(aggregate_id)
        if fault := _fault(commit, subject, head):
            found = Break(job_id=aggregate_id, sequence=sequence, detail=fault)
            if commit.version <= head.version + 1:
                return None, found
            self._heads[aggregate_id] = follow(commit, payload)
            return commit, found
        self._heads[aggregate_id] = follow(commit, payload)
        return commit, None


def follow(commit: Commit[JobEvent], payload: bytes) -> Head:
    """Give the head after a commit."""
    return Head(commit.version + len(commit.events) - 1, hashlib.sha256(payload).hexdigest())


def _fault(commit: Commit[JobEvent], subject: str, head: Head) -> str:
    if subject != f"{subjects.ROOT}.event.{commit.aggregate}.{commit.aggregate_id}":
        return f"filed under {subject}, but about {commit.aggregate} {commit.aggregate_id}"
    if commit.version != head.version + 1:
        return f"version {commit.version} where {head.version + 1} was due"
    if commit.previous != head.digest:
        return f"version {commit.version} does not follow the version {head.version} that is there"
    return ""
