"""What ``recovery`` prints under ``--json``: what does not work, what helps, and dead letters."""

from typing import Annotated

from msgspec import Meta

from schemas.commands import Attempt
from schemas.common import Category, Failure, Severity, Stage, State
from schemas.envelope import EgressId, Moment, NodeName, Text, Wire
from schemas.queries import EgressView, JobView

Count = Annotated[int, Meta(ge=0)]


class FailedTry(Wire, frozen=True, kw_only=True):
    """One attempt that did not work. One that was `blocked` cost the job nothing."""

    at: Moment
    stage: Stage
    attempt: Attempt
    failure: Failure
    node: NodeName | None
    egress: EgressId
    blocked: bool


class JobRecovery(JobView, frozen=True, kw_only=True):
    """The answer of ``recovery show``: the job, every attempt that failed, oldest first, and what helps.

    `due` is when it tries next by itself, and `advice` what a person can do, most important first. `severity`
    tells how much the last failure matters, after those like it since somebody last tried again by hand.
    """

    severity: Severity | None
    tried: tuple[FailedTry, ...]
    advice: tuple[Text, ...]


class RecoveryCount(Wire, frozen=True, kw_only=True):
    """How many jobs stand so, for that kind of failure."""

    state: State
    category: Category | None
    jobs: Count


class RecoverySummary(Wire, frozen=True, kw_only=True):
    """The answer of ``recovery report``. `letters` counts the dead letters of each actor."""

    counts: tuple[RecoveryCount, ...]
    blocked: tuple[EgressView, ...]
    letters: dict[str, Count]


class RetryReport(Wire, frozen=True, kw_only=True):
    """The answer of ``recovery retry``: how many jobs stood how `before` and `after`, and the jobs now.

    What a site refuses (`blocked`) is asked for again no earlier than it says.
    """

    before: dict[State, Count]
    after: dict[State, Count]
    jobs: tuple[JobView, ...]
    blocked: tuple[EgressView, ...]


class LetterLine(Wire, frozen=True, kw_only=True):
    """A dead letter. `number` names it, `bytes` is the size of what is kept of the message.

    What lies there and is no dead letter has no `at` and no `subject`: it cannot be sent again.
    """

    number: Annotated[int, Meta(ge=1)]
    at: Moment | None
    actor: Text
    subject: Text
    reason: Text
    bytes: Count
    truncated: bool


class LettersReport(Wire, frozen=True, kw_only=True):
    """The answer of ``recovery letters``; of ``recovery redrive`` and ``discard``, those dealt with."""

    letters: tuple[LetterLine, ...]


class LetterReport(LetterLine, frozen=True, kw_only=True):
    """The answer of ``recovery letter``: `payload` is base64."""

    headers: dict[str, str]
    payload: bytes
