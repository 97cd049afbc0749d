"""A node as the download actor leaves it to the storage actor."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actors.storage.commit import Report, commit
from schemas.commands import StoreMedia
from schemas.common import ArchivedFile, Failure, Role, StagedFile, Staging, Verified, Video
from schemas.options import ArchiveOptions, Quality
from ytarchive.errors import StageFailed
from ytarchive.ffmpeg import ffmpeg_path

if TYPE_CHECKING:
    from datetime import datetime

JOB = "0123456789abcdef"
INFO = b'{"id": "dQw4w9WgXcQ"}'
STEM = "Rick Astley/2009/2009-10-25 - Never Gonna [dQw4w9WgXcQ]"
VIDEO = Video(
    site="youtube",
    video_id="dQw4w9WgXcQ",
    title="Never Gonna",
    url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    channel="Rick Astley",
    upload_date="20091025",
    duration=12,
)


class Node:
    """A library with one job's staged files in it, as the download actor leaves them."""

    def __init__(self, library: Path, sample: Path) -> None:
        self.library, self.staging = library, library / ".ytarchive" / "staging" / JOB
        self.sample, self.ffmpeg = sample, ffmpeg_path()
        self.heard: list[tuple[str, int, int]] = []
        self.stored_at: datetime | None = None

    def stage(self, *, info: bytes = INFO, sample: Path | None = None) -> tuple[StagedFile, ...]:
        self.staging.mkdir(parents=True, exist_ok=True)
        media = self.staging / "media.mp4"
        shutil.copy(sample or self.sample, media)
        (self.staging / "media.info.json").write_bytes(info)
        (self.staging / "media.jpg").write_bytes(b"a picture")
        return (
            StagedFile(name="media.info.json", suffix=".info.json", role=Role.INFO, bytes=len(info)),
            StagedFile(name="media.mp4", suffix=".mp4", role=Role.MEDIA, bytes=media.stat().st_size),
            StagedFile(name="media.jpg", suffix=".jpg", role=Role.THUMBNAIL, bytes=9),
        )

    async def commit(
        self,
        files: tuple[StagedFile, ...],
        *,
        video: Video = VIDEO,
        quality: Quality = Quality.BEST,
        report: Report | None = None,
        audio: bool = True,
        duration: float | None = None,
    ) -> tuple[tuple[ArchivedFile, ...], Verified]:
        """Commit staged files, and give the files of the library and what was found of the media."""
        options = ArchiveOptions(quality=quality)
        staging = Staging(node="here", files=files, audio=audio, duration=duration)
        task = StoreMedia(job_id=JOB, attempt=1, video=video, options=options, staging=staging)
        heard = report or (lambda *seen: self.heard.append(seen))
        stored, verified, self.stored_at = await commit(task, self.staging, self.library, self.ffmpeg, heard)
        return stored, verified

    async def fails(self, files: tuple[StagedFile, ...], *, duration: float | None = None) -> Failure:
        before = self.members()
        with pytest.raises(StageFailed) as raised:
            await self.commit(files, duration=duration)
        assert self.members() == before
        return raised.value.failure

    def members(self) -> dict[str, bytes]:
        """Every file of the library, temporaries included, and the folders, but not what is staged.

        What the folder of the channel says of itself is among them.
        """
        return {
            str(path.relative_to(self.library)): path.read_bytes() if path.is_file() else b""
            for path in self.library.rglob("*")
            if not path.is_relative_to(self.library / ".ytarchive")
        }
