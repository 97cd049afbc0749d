"""How watching looks: live on a terminal, lines of text where there is none, lines of JSON for programs."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from cli import render
from cli.output import console, write_json
from schemas.common import Role, Stage, State
from schemas.progress import Progress
from schemas.queries import EgressView
from schemas.reports import EventLine, Summary
from ytarchive.domain.job import Job
from ytarchive.domain.views import view


class Screen(Protocol):
    """Told what happens, in order; `finish` comes last, with every job watched."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def starting(self) -> AbstractContextManager[object]:
        """Say that the system is being started, as long as the block lasts."""

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Take in what happened to a job, which now is as given."""

    def progress(self, progress: Progress) -> None:
        """Take in how far a stream is."""

    def away(self, note: str) -> None:
        """Say that the server is away; empty once it is back."""

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Say whom the site refuses now: what was asked of them rests, or waits to be begun."""

    def finish(self, jobs: Sequence[Job]) -> None:
        """Say how it ended."""


class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def starting(self) -> AbstractContextManager[object]:
        return nullcontext()


class JsonLines(_Silent):
    """One line of JSON for everything, the summary last."""

    def __init__(self, library: Path) -> None:
        self._library = library

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:  # noqa: ARG002 - the protocol's shape
        """Write the events."""
        for line in lines:
            write_json(line)

    def progress(self, progress: Progress) -> None:
        """Write the progress."""
        write_json(progress)

    def away(self, note: str) -> None:
        """Nothing: programs wait."""

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Nothing: the events say so."""

    def finish(self, jobs: Sequence[Job]) -> None:
        """Write the summary."""
        write_json(Summary(ok=all_well(jobs, self._library), jobs=tuple(view(job) for job in jobs)))


class _Outcomes(_Silent):
    """Prints how a job ended when it has, and at the end what has not, and how many there are of each."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._out = console()

    def _print_outcome(self, job: Job) -> None:
        lost = is_lost(job, self._library)
        self._out.print(render.outcome(job, self._library, lost=lost), crop=False)

    def finish(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if not job.state.final:
                self._print_outcome(job)
        if len(jobs) > 1:
            self._out.print(render.counts(jobs), crop=False)


class Lines(_Outcomes):
    """A line of text for every change of state."""

    def __init__(self, library: Path) -> None:
        super().__init__(library)
        self._states: dict[str, tuple[State, datetime | None]] = {}
        self._refused: Sequence[EgressView] = ()
        self._noted = False

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Print the new state."""
        if self._states.get(job.job_id) == (job.state, job.due):
            return
        self._states[job.job_id] = job.state, job.due
        if job.state.final:
            self._print_outcome(job)
        else:
            self._out.print(render.change(job, lines[-1].at), soft_wrap=True)

    def progress(self, progress: Progress) -> None:
        """Nothing: a log of percentages helps nobody."""

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


class Board(_Outcomes):
    """Jobs at work are drawn again and again; what has ended is printed above them, once."""

    def __init__(self, library: Path) -> None:
        super().__init__(library)
        self._jobs: dict[str, Job] = {}
        self._streams: dict[str, dict[str, Progress]] = {}
        self._note = ""
        self._refused: Sequence[EgressView] = ()
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

    def _draw(self) -> RenderableType:
        """Show what moves first, as much as fits."""
        moving = sorted(self._jobs.values(), key=lambda job: _ORDER.index(job.state))
        shown = moving[: max(3, self._out.height // 4)]
        hidden = len(moving) - len(shown)
        if self._note:
            return render.board(shown, self._streams, [Text(self._note, "yellow")])
        notes = [Text(f"and {hidden} more", "yellow")] if hidden else []
        now = datetime.now(UTC)
        return render.board(
            shown, self._streams, [*notes, *(render.refused(one, now) for one in self._refused)]
        )


_ORDER: Final = (
    State.STORING,
    State.DOWNLOADING,
    State.PAUSED,
    State.RESOLVING,
    State.WAITING,
    State.SUBMITTED,
)


def screen(library: Path, *, as_json: bool) -> Screen:
    """Choose by who watches."""
    if as_json:
        return JsonLines(library)
    return Board(library) if console().is_terminal else Lines(library)


def all_well(jobs: Sequence[Job], library: Path) -> bool:
    """Tell whether every job ended with the video in the library."""
    return all(
        job.state is State.ARCHIVED or (job.state is State.DUPLICATE and not is_lost(job, library))
        for job in jobs
    )


def is_lost(job: Job, library: Path) -> bool:
    """Tell whether a duplicate's media is not where the log has it; of a library elsewhere nobody knows."""
    media = [library / file.path for file in job.files if file.role is Role.MEDIA]
    return job.state is State.DUPLICATE and library.is_dir() and not all(path.exists() for path in media)
