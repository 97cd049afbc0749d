"""From a staging folder into the places of damaged files: of what was downloaded again, only those."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from actors.storage.commit import Copying, Report, verify_staged
from schemas.common import Category, Failure, Verified
from schemas.fixity import Mended
from ytarchive.errors import StageFailed
from ytarchive.library import inventory
from ytarchive.library.aside import evidence_of
from ytarchive.library.mending import mend, pieces
from ytarchive.library.transfer import Incoming

if TYPE_CHECKING:
    from schemas.commands import StoreMedia

Repaired = tuple[tuple[Mended, ...], Verified, datetime]


async def repair(task: "StoreMedia", staging: Path, library: Path, ffmpeg: str, report: Report) -> Repaired:
    """Verify a job's staged files, and put those that another job's lacks in the places of these.

    Whoever asked for it has made the folder for the evidence: where that is not there, this is not the
    library that was looked at.

    Raises `StageFailed` like `commit`, and as UNAVAILABLE where nothing that was downloaded is missing.
    """
    assert task.repairs
    due = task.repairs
    verified = await verify_staged(task, staging, ffmpeg, report)
    if not (library / evidence_of(due.job_id)).is_dir():
        raise StageFailed(
            Failure(
                category=Category.ENVIRONMENT,
                message=f"this is not the library in which files of job {due.job_id} were found damaged",
                hint="Mount its disk again, then `ytarchive repair`.",
            )
        )
    ours = [file for file in due.files if f"[{task.video.video_id}]" in file.path]
    found = pieces(ours, task.staging.files)
    if not found:
        paths = ", ".join(file.path for file in due.files)
        raise StageFailed(
            Failure(
                category=Category.UNAVAILABLE,
                message=f"the site no longer has what is missing: {paths}",
                hint="What is there of the video is as it was.",
            )
        )
    copying = Copying(report)
    arrivals = [
        (piece.due, Incoming(staging / piece.staged.name, piece.path, copying.progress(piece.staged)))
        for piece in found
    ]

    def listed(mended: tuple[Mended, ...]) -> None:
        for job_id in due.jobs:
            inventory.amend(library, job_id, mended)

    mended = await copying.run(
        task, staging, lambda: mend(library, due.job_id, arrivals, listed, keep=due.keep)
    )
    return mended, verified, datetime.now(UTC)
