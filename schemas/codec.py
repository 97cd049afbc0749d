"""Bytes to structs and back. Decoding is strict about types and tags, lenient about unknown fields."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar, get_args

import msgspec

from schemas.commands import BatchCommand, JobCommand, Task
from schemas.dead_letters import DeadLetter
from schemas.envelope import Commit, Envelope
from schemas.events import Event
from schemas.fixity_commands import AuditCommand, CheckFiles
from schemas.heartbeats import Heartbeat
from schemas.limits import ChangeLimits, LimitsInForce
from schemas.logs import AskLogs, LogPage, LogRecord
from schemas.progress import Progress
from schemas.queries import Answer, AskCheckpoint, AskLeave, Checkpoint, Leave, Query
from schemas.results import FilesChecked, Result
from schemas.retired import RETIRED, upcast

MAX_BYTES = 1 << 20
"""The largest message accepted: nats-server's own default ``max_payload``."""

T = TypeVar("T")
_encoder = msgspec.json.Encoder(decimal_format="number")


class Undecodable(ValueError):
    """A message that is not of the contract: not JSON, an unknown tag, a wrong type, or too large."""


def encode(message: msgspec.Struct) -> bytes:
    """Encode any wire struct as compact JSON. The same struct always gives the same bytes."""
    return _encoder.encode(message)


class Codec(Generic[T]):
    """The decoder of one kind of message. `shape` is the type it decodes."""

    def __init__(self, shape: Any, most: int = MAX_BYTES) -> None:
        self.shape, self._most = shape, most
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(shape)

    def decode(self, payload: bytes) -> T:
        """Decode one message. Raises `Undecodable` with the reason."""
        if len(payload) > self._most:
            raise Undecodable(f"{len(payload)} bytes, more than the {self._most} allowed")
        try:
            return self._decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Undecodable(str(error)) from error


class CommitCodec(Generic[T]):
    """Decodes commits of current and retired events alike; what it returns is always current.

    `tags` are those of all of them.
    """

    def __init__(self, current: Any, retired: Iterable[type]) -> None:
        self._retired = tuple(retired)
        self.tags = frozenset(kind.__struct_config__.tag for kind in (*get_args(current), *self._retired))
        commit: Any = Commit
        self.shape = commit[reduce(or_, self._retired, current)]
        self._codec: Codec[Commit[T]] = Codec(self.shape)

    def decode(self, payload: bytes) -> Commit[T]:
        """Decode one commit, upcasting what is of an older version. Raises `Undecodable`."""
        found = self._codec.decode(payload)
        if not any(isinstance(event, self._retired) for event in found.events):
            return found
        return msgspec.structs.replace(found, events=tuple(upcast(event) for event in found.events))


job_commands: Codec[Envelope[JobCommand | BatchCommand | AuditCommand | ChangeLimits]] = Codec(
    Envelope[JobCommand | BatchCommand | AuditCommand | ChangeLimits]
)
tasks: Codec[Envelope[Task]] = Codec(Envelope[Task])
checks: Codec[Envelope[CheckFiles]] = Codec(Envelope[CheckFiles])
results: Codec[Envelope[Result | FilesChecked]] = Codec(Envelope[Result | FilesChecked])
commits: CommitCodec[Event] = CommitCodec(Event, RETIRED)
progress: Codec[Progress] = Codec(Progress)
limits: Codec[LimitsInForce] = Codec(LimitsInForce)
logs: Codec[LogRecord] = Codec(LogRecord)
dead_letters: Codec[DeadLetter] = Codec(DeadLetter)
queries: Codec[Query] = Codec(Query)
answers: Codec[Answer] = Codec(Answer)
leave_requests: Codec[AskLeave] = Codec(AskLeave)
leaves: Codec[Leave] = Codec(Leave)
checkpoint_requests: Codec[AskCheckpoint] = Codec(AskCheckpoint)
checkpoints: Codec[Checkpoint] = Codec(Checkpoint)
heartbeats: Codec[Heartbeat] = Codec(Heartbeat)
log_requests: Codec[AskLogs] = Codec(AskLogs)
log_pages: Codec[LogPage] = Codec(LogPage)
