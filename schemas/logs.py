"""One line of a log, as it travels to the one place where all logs are kept."""

from typing import Any

from schemas.envelope import Message, Moment, NodeName, Text


class LogRecord(Message, frozen=True, kw_only=True, tag="log"):
    """`event` is the sentence, `context` the values bound to it (job, attempt, correlation ...)."""

    at: Moment
    level: Text
    actor: Text
    node: NodeName
    event: Text
    job_id: Text | None = None
    context: dict[str, Any] = {}
