"""The event log as a file of JSON lines: `LogBegins`, a `LogMessage` for each message, `LogEnds`.

Every line ends with a ``check``: the first 16 hexadecimal digits of the SHA-256 of the check of the line
before it and of the line without its own. It is no field here, since it is about the bytes:
`ytarchive.domain.log_file` adds it.
"""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import Message, Moment, Sha256, Text, Wire

FORMAT = 1
"""The newest form of the file that this version reads, and the one it writes."""

Sequence = Annotated[int, Meta(ge=0, description="of a message in the stream, from 1")]
Number = Annotated[int, Meta(ge=0)]


class LogEdge(Wire, frozen=True, kw_only=True):
    """The log up to a `sequence`: `count` messages there are, and their Merkle root.

    `peaks` are the roots of the whole subtrees, the largest first: what it takes to go on with the tree.
    """

    sequence: Sequence
    count: Number
    root: Sha256
    peaks: tuple[Sha256, ...]


class LogBegins(Message, frozen=True, kw_only=True, tag="log.begins"):
    """The first line: what wrote the file, when, and behind what part of the log it goes on."""

    format: Annotated[int, Meta(ge=1)]
    program: Text
    at: Moment
    after: LogEdge


class LogMessage(Message, frozen=True, kw_only=True, tag="log.message", omit_defaults=True):
    """One message of the log. Its bytes are `payload` in UTF-8, or, where they are no text, `raw` (base64).

    `at` is when the server stored it, in the server's words. `id` is its ``Nats-Msg-Id``, said where that is
    not the first 32 digits of the SHA-256 of its bytes.
    """

    seq: Annotated[int, Meta(ge=1)]
    at: Text
    subject: Text
    payload: str = ""
    raw: bytes | None = None
    id: Text | None = None


class LogEnds(Message, frozen=True, kw_only=True, tag="log.ends"):
    """The last line: how many `messages` the file has, its `first` and `last` (0 for none), the log so far.

    `heads` is the sum of the SHA-256 of ``<aggregate> <id> <version> <SHA-256 of the last commit>`` of all
    aggregates, as a number modulo 2 to the 256. `faults` counts where the log itself did not hold together.
    """

    messages: Number
    first: Sequence
    last: Sequence
    edge: LogEdge
    heads: Sha256
    faults: Number
