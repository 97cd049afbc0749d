"""From a staging folder into the library: probe, copy and hash, rename, read back."""

import asyncio
import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.common import ArchivedFile, Category, Failure, Quality, Role, Verified
from ytarchive.errors import StageFailed
from ytarchive.library.layout import file_path, media_stem
from ytarchive.library.probe import ProbeError, probe, verify
from ytarchive.library.transfer import TransferError, store

if TYPE_CHECKING:
    from schemas.commands import StoreMedia

Report = Callable[[str, int, int], None]
"""Told what is being done, and how many bytes of how many."""


class CalledOff(Exception):
    """Raised inside the copying thread, so that it stops and cleans up."""


async def commit(
    task: "StoreMedia", staging: Path, library: Path, ffmpeg: str, report: Report
) -> "Committed":
    """Verify a job's staged files and make them members of the library. Raises `StageFailed`.

    Media goes last: where it is, everything that belongs to it is.
    """
    verified = await _verified(task, staging, ffmpeg, report)
    video = task.video
    stem = media_stem(video.channel, video.channel_id, video.upload_date, video.title, video.video_id)
    called_off = threading.Event()
    files: list[ArchivedFile] = []
    for staged in sorted(task.staging.files, key=lambda file: file.role is Role.MEDIA):

        def seen(done: int, name: str = staged.suffix, total: int = staged.bytes) -> None:
            if called_off.is_set():
                raise CalledOff
            report(f"storing {name}", done, total)

        copying = asyncio.create_task(
            asyncio.to_thread(
                store, staging / staged.name, library, file_path(stem, staged.suffix), progress=seen
            )
        )
        try:
            stored = await asyncio.shield(copying)
        except asyncio.CancelledError:
            called_off.set()
            await asyncio.wait({copying})
            raise
        except (OSError, TransferError) as error:
            raise StageFailed(_unstorable(error)) from error
        files.append(
            ArchivedFile(path=stored.path, role=staged.role, bytes=stored.bytes, sha256=stored.sha256)
        )
    return tuple(reversed(files)), verified


Committed = tuple[tuple[ArchivedFile, ...], Verified]


async def _verified(task: "StoreMedia", staging: Path, ffmpeg: str, report: Report) -> Verified:
    media = [file for file in task.staging.files if file.role is Role.MEDIA]
    gone = [file.name for file in task.staging.files if not (staging / file.name).is_file()]
    if len(media) != 1 or gone:
        raise StageFailed(
            Failure(
                category=Category.MEDIA,
                message=f"staged files are gone: {', '.join(gone) or 'the media'}",
                hint="The download is repeated.",
            )
        )
    report("verifying", 0, media[0].bytes)
    try:
        found = await probe(staging / media[0].name, ffmpeg=ffmpeg)
        verify(
            found,
            expected_duration=task.video.duration,
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
                hint="It was not archived; the download is repeated.",
            )
        ) from error
    report("verifying", media[0].bytes, media[0].bytes)
    return Verified(duration=found.duration, video=found.video, audio=found.audio)


def _unstorable(error: Exception) -> Failure:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(
            category=Category.DISK,
            message="no space left in the library",
            hint="Free some space: the job goes on by itself.",
        )
    if isinstance(error, OSError):
        return Failure(
            category=Category.ENVIRONMENT,
            message=f"the library cannot be written: {error}",
            hint="Check YTARCHIVE_LIBRARY_DIR and its permissions, then `ytarchive retry JOB`.",
        )
    return Failure(
        category=Category.MEDIA, message=str(error), hint="The disk returned something else than was written."
    )
