"""What a screen is told."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Protocol, Self

from schemas.heartbeats import AbsentView
from schemas.progress import Progress
from schemas.queries import BatchView, EgressView, PaceView
from schemas.reports import EventLine
from ytarchive.domain.job import Job


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
        """Take in how far a stream is, of whatever job."""

    def away(self, note: str) -> None:
        """Say that the server is away; empty once it is back."""

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Say whom the site refuses now: what was asked of them rests, or waits to be begun."""

    def paced(self, paced: Sequence[PaceView]) -> None:
        """Say who waits for the videos of the next hour."""

    def absent(self, absent: Sequence[AbsentView]) -> None:
        """Say which actors are not there that jobs wait for."""

    def batch(self, batch: BatchView) -> None:
        """Take in how the batch stands that is watched."""

    def tick(self) -> None:
        """Take the time to show what was heard: several times a second, and after everything that is."""

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Say how it ended."""


class Silent:
    """Says nothing of its own. A screen says more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def starting(self) -> AbstractContextManager[object]:
        """Nothing."""
        return nullcontext()

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Nothing."""

    def progress(self, progress: Progress) -> None:
        """Nothing."""

    def away(self, note: str) -> None:
        """Nothing."""

    def refused(self, blocked: Sequence[EgressView]) -> None:
        """Nothing."""

    def paced(self, paced: Sequence[PaceView]) -> None:
        """Nothing."""

    def absent(self, absent: Sequence[AbsentView]) -> None:
        """Nothing."""

    def batch(self, batch: BatchView) -> None:
        """Nothing."""

    def tick(self) -> None:
        """Nothing."""


class Unseen(Silent):
    """Says nothing at all: who watches tells of it otherwise."""

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Nothing."""
