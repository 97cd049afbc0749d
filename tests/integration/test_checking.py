"""Every packet of archived media is read, by the real ffmpeg."""

import hashlib
from pathlib import Path

import pytest

from schemas.common import ArchivedFile, Role, Verified
from schemas.fixity import Depth, Finding, JobFiles, Trouble
from tests.media import Samples, samples
from tests.ytsim.media import SECONDS
from ytarchive.errors import YtarchiveError
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.check import Checker, Pace

__all__ = ["samples"]

WHOLE = Verified(duration=SECONDS, video=True, audio=True)


def found(path: Path, verified: Verified | None = WHOLE, ffmpeg: str = "") -> tuple[Finding, ...]:
    """Look at media that was archived as it is."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    file = ArchivedFile(path=path.name, role=Role.MEDIA, bytes=len(content), sha256=digest)
    job = JobFiles(job_id="0123456789abcdef", files=(file,), verified=verified)
    checker = Checker(path.parent, Depth.PACKETS, Pace(0), ffmpeg=ffmpeg or ffmpeg_path())
    return checker.look(job).findings


def test_media_of_which_every_packet_is_as_it_was_is_no_finding(samples: Samples) -> None:
    assert found(samples["av.mp4"]) == ()
    assert found(samples["av.webm"], verified=None) == ()


def test_media_that_is_as_archived_and_cannot_be_read_is_told_with_its_hash(
    samples: Samples, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(samples["av.mp4"].read_bytes()[:-1000])
    (finding,) = found(cut)
    assert finding.kind is Trouble.UNREADABLE
    assert finding.sha256 == hashlib.sha256(cut.read_bytes()).hexdigest()
    (finding,) = found(samples["sound.m4a"])
    assert finding.detail == "it has no video"


def test_what_says_nothing_about_the_file_is_no_finding(samples: Samples, tmp_path: Path) -> None:
    killed = tmp_path / "ffmpeg"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    with pytest.raises(YtarchiveError, match="could not be probed"):
        found(samples["av.mp4"], ffmpeg=str(killed))
