"""How jobs ended: printed once each, and counted at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.text import Text

from cli import render
from cli.output import console
from cli.screens.protocol import Silent
from schemas.common import Role, State
from schemas.queries import BatchView
from schemas.reports import EventLine
from ytarchive.domain.job import Job

_WELL: Final = frozenset({State.ARCHIVED, State.LISTED, State.SKIPPED})


class Outcomes(Silent):
    """Prints how a job ended when it has, and at the end what has not, and how many there are of each.

    A job of a batch takes a line, one that did not end well as many as there is to say.
    """

    def __init__(self, library: Path, out: Console | None = None) -> None:
        self._library = library
        self._out = out or console()

    def _outcome(self, job: Job) -> RenderableType:
        lost = is_lost(job, self._library)
        if not job.batch or lost or job.state is State.FAILED:
            return render.outcome(job, self._library, lost=lost)
        line = render.member(job)
        line.no_wrap, line.overflow = True, "ellipsis" if self._out.is_terminal else "ignore"
        return line

    def _print_outcome(self, job: Job) -> None:
        self._out.print(Group(self._outcome(job)), crop=False)  # a text by itself would forget how it is cut

    @staticmethod
    def _unavailable(lines: Sequence[EventLine]) -> list[Text]:
        """Give what a list names that is not to be had."""
        pages = (line.data["entries"] for line in lines if line.type == "job.page_listed")
        return [render.unavailable(entry) for page in pages for entry in page if entry.get("unavailable")]

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Print what has not ended, and the counts; of a batch, the counts alone."""
        for job in jobs:
            if not job.state.final and not batch:
                self._print_outcome(job)
        if batch:
            self._out.print(render.batch_end(batch), soft_wrap=True)
        elif len(jobs) > 1:
            self._out.print(render.counts(jobs), crop=False)


class Quiet(Outcomes):
    """Prints what went wrong, and the counts at the end."""

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Print whatever did not end well, and the counts."""
        for job in jobs:
            if job.state is State.FAILED or is_lost(job, self._library):
                self._print_outcome(job)
        super().finish(jobs, batch)


def all_well(jobs: Sequence[Job], library: Path) -> bool:
    """Tell whether every job ended with the video in the library, or not wanted."""
    return all(
        job.state in _WELL or (job.state is State.DUPLICATE and not is_lost(job, library)) for job in jobs
    )


def is_lost(job: Job, library: Path) -> bool:
    """Tell whether a duplicate's media is not where the log has it; of a library elsewhere nobody knows."""
    if job.state is not State.DUPLICATE:
        return False
    media = [library / file.path for file in job.files if file.role is Role.MEDIA]
    return library.is_dir() and not all(path.exists() for path in media)
