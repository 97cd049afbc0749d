"""What was, as the log had it then."""

from collections import Counter
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.batches import overview
from cli.render.proof import folded
from cli.render.words import zoned
from schemas.past import ThenReport

_NEWEST = 100


def as_of(sequence: int, at: datetime | None, first: datetime | None) -> Text:
    """Say which place in the log is shown: a message, and when it was written."""
    when = f"as of message {sequence}, of {zoned(at)}" if at else "before anything"
    if first and not at:
        when = f"before the first message, of {zoned(first)}"
    return Text(when, "bold")


def then(report: ThenReport) -> RenderableType:
    """Show batches, and the newest jobs of no batch, as they were."""
    alone = [job for job in report.jobs if not job.batch]
    parts = [as_of(report.sequence, report.at, report.first), overview(report.batches, alone[:_NEWEST])]
    if len(alone) > _NEWEST:
        parts.append(Text(f"and {len(alone) - _NEWEST:,} older; --json has all"))
    states = Counter(job.state for job in report.jobs)
    return Group(*parts, folded(report.events, states, checked=False))
