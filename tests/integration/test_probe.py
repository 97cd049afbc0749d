import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.media import Samples, endless, ffmpeg_reading, samples
from tests.ytsim.media import SECONDS, SHORT_SECONDS
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.probe import Probe, ProbeError, probe, verify

__all__ = ["endless", "samples"]


async def read(path: Path) -> Probe:
    return await probe(path, ffmpeg=ffmpeg_path())


def check(found: Probe) -> None:
    verify(found, expected_duration=SECONDS, want_video=found.video, want_audio=True)


@pytest.mark.parametrize("name", ["av.mp4", "av.webm", "av.mkv", "fragments.mp4", "sound.m4a", "sound.opus"])
async def test_a_whole_file_is_read_to_its_end(samples: Samples, name: str) -> None:
    found = await read(samples[name])

    assert found.duration == pytest.approx(SECONDS, abs=0.1)
    assert found.shortest == pytest.approx(SECONDS, abs=0.1)
    assert (found.video, found.audio) == (name[:5] != "sound", True)
    assert found.bytes == samples[name].stat().st_size
    check(found)


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("name", ["av.mp4", "av.webm", "av.mkv", "sound.m4a", "faststart.mp4"])
async def test_a_file_cut_short_anywhere_is_no_media(
    samples: Samples, tmp_path: Path, name: str, kept: float
) -> None:
    whole = samples[name].read_bytes()
    cut = tmp_path / name
    cut.write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(ProbeError, match=name):
        await read(cut)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("name", ["fragments.mp4", "sound.opus"])
async def test_where_a_container_cannot_tell_that_it_was_cut_its_duration_does(
    samples: Samples, tmp_path: Path, name: str, kept: float
) -> None:
    whole = samples[name].read_bytes()
    cut = tmp_path / name
    cut.write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(ProbeError):
        check(await read(cut))


@pytest.mark.parametrize(
    ("name", "video", "audio"), [("picture.mp4", True, False), ("sound.m4a", False, True)]
)
async def test_a_stream_that_is_missing_is_noticed(
    samples: Samples, name: str, video: bool, audio: bool
) -> None:
    found = await read(samples[name])

    assert (found.video, found.audio) == (video, audio)
    with pytest.raises(ProbeError, match="it has no"):
        verify(found, expected_duration=SECONDS, want_video=True, want_audio=True)


@pytest.mark.parametrize(
    ("name", "longest"), [("half.mp4", SECONDS), ("half.mkv", SECONDS), ("third.mp4", SECONDS)]
)
async def test_the_end_of_the_shortest_stream_is_told_too(
    samples: Samples, name: str, longest: float
) -> None:
    found = await read(samples[name])

    assert found.duration == pytest.approx(longest, abs=0.1)
    assert found.shortest == pytest.approx(SHORT_SECONDS if "half" in name else 4, abs=0.1)
    if "third" in name:
        with pytest.raises(ProbeError, match=r"ends at 4\.0 s of 12\.0 s"):
            check(found)


async def test_a_file_that_lasts_less_than_announced_is_refused(samples: Samples) -> None:
    with pytest.raises(ProbeError, match=r"lasts 6\.0 s where 12\.0 s were announced"):
        check(await read(samples["short.mp4"]))


async def test_a_duration_is_counted_from_the_first_packet(samples: Samples) -> None:
    found = await read(samples["late.mkv"])

    assert found.duration == pytest.approx(SECONDS, abs=0.1)


async def test_a_cover_picture_is_not_a_video(samples: Samples) -> None:
    found = await read(samples["cover.m4a"])

    assert not found.video
    assert found.shortest == pytest.approx(SECONDS, abs=0.1)


async def test_streams_without_a_packet_are_no_media(samples: Samples, tmp_path: Path) -> None:
    whole = samples["fragments.mp4"].read_bytes()
    header = tmp_path / "header.mp4"
    header.write_bytes(whole[: whole.index(b"moof") - 4])

    with pytest.raises(ProbeError, match="holds not one packet"):
        await read(header)


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 100_000,
        random.Random(1).randbytes(100_000),
        b"<!DOCTYPE html><html><body>429 Too Many Requests</body></html>\n" * 100,
        b'{"id": "dQw4w9WgXcQ"}',
        b"WEBVTT\n\n00:00.000 --> 00:12.000\nwords are no media\n",
    ],
    ids=["zeros", "noise", "html", "json", "subtitles"],
)
async def test_what_is_no_media_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "media.mp4"
    path.write_bytes(content)

    with pytest.raises(ProbeError, match=r"media\.mp4"):
        await read(path)


async def test_what_is_not_a_file_with_something_in_it_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "dangling.mp4").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo.mp4")

    for name, why in {
        "empty": "is empty",
        "folder": "not a regular file",
        "fifo": "not a regular file",
        "dangling": "no such file",
        "missing": "no such file",
    }.items():
        with pytest.raises(ProbeError, match=rf"{name}\.mp4.*{why}"):
            await asyncio.wait_for(read(tmp_path / f"{name}.mp4"), 60)


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "a: b.mp4", "http:x.mp4", "100%d %s.mp4", "pipe:0", "two\nlines.mp4", "żółć 🎬.mp4", "|x"],
)
async def test_a_name_is_a_name_whatever_it_looks_like(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).symlink_to(samples["sound.m4a"])
    monkeypatch.chdir(tmp_path)

    check(await read(Path(name)))


async def test_a_file_that_may_not_be_read_says_nothing_about_itself(
    samples: Samples, tmp_path: Path
) -> None:
    path = tmp_path / "closed.m4a"
    path.write_bytes(samples["sound.m4a"].read_bytes())
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(PermissionError):
            await read(path)
    finally:
        os.seteuid(user)


async def test_an_ffmpeg_that_cannot_be_started_says_nothing_about_the_file(
    samples: Samples, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await probe(samples["sound.m4a"], ffmpeg=str(tmp_path / "ffmpeg"))


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[tuple["asyncio.Task[Probe]", psutil.Process]]:
    """A probe under way, and its ffmpeg, which must be gone in the end."""
    task = asyncio.create_task(read(path))
    ffmpeg = await ffmpeg_reading(path)
    try:
        yield task, ffmpeg
        assert not ffmpeg.is_running()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_an_ffmpeg_that_was_killed_says_nothing_about_the_file(endless: Path) -> None:
    async with reading(endless) as (task, ffmpeg):
        ffmpeg.kill()

        with pytest.raises(ChildProcessError, match=r"killed by signal 9 while it read endless\.wav"):
            await task


@pytest.mark.parametrize("stopped", [False, True])
async def test_no_ffmpeg_outlives_a_cancelled_probe(endless: Path, stopped: bool) -> None:
    async with reading(endless) as (task, ffmpeg):
        if stopped:
            ffmpeg.suspend()
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


async def test_no_ffmpeg_outlives_the_time_allowed(endless: Path) -> None:
    with pytest.raises(TimeoutError, match=r"did not read endless\.wav in 0\.2 s"):
        await probe(endless, ffmpeg=ffmpeg_path(), timeout=0.2)

    assert not any("ffmpeg" in child.name() for child in psutil.Process().children())
