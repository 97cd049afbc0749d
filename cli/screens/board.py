"""Jobs at work are drawn again and again; what has ended is printed above them, once."""

import heapq
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from cli import render
from cli.screens.outcomes import Outcomes
from cli.screens.pace import Pace
from schemas.common import Stage, State
from schemas.heartbeats import AbsentView
from schemas.progress import Progress
from schemas.queries import BatchView, EgressView, PaceView
from schemas.reports import EventLine
from ytarchive.domain.job import Job

_EVERY: Final = 0.125
"""Seconds between two drawings: what is told meanwhile costs next to nothing."""
_LEAST: Final = 6


class Board(Outcomes):
    """A terminal. Below the jobs at work stands, of a batch, how all of it does."""

    def __init__(self, library: Path, out: Console | None = None) -> None:
        super().__init__(library, out)
        self._jobs: dict[str, Job] = {}
        self._streams: dict[str, dict[str, Progress]] = {}
        self._note = ""
        self._refused: Sequence[EgressView] = ()
        self._paced: Sequence[PaceView] = ()
        self._absent: Sequence[AbsentView] = ()
        self._batch: BatchView | None = None
        self._pace = Pace()
        self._outcomes: list[RenderableType] = []
        self._due = 0.0
        self._live = Live(console=self._out, get_renderable=self._draw, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._show()
        self._live.stop()

    def starting(self) -> AbstractContextManager[object]:
        """Turn a wheel."""
        return self._out.status("starting the server and the actors …")

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Draw the job as it is now; forget the streams of the stage before."""
        self._outcomes += self._unavailable(lines)
        before = self._jobs.get(job.job_id)
        if before is None or before.state is not job.state:
            self._streams.pop(job.job_id, None)
        self._jobs[job.job_id] = job
        if job.state.final:
            self._jobs.pop(job.job_id)
            self._outcomes.append(self._outcome(job))

    def progress(self, progress: Progress) -> None:
        """Draw the stream, of a job that is at work at that stage."""
        job = self._jobs.get(progress.job_id)
        if job is None or not job.active or job.stage is not progress.stage:
            return
        streams = self._streams.setdefault(progress.job_id, {})
        streams[progress.stream] = progress
        if progress.done and progress.stage is Stage.STORAGE:  # one file after the other
            streams.pop(progress.stream)

    def away(self, note: str) -> None:
        """Draw it below."""
        self._note = note

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Draw them below."""
        self._refused = blocked

    def paced(self, paced: Sequence[PaceView]) -> None:
        """Draw them below."""
        self._paced = paced

    def absent(self, absent: Sequence[AbsentView]) -> None:
        """Draw them below."""
        self._absent = absent

    def batch(self, batch: BatchView) -> None:
        """Draw it below."""
        self._batch = batch
        self._pace.note(batch, datetime.now(UTC))

    def tick(self) -> None:
        """Draw, some times a second."""
        if time.monotonic() >= self._due:
            self._show()
            self._due = time.monotonic() + _EVERY

    def _show(self) -> None:
        with self._out:  # all that is written goes to the terminal at once
            self._live.refresh()
            if self._outcomes:
                self._out.print(Group(*self._outcomes), crop=False)
                self._outcomes.clear()

    def _draw(self) -> RenderableType:
        """Show what moves first, as much as fits."""
        shown = self._fitting(max(_LEAST, self._out.height // 2))
        if self._note:
            return render.board(shown, self._streams, [Text(self._note, "yellow")])
        hidden = len(self._jobs) - len(shown)
        notes = [Text(f"and {hidden} more", "yellow")] if hidden else []
        if self._batch:
            notes = [self._total(self._batch)]
        elif len(self._jobs) > 1:
            notes.append(render.at_work(Counter(job.state for job in self._jobs.values()), self._speed()))
        now = datetime.now(UTC)
        held = [*(render.refused(one, now) for one in self._refused), *map(render.paced, self._paced)]
        return render.board(shown, self._streams, [*notes, *held, *map(render.absent, self._absent)])

    def _fitting(self, lines: int) -> Sequence[Job]:
        """Give as many jobs as `lines` hold."""
        first = heapq.nsmallest(lines, self._jobs.values(), key=self._rank)
        for number, job in enumerate(first):
            lines -= 1 if job.batch else max(1 + len(self._streams.get(job.job_id, ())), _LINES)
            if lines < 0:
                return first[: max(1, number)]
        return first

    def _rank(self, job: Job) -> tuple[bool, int]:
        return job.job_id not in self._streams, _ORDER[job.state]

    def _total(self, batch: BatchView) -> Text:
        per_hour, left = self._pace.per_hour, self._pace.left
        return render.batch_now(batch, speed=self._speed(), per_hour=per_hour, left=left)

    def _speed(self) -> float:
        """Give how fast all downloads are together, in bytes a second."""
        moving: Iterable[Progress] = (
            one for streams in self._streams.values() for one in streams.values() if not one.done
        )
        return sum(one.speed or 0 for one in moving if one.stage is Stage.DOWNLOAD)


_LINES: Final = 2
"""What a job by itself takes at least, with what it says while it rests."""
_ORDER: Final = {
    state: number
    for number, state in enumerate(
        (
            State.STORING,
            State.DOWNLOADING,
            State.LISTING,
            State.PAUSED,
            State.RESOLVING,
            State.WAITING,
            State.SUBMITTED,
        )
    )
}
