"""Media files made from the simulator's by ffmpeg, once, and kept: whole ones, and such as lack something."""

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

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


def _make(originals: Path, folder: Path) -> None:
    quietly = [ffmpeg_path(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    for name, arguments in _RECIPES.items():
        subprocess.run([*quietly, *arguments.split(), folder / name], cwd=originals, check=True)
