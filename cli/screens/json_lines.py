"""One line of JSON for everything, the summary last: for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cli.output import write_json
from cli.screens.outcomes import all_well
from cli.screens.pace import Pace
from cli.screens.protocol import Silent
from schemas.common import BatchState
from schemas.heartbeats import AbsentView
from schemas.progress import Progress
from schemas.queries import BatchView
from schemas.reports import AbsentLine, BatchLine, EventLine, Summary
from ytarchive.domain.job import Job
from ytarchive.domain.views import view


class JsonLines(Silent):
    """Writes events and progress as they come."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._jobs: set[str] = set()
        self._batch: BatchView | None = None
        self._absent = frozenset[AbsentView]()
        self._pace = Pace()

    def event(self, job: Job, lines: Sequence[EventLine]) -> None:
        """Write the events."""
        if job.state.final:
            self._jobs.discard(job.job_id)
        else:
            self._jobs.add(job.job_id)
        for line in lines:
            write_json(line)

    def progress(self, progress: Progress) -> None:
        """Write the progress, of a job that is watched and has not ended."""
        if progress.job_id in self._jobs:
            write_json(progress)

    def absent(self, absent: Sequence[AbsentView]) -> None:
        """Write them where others are, than were; for how long they are is no news."""
        known = frozenset(msgspec.structs.replace(one, seconds=0.0) for one in absent)
        if known != self._absent:
            self._absent = known
            write_json(AbsentLine(at=datetime.now(UTC), absent=tuple(absent)))

    def batch(self, batch: BatchView) -> None:
        """Write it where it has changed."""
        self._pace.note(batch, datetime.now(UTC))
        if batch != self._batch:
            self._batch = batch
            write_json(BatchLine(batch=batch, per_hour=self._pace.per_hour, seconds=self._pace.left))

    def finish(self, jobs: Sequence[Job], batch: BatchView | None) -> None:
        """Write the summary; of a batch, only the jobs that did not end well."""
        whole = batch is None or batch.state is BatchState.FINISHED
        ok = whole and all_well(jobs, self._library)
        told = [job for job in jobs if batch is None or not all_well([job], self._library)]
        write_json(Summary(ok=ok, jobs=tuple(view(job) for job in told), batch=batch))
