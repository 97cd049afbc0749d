"""Files beside what the log says of them, on a real disk."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from schemas.common import ArchivedFile, Role
from schemas.fixity import Depth, Finding, JobFiles, Trouble
from ytarchive.library import check
from ytarchive.library.check import CalledOff, Checker, Looked, Pace, look_all

JOB = "0123456789abcdef"
CONTENT = b"what was archived"


def job(library: Path, *names: str, content: bytes = CONTENT) -> JobFiles:
    """Archive files of the same content, long ago."""
    files = []
    for name in names:
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_bytes(content)
        aged(library / name)
        digest = hashlib.sha256(content).hexdigest()
        files.append(ArchivedFile(path=name, role=Role.MEDIA, bytes=len(content), sha256=digest))
    return JobFiles(job_id=JOB, files=tuple(files))


def aged(path: Path) -> None:
    os.utime(path, (1, 1), follow_symlinks=False)


def found(library: Path, asked: JobFiles, depth: Depth = Depth.CONTENT) -> list[Finding]:
    return list(Checker(library, depth, Pace(0)).look(asked).findings)


def test_files_that_are_as_they_were_archived_are_no_finding(tmp_path: Path) -> None:
    asked = job(tmp_path, "a.mp4", "b/c.mp4")
    heard: list[int] = []
    for depth in (Depth.NAMES, Depth.CONTENT):
        looked = Checker(tmp_path, depth, Pace(0), told=heard.append).look(asked)
        assert looked == Looked(asked, 2 * len(CONTENT), ())
    assert sum(heard) == 2 * looked.bytes


def test_each_damage_is_told_for_what_it_is(tmp_path: Path) -> None:
    asked = job(tmp_path, "whole", "gone", "cut", "flipped", "link", "folder/x")
    (tmp_path / "gone").unlink()
    (tmp_path / "cut").write_bytes(CONTENT[:-1])
    flipped = bytes([CONTENT[0] ^ 1]) + CONTENT[1:]
    (tmp_path / "flipped").write_bytes(flipped)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("whole")
    (tmp_path / "folder" / "x").unlink()
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").write_bytes(b"")
    for name in ("cut", "flipped", "link", "folder"):
        aged(tmp_path / name)
    wrong = {one.path: (one.kind, one.bytes) for one in found(tmp_path, asked)}
    assert wrong == {
        "gone": (Trouble.MISSING, None),
        "cut": (Trouble.ALTERED, len(CONTENT) - 1),
        "flipped": (Trouble.ALTERED, len(CONTENT)),
        "link": (Trouble.ALTERED, None),
        "folder/x": (Trouble.MISSING, None),
    }
    assert "flipped" not in {one.path for one in found(tmp_path, asked, Depth.NAMES)}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Do without the rights of an administrator, where these are ours."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_cannot_be_read_is_unreadable_and_not_missing(tmp_path: Path) -> None:
    asked = job(tmp_path, "folder/a.mp4")
    (tmp_path / "folder" / "a.mp4").chmod(0)
    (tmp_path / "folder").chmod(0)
    try:
        with as_nobody():
            (finding,) = found(tmp_path, asked)
    finally:
        (tmp_path / "folder").chmod(0o700)
    assert (finding.kind, finding.detail) == (Trouble.UNREADABLE, "Permission denied")


def test_a_path_that_leads_out_of_the_library_is_not_followed(tmp_path: Path) -> None:
    asked = job(tmp_path / "library", "a.mp4")
    (tmp_path / "outside").mkdir()
    (tmp_path / "library" / "b").symlink_to(tmp_path / "outside")
    names = ("../a.mp4", "b/a.mp4")
    files = tuple(ArchivedFile(path=name, role=Role.MEDIA, bytes=1, sha256="a" * 64) for name in names)
    wrong = found(tmp_path / "library", JobFiles(job_id=JOB, files=(*asked.files, *files)))
    assert [(one.path, one.kind) for one in wrong] == [(name, Trouble.UNREADABLE) for name in names]


def test_a_name_that_its_folder_does_not_have_is_missing(tmp_path: Path) -> None:
    """Given a scan that did not tell of it, then it is there all the same if its folder has it by now."""
    asked = job(tmp_path, "a.mp4")
    assert Checker(tmp_path, Depth.CONTENT, Pace(0), unseen=lambda _path: True).look(asked).findings == ()


def test_a_file_that_is_being_put_back_is_waited_for(tmp_path: Path) -> None:
    asked = job(tmp_path, "a.mp4")
    (tmp_path / "a.mp4").write_bytes(CONTENT[:5])

    def go_on() -> None:
        (tmp_path / "a.mp4").write_bytes(CONTENT)

    writing = threading.Timer(0.2, go_on)
    writing.start()
    assert found(tmp_path, asked) == []
    writing.join()


def test_a_file_that_somebody_goes_on_writing_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_PATIENCE", 0.5)
    monkeypatch.setattr(check, "_FRESH", 600)  # however slow the machine
    asked = job(tmp_path, "a.mp4", "cut")
    for name in ("a.mp4", "cut"):
        os.truncate(tmp_path / name, 5)
    aged(tmp_path / "cut")

    looked = Checker(tmp_path, Depth.CONTENT, Pace(0)).look(asked)

    assert [one.path for one in looked.findings] == ["cut"]
    (arriving,) = looked.arriving
    assert (arriving.path, arriving.bytes) == ("a.mp4", 5)
    assert arriving.detail == f"somebody is writing it: 5 bytes by now, {len(CONTENT)} in the log"
    assert not looked.whole


def test_reading_keeps_to_its_pace_and_stops_when_called_off(tmp_path: Path) -> None:
    asked = job(tmp_path, "a", "b", "c", content=bytes(20_000))
    begun = time.monotonic()
    assert Checker(tmp_path, Depth.CONTENT, Pace(200_000)).look(asked).findings == ()
    assert 0.2 <= time.monotonic() - begun < 2
    pace = Pace(1)
    threading.Timer(0.1, pace.stop).start()
    with pytest.raises(CalledOff):
        Checker(tmp_path, Depth.CONTENT, pace).look(asked)


async def test_jobs_are_looked_at_some_at_a_time_and_who_leaves_stops_them(tmp_path: Path) -> None:
    asked = [job(tmp_path, f"{number}", content=bytes(1000)) for number in range(20)]
    pace = Pace(0)
    async with aclosing(look_all(Checker(tmp_path, Depth.CONTENT, pace), pace, asked, 3)) as looking:
        assert [one.findings async for one in looking] == [()] * 20
    slow = Pace(1)
    async with asyncio.timeout(60):
        async with aclosing(look_all(Checker(tmp_path, Depth.CONTENT, slow), slow, asked, 3)) as looking:
            await anext(looking)
