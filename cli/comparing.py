"""The read model of the jobs actor beside the log, while both may be moving on."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.queries import JobView, ListJobs
from ytarchive.domain.job import Job
from ytarchive.domain.views import view
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from cli.replaying import Replay
    from ytarchive.runtime.bus import Bus

_PAGE: Final = 1000


async def differences(bus: "Bus", folded: "Replay", job_id: str | None = None) -> dict[str, str]:
    """Say how jobs of the read model, or one of them, differ from the log, which is read on meanwhile.

    A job of the read model must be as the log had it at the end of our reading, or after any message since.
    Memory: the ids of all jobs, and what differed at first. Raises `ServerUnavailable` where nobody answers.
    """
    known = {job_id} if job_id else {job.job_id for job in folded.jobs}
    missing, suspects = set(known), dict[str, JobView]()
    async for live in _live(bus):
        missing.discard(live.job_id)
        if live != view(folded.jobs.job(live.job_id)) and (job_id in (None, live.job_id)):
            suspects[live.job_id] = live
    latest: dict[str, JobView] = {}
    async for about, _ in folded.go_on(bus, job_id):
        if isinstance(about, Job) and about.job_id in suspects:
            latest[about.job_id] = view(about)
            if latest[about.job_id] == suspects[about.job_id]:
                del suspects[about.job_id]
    found = dict.fromkeys(sorted(missing), "in the log, but not in the read model")
    for id_, live in suspects.items():
        found[id_] = _difference(latest.get(id_) or view(folded.jobs.job(id_)), live)
    return found


async def _live(bus: "Bus") -> AsyncGenerator[JobView, None]:
    offset = 0
    while True:
        page = await ask(bus, ListJobs(limit=_PAGE, offset=offset))
        for job in page.jobs:
            yield job
        offset += len(page.jobs)
        if offset >= page.total or not page.jobs:
            return


def _difference(truth: JobView, live: JobView) -> str:
    if not truth.version:
        return "in the read model, but not in the log"
    fields = msgspec.structs.fields(JobView)
    names = [field.name for field in fields if getattr(live, field.name) != getattr(truth, field.name)]
    return f"the read model differs in {', '.join(names)}"
