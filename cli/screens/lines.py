"""A line of text for every change: where there is no terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from cli import render
from cli.screens.outcomes import Outcomes
from cli.screens.pace import Pace
from schemas.heartbeats import AbsentView
from schemas.queries import BatchView, EgressView, PaceView
from schemas.reports import EventLine
from ytarchive.domain.job import Job

if TYPE_CHECKING:
    from schemas.common import State

_EVERY: Final = 30.0


class Lines(Outcomes):
    """Of the jobs of a batch, only how they end and until when they rest; now and then, how all of it is."""

    def __init__(self, library: Path, out: Console | None = None) -> None:
        super().__init__(library, out)
        self._states: dict[str, tuple[State, datetime | None]] = {}
        self._refused: Sequence[EgressView] = ()
        self._paced: Sequence[PaceView] = ()
        self._absent: Sequence[AbsentView] = ()
        self._noted = False
        self._pace = Pace()
        self._told: datetime | None = None

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Print the new state."""
        for one in self._unavailable(lines):
            self._out.print(one, soft_wrap=True)
        if self._states.get(job.job_id) == (job.state, job.due):
            return
        self._states[job.job_id] = job.state, job.due
        if job.state.final:
            self._states.pop(job.job_id)
            self._print_outcome(job)
        elif not job.batch or (job.state in render.RESTING and job.due):
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

    def paced(self, paced: Sequence[PaceView]) -> None:
        """Print who begins to wait; the moment moves on with every video."""
        for one in () if self._paced else paced:
            self._out.print(render.paced(one), soft_wrap=True)
        self._paced = paced

    def absent(self, absent: Sequence[AbsentView]) -> None:
        """Print who is newly gone, and who is back."""
        before, now = ({(one.actor, one.node): one for one in some} for some in (self._absent, absent))
        for who in now.keys() - before.keys():
            self._out.print(render.absent(now[who]), soft_wrap=True)
        for actor, node in before.keys() - now.keys():
            self._out.print(f"{actor} on node {node} is back, or waited for no longer", soft_wrap=True)
        self._absent = absent

    def batch(self, batch: BatchView) -> None:
        """Print it now and then."""
        now = datetime.now(UTC)
        self._pace.note(batch, now)
        self._told = self._told or now
        if (now - self._told).total_seconds() > _EVERY:
            self._told = now
            total = render.batch_now(batch, per_hour=self._pace.per_hour, left=self._pace.left)
            self._out.print(Text(f"{render.clock(now)}  ").append_text(total), soft_wrap=True)
