"""From a staging folder into the library: probe, copy and hash, read back, give the names."""

import asyncio
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Category, Failure, Role, Verified
from schemas.options import Quality
from ytarchive.errors import StageFailed
from ytarchive.library import inventory
from ytarchive.library.hashing import Progress
from ytarchive.library.layout import file_path, media_stem
from ytarchive.library.probe import ProbeError, probe, verify
from ytarchive.library.transfer import Incoming, StoredFile, TransferError, store
from ytarchive.recovery.classification import classify

if TYPE_CHECKING:
    from schemas.commands import StoreMedia
    from schemas.common import StagedFile

T = TypeVar("T")
Report = Callable[[str, int, int], None]
"""Told what is being done, and how many bytes of how many."""
Committed = tuple[tuple[ArchivedFile, ...], Verified, datetime]
"""The files, media first, what the media was found to hold, and since when they are in the library."""

_AGAIN = "The download is repeated."


class CalledOff(Exception):
    """Raised inside the copying thread, so that it stops and cleans up."""


class Copying:
    """Files on their way into the library, in a thread, which `report` is told of."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._called_off = threading.Event()

    def progress(self, file: "StagedFile") -> Progress:
        """Report each step of one file once, and stop the copying where it was called off."""
        last = -1

        def progress(done: int) -> None:
            nonlocal last
            self.proceed()
            if done > last:
                last = done
                self._report(f"storing {file.suffix}", done, file.bytes)

        return progress

    def proceed(self) -> None:
        """Go on, unless it was called off: then raise `CalledOff`."""
        if self._called_off.is_set():
            raise CalledOff

    async def run(self, task: "StoreMedia", staging: Path, copy: Callable[[], T]) -> T:
        """Have `copy` called, and undone where this is cancelled. Raises `StageFailed`."""
        copying = asyncio.create_task(asyncio.to_thread(copy))
        try:
            await asyncio.wait({copying})
        except asyncio.CancelledError:
            self._called_off.set()
            await asyncio.wait({copying})
            if copying.exception():  # else it came too late: they are in the library, and that is told
                raise
        try:
            return copying.result()
        except TransferError as error:
            raise StageFailed(classify(error)) from error
        except OSError as error:
            _media(task, staging)  # where staged files went while they were copied, that is what is wrong
            raise StageFailed(classify(error, "the library cannot be written")) from error
        except ValueError as error:  # the path leads out of the library
            raise StageFailed(
                Failure(
                    category=Category.ENVIRONMENT,
                    message=f"the library cannot be written: {error}",
                    hint="Put the folder back into the library, then `ytarchive retry JOB`.",
                )
            ) from error


async def commit(task: "StoreMedia", staging: Path, library: Path, ffmpeg: str, report: Report) -> Committed:
    """Verify a job's staged files and make them members of the library: all of them, or none.

    Media gets its name last: where it is, everything that belongs to it is. Then they are listed in their
    channel's folder. Where a commit fails or is cancelled, what was in the library is there still, and
    nothing else is; one that is cancelled while its files are listed comes to its end.

    Nothing here makes a library: the download does, as staged files lie inside it. Where only this job's are
    gone, they are downloaded again; where the folder of all staging is gone with them, this is not the
    library that was downloaded to (a disk is not mounted), and a second download would fill whatever lies
    under its name: that is for a person to see to.

    Raises `StageFailed` as MEDIA when the download is to be repeated, DISK when the library is full and
    ENVIRONMENT when it cannot be used.
    """
    verified = await verify_staged(task, staging, ffmpeg, report)
    video = task.video
    stem = media_stem(video.channel, video.channel_id, video.upload_date, video.title, video.video_id)
    copying = Copying(report)
    staged = sorted(task.staging.files, key=lambda file: file.role is not Role.MEDIA)
    incoming = [
        Incoming(staging / file.name, file_path(stem, file.suffix), copying.progress(file)) for file in staged
    ]
    listed: list[CatalogueRow] = []

    def enter(stored: tuple[StoredFile, ...]) -> None:
        copying.proceed()
        files = tuple(
            ArchivedFile(path=there.path, role=file.role, bytes=there.bytes, sha256=there.sha256)
            for file, there in zip(staged, stored, strict=True)
        )
        row = CatalogueRow(
            **msgspec.structs.asdict(video), archived_at=datetime.now(UTC), job_id=task.job_id, files=files
        )
        listed.append(inventory.enter(library, row))

    await copying.run(task, staging, lambda: store(incoming, library, enter))
    (row,) = listed
    return row.files, verified, row.archived_at


def _media(task: "StoreMedia", staging: Path) -> "StagedFile":
    """Give the media among the staged files. Raises `StageFailed` where any of them is gone."""
    if not staging.parent.is_dir():
        raise StageFailed(
            Failure(
                category=Category.ENVIRONMENT,
                message=f"the library that was downloaded to is gone: there is no {staging.parent}",
                hint="Mount its disk again, or check YTARCHIVE_LIBRARY_DIR, then `ytarchive retry JOB`.",
            )
        )
    media = [file for file in task.staging.files if file.role is Role.MEDIA]
    gone = [file.name for file in task.staging.files if not (staging / file.name).is_file()]
    if len(media) != 1 or gone:
        missing = ", ".join(gone) or "the media"
        raise StageFailed(
            Failure(category=Category.MEDIA, message=f"staged files are gone: {missing}", hint=_AGAIN)
        )
    return media[0]


async def verify_staged(task: "StoreMedia", staging: Path, ffmpeg: str, report: Report) -> Verified:
    """Prove that what a job has staged is whole. Raises `StageFailed`."""
    try:
        media = await asyncio.to_thread(_media, task, staging)
        report("verifying", 0, media.bytes)
        found = await probe(staging / media.name, ffmpeg=ffmpeg)
        cut = task.staging.duration
        verify(
            found,
            expected_duration=task.video.duration if cut is None else cut,
            want_video=task.staging.video and task.options.quality is not Quality.AUDIO,
            want_audio=task.staging.audio,
        )
    except ProbeError as error:
        # what proved bad must not be taken for complete by the next attempt
        await asyncio.to_thread(shutil.rmtree, staging, ignore_errors=True)
        raise StageFailed(
            Failure(
                category=Category.MEDIA,
                message=f"the download is damaged: {error}",
                hint=f"It was not archived. {_AGAIN}",
            )
        ) from error
    except (TimeoutError, ChildProcessError) as error:
        raise StageFailed(
            Failure(category=Category.MEDIA, message=f"the download could not be verified: {error}")
        ) from error
    except OSError as error:
        raise StageFailed(classify(error, "the download cannot be verified")) from error
    report("verifying", media.bytes, media.bytes)
    return Verified(duration=found.duration, video=found.video, audio=found.audio)
