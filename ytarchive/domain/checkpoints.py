"""Signed checkpoints: what is signed, and up to where they cover the log.

A chain shows neither that its newest commits are gone nor that all of it was written anew. A signature over
the root of all messages up to one shows both, to whoever knows the key.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from schemas.events import LogCheckpointed

Signed = Callable[[LogCheckpointed], bool]
"""Tells whether a checkpoint was signed with the key it names."""


def statement(sequence: int, count: int, root: str) -> bytes:
    """Give the bytes that are signed: the log up to `sequence`, of so many messages, has this Merkle root."""
    return f"ytarchive log checkpoint\nsequence {sequence}\nmessages {count}\nroot {root}\n".encode()


class Covered(msgspec.Struct, frozen=True):
    """The log up to the message `sequence` is covered, by so many checkpoints between two moments.

    `keys` are those they were signed with, in hexadecimal.
    """

    sequence: int = 0
    checkpoints: int = 0
    since: datetime | None = None
    until: datetime | None = None
    keys: tuple[str, ...] = ()

    def further(self, checkpoint: LogCheckpointed, at: datetime) -> "Covered":
        """Give what is covered once there is another checkpoint, made at a moment."""
        new = () if checkpoint.key in self.keys else (checkpoint.key,)
        return Covered(checkpoint.sequence, self.checkpoints + 1, self.since or at, at, (*self.keys, *new))
