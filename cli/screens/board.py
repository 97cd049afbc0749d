"""Jobs at work are drawn again and again; what has ended is printed above them, once."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from cli import render
from cli.screens.outcomes import Outcomes
from cli.screens.pace import Pace
from schemas.common import Stage, State
from schemas.progress import Progress
from schemas.queries import BatchView, EgressView
from schemas.reports import EventLine
from ytarchive.domain.job import Job


class Board(Outcomes):
    """A terminal. Below the jobs at work stands, of a batch, how all of it does."""

    def __init__(self, library: Path) -> None:
        super().__init__(library)
        self._jobs: dict[str, Job] = {}
        self._streams: dict[str, dict[str, Progress]] = {}
        self._note = ""
        self._refused: Sequence[EgressView] = ()
        self._batch: BatchView | None = None
        self._pace = Pace()
        self._live = Live(console=self._out, get_renderable=self._draw, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def starting(self) -> AbstractContextManager[object]:
        """Turn a wheel."""
        return self._out.status("starting the server and the actors …")

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:  # noqa: ARG002 - the protocol's shape
        """Draw the job as it is now; forget the streams of the stage before."""
        before = self._jobs.get(job.job_id)
        if before is None or before.state is not job.state:
            self._streams.pop(job.job_id, None)
        self._jobs[job.job_id] = job
        if job.state.final:
            self._jobs.pop(job.job_id)
            self._print_outcome(job)

    def progress(self, progress: Progress) -> None:
        """Draw the stream, of a job that is at that stage."""
        job = self._jobs.get(progress.job_id)
        if job is None or job.stage is not progress.stage:
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

    def batch(self, batch: BatchView) -> None:
        """Draw it below."""
        self._batch = batch
        self._pace.note(batch, datetime.now(UTC))

    def _draw(self) -> RenderableType:
        """Show what moves first, as much as fits."""
        moving = sorted(self._jobs.values(), key=lambda job: _ORDER.index(job.state))
        shown = moving[: max(3, self._out.height // 4)]
        hidden = len(moving) - len(shown)
        if self._note:
            return render.board(shown, self._streams, [Text(self._note, "yellow")])
        notes = [Text(f"and {hidden} more", "yellow")] if hidden else []
        if self._batch:
            notes = [render.batch_total(self._batch, self._pace.per_hour, self._pace.left)]
        now = datetime.now(UTC)
        return render.board(
            shown, self._streams, [*notes, *(render.refused(one, now) for one in self._refused)]
        )


_ORDER: Final = (
    State.STORING,
    State.DOWNLOADING,
    State.LISTING,
    State.PAUSED,
    State.RESOLVING,
    State.WAITING,
    State.SUBMITTED,
)
