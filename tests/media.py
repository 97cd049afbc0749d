"""Media files made from the simulator's by ffmpeg, once, and kept: whole ones, and such as lack something."""

import asyncio
import hashlib
import os
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.ytsim.cache import cached
from tests.ytsim.media import SHORT_SECONDS, Media
from tests.ytsim.server import DATA
from ytarchive.ffmpeg import ffmpeg_path

Samples = Mapping[str, Path]
"""A file by its name."""

_H264_AAC: Final = "-i 136.mp4 -i 140.m4a -c copy"
_RECIPES: Final = {
    "av.mp4": _H264_AAC,
    "av.mkv": _H264_AAC,
    "av.webm": "-i 243.webm -i 251.webm -c copy",
    "faststart.mp4": f"{_H264_AAC} -movflags +faststart",
    "fragments.mp4": f"{_H264_AAC} -movflags frag_keyframe+empty_moov",
    "late.mkv": f"{_H264_AAC} -output_ts_offset 100",
    "picture.mp4": "-i 136.mp4 -c copy",
    "sound.m4a": "-i 140.m4a -c copy",
    "sound.opus": "-i 251.webm -c copy",
    "cover.m4a": "-i 140.m4a -i thumb_small.jpg -map 0 -map 1 -c copy -disposition:v attached_pic",
    "short.mp4": f"{_H264_AAC} -t {SHORT_SECONDS}",
    "half.mp4": f"-t {SHORT_SECONDS} -i 136.mp4 -i 140.m4a -c copy",
    "half.mkv": f"-i 136.mp4 -t {SHORT_SECONDS} -i 140.m4a -c copy",
    "third.mp4": "-i 136.mp4 -t 4 -i 140.m4a -c copy",
}


@pytest.fixture(scope="session")
def samples() -> Samples:
    """Give the files, made where missing. A test that wants them imports this."""
    digest = hashlib.sha256(repr(_RECIPES).encode()).hexdigest()[:12]
    folder = cached(DATA / f"samples-{digest}", lambda folder: _make(Media(DATA).folder, folder))
    return {name: folder / name for name in _RECIPES}


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """Four gigabytes of silence that take no room, which ffmpeg reads for many seconds."""
    path, size = tmp_path / "endless.wav", (1 << 32) - 100
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    header = struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form + struct.pack("<4sI", b"data", size)
    path.write_bytes(header)
    os.truncate(path, size + len(header))
    return path


async def ffmpeg_reading(path: Path) -> psutil.Process:
    """Wait for our ffmpeg that reads `path`, a minute at most."""
    async with asyncio.timeout(60):
        while True:
            for child in psutil.Process().children():
                with suppress(psutil.NoSuchProcess):
                    if f"file:{path}" in child.cmdline():
                        return child
            await asyncio.sleep(0.01)


def _make(originals: Path, folder: Path) -> None:
    quietly = [ffmpeg_path(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    for name, arguments in _RECIPES.items():
        subprocess.run([*quietly, *arguments.split(), folder / name], cwd=originals, check=True)
