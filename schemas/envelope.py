"""What every message is built from, and the two envelopes messages travel in."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

END = r"$(?!\n)"
"""The very end: Python's ``$`` alone also matches before a final line break."""

JobId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}" + END, description="a job")]
BatchId = Annotated[str, Meta(pattern=r"^([0-9a-f]{16})?" + END, description="a batch; empty for none")]
AuditId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}" + END, description="an audit")]
VideoId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}" + END, description="a video's id at its site")]
NodeName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}" + END, description="a machine")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END, description="lower-case hex")]
PublicKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END, description="Ed25519, lower-case hex")]
Signature = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}" + END, description="Ed25519, lower-case hex")]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,128}" + END, description="one token of a subject")]
EgressId = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_-]{0,128}" + END, description="who we are to a site: node, proxy, cookies"),
]
FileName = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}" + END, description="a name, no folder, not hidden"),
]
Suffix = Annotated[
    str, Meta(pattern=r"^(\.[A-Za-z0-9_-]{1,24}){1,3}" + END, description=".mp4, .info.json, .en.vtt")
]
ByteCount = Annotated[int, Meta(ge=0, le=(1 << 53) - 1, description="what every JSON reader reads exactly")]
Seconds = Annotated[float, Meta(ge=0, le=1e12, description="no more than a clock can be told to wait")]
Rate = Annotated[float, Meta(ge=0, le=1e12, description="bytes a second")]
Moment = Annotated[datetime, Meta(tz=True, description="UTC, RFC 3339")]
Text = Annotated[str, Meta(max_length=8192)]


class Wire(Struct, frozen=True, kw_only=True, gc=False):
    """Base of every struct on the wire: immutable, named fields, unknown fields ignored.

    What is read from JSON and never changed holds no cycle, so the garbage collector need not look at it.
    """


class Message(Wire, frozen=True, kw_only=True, tag_field="type"):
    """Base of every message body. A subclass states its tag: ``class X(Message, tag="job.submitted")``."""


Body = TypeVar("Body")


class Envelope(Wire, Generic[Body], frozen=True, kw_only=True):
    """What a command, task or result travels in.

    `id` is the message's identity (also its ``Nats-Msg-Id``), `correlation_id` names the submission all
    of a conversation goes back to, and `causation_id` the message that caused this one. `batch` and `video`
    (its id at the site), where they are known, are for log lines alone.
    """

    id: Text
    at: Moment
    correlation_id: Text
    causation_id: Text = ""
    body: Body
    batch: BatchId = ""
    video: Text = ""


class Commit(Wire, Generic[Body], frozen=True, kw_only=True):
    """One message of the event log: what one decision recorded about one aggregate.

    `version` is the version of the first event; the following events, and the next commit, count on from
    it without a gap. `previous` is the SHA-256 of the payload of the aggregate's previous commit, or
    empty for the first: a chain that replay verifies.
    """

    aggregate: Token
    aggregate_id: Token
    version: Annotated[int, Meta(ge=1)]
    previous: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?" + END)]
    at: Moment
    correlation_id: Text
    causation_id: Text
    events: Annotated[tuple[Body, ...], Meta(min_length=1)]
