"""What programs read under ``--json`` of what was, and why."""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import Moment, Text
from schemas.reports import JobsReport

Sequence = Annotated[int, Meta(ge=0, description="of a message in the stream of the log")]


class ThenReport(JobsReport, frozen=True, kw_only=True):
    """The answer of ``replay --at``: all jobs and batches, newest first, as they were behind a message.

    `sequence` is that of the message, `at` when it was written: 0 and null before the first. `events` were
    folded. `faults` tell where the log does not hold together until there.
    """

    sequence: Sequence
    at: Moment | None
    events: Annotated[int, Meta(ge=0)]
    faults: tuple[Text, ...] = ()
