"""What programs read of ``diagnostics`` under ``--json``."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from schemas.envelope import ByteCount, Moment, NodeName, Seconds, Text, Token, Wire
from schemas.heartbeats import ActorView
from schemas.queries import EgressView, PaceView, QueueView

Count = Annotated[int, Meta(ge=0)]


class Verdict(StrEnum):
    """How all of it is: `DEGRADED` works, but not as it should, or not for long; `DOWN` archives nothing."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class Reason(Wire, frozen=True, kw_only=True):
    """Why it is not all well, and the command that shows more or mends it."""

    verdict: Verdict
    text: Text
    command: Text = ""


class HealthReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics health``: the worst of the reasons. `unjudged` is what cannot be known."""

    verdict: Verdict
    at: Moment
    reasons: tuple[Reason, ...] = ()
    unjudged: tuple[Text, ...] = ()


class ActorsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics actors``.

    Without the `registry`, as there is no jobs actor, only those that answer now are known. `missing` are the
    names of which there is none at work.
    """

    registry: bool
    actors: tuple[ActorView, ...]
    missing: tuple[Token, ...] = ()


class QueuesReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics queues``. Without a jobs actor ages are not known."""

    queues: tuple[QueueView, ...]
    ages: bool


class StreamLine(Wire, frozen=True, kw_only=True):
    """One stream of the server: what it holds, from when to when, and its limits, where it has any.

    `full` is the part of its `most_bytes` that is taken.
    """

    name: Token
    about: Text
    messages: Count
    bytes: ByteCount
    first: Moment | None = None
    last: Moment | None = None
    first_sequence: Count = 0
    last_sequence: Count = 0
    memory: bool = False
    most_bytes: ByteCount | None = None
    most_seconds: Seconds | None = None
    full: float | None = None


class StreamsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics streams``; `free` is what the disk of our own server has left."""

    streams: tuple[StreamLine, ...]
    bytes: ByteCount
    free: ByteCount | None = None


class BreakersReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics breakers``: who is refused until when, and who waits for the next hour.

    At `until` one task goes first, to see whether the site answers again.
    """

    blocked: tuple[EgressView, ...]
    paced: tuple[PaceView, ...] = ()


class PlaceLine(Wire, frozen=True, kw_only=True):
    """A folder that we write to, and the disk it lies on; `there` says whether the folder exists."""

    what: Text
    path: Text
    there: bool
    free: ByteCount
    total: ByteCount


class FolderLine(Wire, frozen=True, kw_only=True):
    """What a folder takes up."""

    what: Text
    path: Text
    files: Count
    bytes: ByteCount


class NodeRoom(Wire, frozen=True, kw_only=True):
    """What the library's disk of a node has left, as its actors say."""

    node: NodeName
    free: ByteCount


class StoreReport(Wire, frozen=True, kw_only=True):
    """What the server keeps of ours, in bytes, up to a `limit` where it tells one.

    So much is `reserved` for streams that have a limit of their own. `fault` tells why nothing new is kept.
    `pid` is the process of our own server; 0 is a server elsewhere, which tells nothing of its disk.
    """

    used: ByteCount
    reserved: ByteCount = 0
    limit: ByteCount | None = None
    fault: Text = ""
    pid: Count = 0


class DiskReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics disk``.

    Downloads rest while the library has less than `min_free_bytes`, which is the limit in force on this node;
    one that runs is stopped at half of that. `full` tells that our server's disk has no room: nothing new is
    kept. `store` is what the server tells; None where none could be asked.
    """

    min_free_bytes: ByteCount
    resting: bool
    places: tuple[PlaceLine, ...]
    kept: tuple[FolderLine, ...]
    nodes: tuple[NodeRoom, ...] = ()
    full: bool = False
    store: StoreReport | None = None


class Grade(StrEnum):
    """What became of a check. `FAILED` must be mended, `WARNING` should; `SKIPPED` could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Finding(Wire, frozen=True, kw_only=True):
    """One thing that was checked, what is the matter, and the command that mends it."""

    check: Text
    grade: Grade
    text: Text
    command: Text = ""


class DoctorReport(Wire, frozen=True, kw_only=True):
    """The answer of ``diagnostics doctor``: `ok` where nothing has to be mended."""

    ok: bool
    findings: tuple[Finding, ...]


class ErrorLine(Wire, frozen=True, kw_only=True):
    """A line that was logged at the level ``error``."""

    at: Moment
    actor: Text
    node: Text
    text: Text


class DiagnosticReport(Wire, frozen=True, kw_only=True):
    """The document of ``diagnostics report``: all of the above, without secrets and folders of people.

    What nobody answered is None.
    """

    at: Moment
    versions: dict[str, str]
    platform: dict[str, str]
    settings: dict[str, Any]
    health: HealthReport
    doctor: DoctorReport
    disk: DiskReport
    actors: ActorsReport | None = None
    queues: QueuesReport | None = None
    streams: StreamsReport | None = None
    breakers: BreakersReport | None = None
    errors: tuple[ErrorLine, ...] = ()
