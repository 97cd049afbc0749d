"""Reading the log back as a sceptic: every commit must follow from the one before it.

The server keeps no checksum across messages: on a single replica a damaged block is skipped without a word
(measured), and a log restored by hand may lack anything. The versions and the hash chain show it.
"""

import hashlib
import struct
from typing import Final

import msgspec

from schemas import codec, subjects
from schemas.envelope import Commit
from schemas.events import Event


class Head(msgspec.Struct, frozen=True):
    """The end of one aggregate's chain: the version of its last event, the hash of its last commit.

    `sequence` is the stream's, of that commit.
    """

    version: int = 0
    digest: str = ""
    sequence: int = 0


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the log does not hold together. `sequence` is the stream's.

    No `job_id` where messages are missing: nobody knows what they were about.
    """

    job_id: str | None = None
    sequence: int
    detail: str


class Chains:
    """The heads of all chains seen so far.

    `holes` tells where the stream's sequence jumps. When all of the log was read, messages were lost there: a
    chain cannot show that it has lost its end. What is up to the sequence `last` is not read, and not missed.
    """

    def __init__(self, last: int = 0) -> None:
        self._heads: dict[str, bytes] = {}
        self._damaged: set[str] = set()
        self._unread = self._last = last
        self.holes: list[Break] = []

    @property
    def number(self) -> int:
        """How many chains there are."""
        return len(self._heads)

    def head(self, aggregate_id: str) -> Head:
        """Give the end of an aggregate's chain; of an unknown one, its beginning."""
        packed = self._heads.get(aggregate_id)
        return _unpacked(packed) if packed else Head()

    def forget(self, aggregate_id: str) -> None:
        """Keep nothing more of an aggregate of which nothing more is followed."""
        self._heads.pop(aggregate_id, None)
        self._damaged.discard(aggregate_id)

    def follow(
        self, subject: str, sequence: int, payload: bytes
    ) -> tuple[Commit[Event] | None, Break | None]:
        """Take the next message of the log: what it says, and what is wrong with it.

        None stands for a message that is not believed: unreadable, misfiled, or out of its place in the
        chain. Only where messages were lost, or not read, a chain goes on behind a gap, from the message
        found: so one gap is one report, and nobody skips versions at will.
        """
        self._miss(sequence - 1, sequence)
        self._last = max(self._last, sequence)
        aggregate_id = subject.rpartition(".")[2]
        try:
            commit = _filed(subject, payload)
        except codec.Undecodable as error:
            self._damaged.add(aggregate_id)
            return None, Break(job_id=aggregate_id, sequence=sequence, detail=str(error))
        head = self.head(aggregate_id)
        fault = _fault(commit, head)
        found = Break(job_id=aggregate_id, sequence=sequence, detail=fault) if fault else None
        if fault and not (commit.version > head.version + 1 and self._lost_since(aggregate_id)):
            return None, found
        self._heads[aggregate_id] = _packed(follow(commit, payload, sequence))
        self._damaged.discard(aggregate_id)
        return commit, found

    def end(self, sequence: int) -> None:
        """Learn the sequence up to which the log went: what was not met before it was lost."""
        self._miss(sequence, sequence)
        self._last = max(self._last, sequence)

    def _miss(self, last: int, sequence: int) -> None:
        """Report at a sequence that messages up to `last` are missing, if they are."""
        if last > self._last:
            detail = f"messages {self._last + 1} to {last} are missing"
            self.holes.append(Break(sequence=sequence, detail=detail))

    def _lost_since(self, aggregate_id: str) -> bool:
        """Tell whether the chain may have gone on between its head and here."""
        hole = self.holes[-1].sequence if self.holes else self._unread
        return aggregate_id in self._damaged or hole > self.head(aggregate_id).sequence


_HEAD: Final = struct.Struct("<Q32sQ")  # a third of what the struct takes, and there is one for each job


def _packed(head: Head) -> bytes:
    return _HEAD.pack(head.version, bytes.fromhex(head.digest), head.sequence)


def _unpacked(packed: bytes) -> Head:
    version, digest, sequence = _HEAD.unpack(packed)
    return Head(version, digest.hex(), sequence)


def follow(commit: Commit[Event], payload: bytes, sequence: int = 0) -> Head:
    """Give the head after a commit."""
    return Head(commit.version + len(commit.events) - 1, hashlib.sha256(payload).hexdigest(), sequence)


def _filed(subject: str, payload: bytes) -> Commit[Event]:
    """Decode a commit that is about what its subject says. Raises `Undecodable`."""
    try:
        commit = codec.commits.decode(payload)
    except codec.Undecodable as error:
        if tags := unknown_tags(payload):
            newer = f"holds {', '.join(sorted(tags))}, which a newer version has written"
            raise codec.Undecodable(newer) from error
        raise codec.Undecodable(f"unreadable: {error}") from error
    if subject != f"{subjects.ROOT}.event.{commit.aggregate}.{commit.aggregate_id}":
        raise codec.Undecodable(f"filed under {subject}, but about {commit.aggregate} {commit.aggregate_id}")
    return commit


def _fault(commit: Commit[Event], head: Head) -> str:
    if commit.version != head.version + 1:
        return f"version {commit.version} where {head.version + 1} was due"
    if commit.previous != head.digest:
        return f"version {commit.version} does not follow the version {head.version} that is there"
    return ""


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
