"""One line of a log, as it travels to the one place where all logs are kept."""

from typing import Any, Final

from schemas.envelope import Message, Moment, NodeName, Text

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""How grave a line is."""


class LogRecord(Message, frozen=True, kw_only=True, tag="log"):
    """`event` is the sentence, `context` the values bound to it (job, attempt, correlation ...)."""

    at: Moment
    level: Text
    actor: Text
    node: NodeName
    event: Text
    job_id: Text | None = None
    context: dict[str, Any] = {}
