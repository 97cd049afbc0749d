"""Finding a job or a batch by how its id begins: in the read model, or in the log where nobody answers."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.replaying import Replay
from schemas import subjects
from schemas.queries import BatchView, GetJobs, JobView, ListBatches
from ytarchive.domain.views import batch_view, view
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime import topology
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.runtime.bus import Bus

_SEVERAL: Final = 10
STARTING: Final = "`ytarchive actor jobs` starts one, `ytarchive diagnostics actors` shows who is at work."


async def find(bus: "Bus", prefix: str) -> JobView | BatchView:
    """Give the one job or batch whose id begins so. Raises `UsageError` where there is none, or several."""
    check_prefix(prefix)
    try:
        jobs = (await ask(bus, GetJobs(prefix=prefix))).jobs
        batches = (await ask(bus, ListBatches(prefix=prefix, limit=_SEVERAL))).batches
    except ServerUnavailable:
        known = (await Replay.of(bus)).jobs
        jobs, batches = _jobs(known, prefix), _batches(known, prefix)
        if not jobs and not batches:
            await _check_kept(bus, prefix)
    return only(prefix, (*jobs, *batches))


def find_in(known: "Catalogue", prefix: str) -> JobView | BatchView:
    """Give the one job or batch of the log whose id begins so. Raises `UsageError`."""
    return only(prefix, (*_jobs(known, prefix), *_batches(known, prefix)))


def find_job_in(known: "Catalogue", prefix: str) -> str:
    """Give the id of the one job of the log that begins so. Raises `UsageError`."""
    found = only(prefix, _jobs(known, prefix))
    assert isinstance(found, JobView)
    return found.job_id


def _jobs(known: "Catalogue", prefix: str) -> tuple[JobView, ...]:
    return tuple(view(known.job(job_id)) for job_id in known.matching(prefix))


def _batches(known: "Catalogue", prefix: str) -> tuple[BatchView, ...]:
    return tuple(
        batch_view(batch, known.tally(batch.batch_id), None)
        for batch in known.batches()
        if batch.batch_id.startswith(prefix)
    )


async def _check_kept(bus: "Bus", prefix: str) -> None:
    """Raise `ServerUnavailable` where something is asked of such an id, and waits for a jobs actor."""
    beginning = subjects.job_command(prefix)
    waiting = await bus.js.stream_info(topology.COMMANDS, subjects_filter=subjects.JOB_COMMANDS)
    if any(subject.startswith(beginning) for subject in waiting.state.subjects or {}):
        raise ServerUnavailable(
            f"what was asked as {prefix} is kept, and nobody begins it until a jobs actor runs", hint=STARTING
        )


async def find_job(bus: "Bus", prefix: str) -> JobView:
    """Give the one job whose id begins so. Raises `UsageError` also where that is a batch."""
    found = await find(bus, prefix)
    if isinstance(found, BatchView):
        raise UsageError(
            f"{prefix} is a batch, not a job", hint=f"`ytarchive jobs --batch {prefix}` lists its jobs."
        )
    return found


async def find_batch(bus: "Bus", prefix: str) -> BatchView:
    """Give the one batch whose id begins so. Raises `UsageError` also where that is a job."""
    found = await find(bus, prefix)
    if isinstance(found, JobView):
        raise UsageError(f"{prefix} is a job, not a batch", hint="`ytarchive jobs` lists batches too.")
    return found


def check_prefix(prefix: str) -> str:
    """Give `prefix` back if an id may begin so. Raises `UsageError`."""
    if not re.fullmatch(r"[0-9a-f]{1,16}", prefix):
        raise UsageError(f"not a job or a batch: {prefix[:40]!r}", hint="`ytarchive jobs` lists them.")
    return prefix


def only(prefix: str, found: Sequence[JobView | BatchView]) -> JobView | BatchView:
    """Give the only one there is. Raises `UsageError`."""
    if not found:
        raise UsageError(f"there is no job or batch {prefix!r}", hint="`ytarchive jobs` lists them.")
    if len(found) > 1:
        ids = ", ".join(one.job_id if isinstance(one, JobView) else one.batch_id for one in found)
        raise UsageError(f"{prefix!r} may be any of: {ids}", hint="Give more of the id.")
    return found[0]
