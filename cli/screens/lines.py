"""A line of text for every change: where there is no terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli import render
from cli.screens.outcomes import Outcomes
from schemas.queries import BatchView, EgressView
from schemas.reports import EventLine
from ytarchive.domain.job import Job

if TYPE_CHECKING:
    from schemas.common import State

_EVERY: Final = 30.0


class Lines(Outcomes):
    """Of the jobs of a batch, only how they end; and now and then how all of it stands."""

    def __init__(self, library: Path) -> None:
        super().__init__(library)
        self._states: dict[str, tuple[State, datetime | None]] = {}
        self._refused: Sequence[EgressView] = ()
        self._noted = False
        self._told: datetime | None = None

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Print the new state."""
        if self._states.get(job.job_id) == (job.state, job.due):
            return
        self._states[job.job_id] = job.state, job.due
        if job.state.final:
            self._states.pop(job.job_id)
            self._print_outcome(job)
        elif not job.batch or job.state in render.RESTING:
            self._out.print(render.change(job, lines[-1].at), soft_wrap=True)

    def away(self, note: str) -> None:
        """Print it, once for each absence."""
        if note and not self._noted:
            self._out.print(note, soft_wrap=True)
        self._noted = bool(note)

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Print whoever is refused since we last said so."""
        known = {(one.egress, one.until) for one in self._refused}
        for one in blocked:
            if (one.egress, one.until) not in known:
                self._out.print(render.refused(one, datetime.now(UTC)), soft_wrap=True)
        self._refused = blocked

    def batch(self, batch: BatchView) -> None:
        """Print it now and then."""
        now = datetime.now(UTC)
        if self._told is None:
            self._told = now
        elif (now - self._told).total_seconds() > _EVERY:
            self._told = now
            self._out.print(render.batch_total(batch), soft_wrap=True)
