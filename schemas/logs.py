"""One line of a log, as it travels to the one place where all logs are kept."""

from typing import Annotated, Any, Final

from msgspec import Meta

from schemas.envelope import END, BatchId, JobId, Message, Moment, NodeName, Text

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""How grave a line is."""


Stamp = Annotated[
    int, Meta(ge=0, le=(1 << 53) - 1, description="microseconds since 1970, or more: what led to it has less")
]


class LogRecord(Message, frozen=True, kw_only=True, tag="log"):
    """What an actor said: `event` is the sentence, `context` the values bound to it.

    `job_id`, `video` (its id at the site), `batch`, `attempt` and `correlation` say what it has to do with,
    `stamp` where it stands among all lines of all actors. `at` is what the clock of the `node` showed.
    """

    at: Moment
    level: Text
    actor: Text
    node: NodeName
    event: Text
    job_id: Text | None = None
    context: dict[str, Any] = {}
    video: Text = ""
    batch: Text = ""
    attempt: int = 0
    correlation: Text = ""
    stamp: Stamp = 0


class KeptLine(LogRecord, frozen=True, kw_only=True, tag="log"):
    """A log line as it is kept: message `seq` of the log stream, which the server took `stored_at`.

    Lines kept before there were such numbers have 0 and None.
    """

    seq: Annotated[int, Meta(ge=0)] = 0
    stored_at: Moment | None = None


class AskLogs(Message, frozen=True, kw_only=True, tag="query.logs"):
    """Lines that are kept: those that fit, at most `limit`, from the oldest on; or from the `newest` back.

    A line fits that is about any of `jobs`, about `video`, or about `batch`, where any is named; and of the
    `actor`, of the `level` or above, and taken by the server from `since` until `until`. `place` is where
    another page ended.
    """

    jobs: Annotated[tuple[JobId, ...], Meta(max_length=1000)] = ()
    video: Text = ""
    batch: BatchId = ""
    actor: Text = ""
    level: Text = "debug"
    since: Moment | None = None
    until: Moment | None = None
    newest: bool = False
    limit: Annotated[int, Meta(ge=1, le=10_000)]
    place: Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\d\.\d{4,9}:\d{1,12})?" + END)] = ""


class LogPage(Message, frozen=True, kw_only=True, tag="logs"):
    """The answer, oldest line first. It may have none, and yet another page at `place`; the last has none.

    All lines up to message `last` of the log stream are kept by now, on the node that answers; but for what
    was removed for age or room, and what is in `damaged` files.
    """

    lines: tuple[KeptLine, ...]
    place: Text
    last: int
    node: NodeName
    damaged: tuple[Text, ...] = ()
