"""The real yt-dlp, set to see nothing but the simulator, and how long what it brought lasts."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import deno
import yt_dlp

from tests.ytsim.server import YtSim
from ytarchive.ffmpeg import ffmpeg_path


class Log:
    """What yt-dlp says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def debug(self, message: str) -> None:
        self.said.append(message)

    info = debug

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def error(self, message: str) -> None:
        self.errors.append(message)


@contextmanager
def ytdlp(sim: YtSim, folder: Path | None = None, **options: Any) -> Iterator[yt_dlp.YoutubeDL]:
    """Give a yt-dlp that tries everything once, and downloads into `folder` as ``ID.EXT``."""
    where = {"paths": {"home": str(folder)}, "outtmpl": "%(id)s.%(ext)s"} if folder else {}
    fixed = {
        "proxy": sim.proxy,
        "nocheckcertificate": True,
        "quiet": True,
        "noprogress": True,
        "logger": Log(),
        "cachedir": False,
        "color": "never",
        "extractor_retries": 0,
        "retries": 0,
        "allowed_extractors": ["youtube.*"],
        "ffmpeg_location": ffmpeg_path(),
        "js_runtimes": {"deno": {"path": deno.find_deno_bin()}},
    }
    with yt_dlp.YoutubeDL(fixed | where | options) as ydl:
        yield ydl


def duration(path: Path) -> float:
    """Give the seconds of the shortest stream, by reading it to its end: what a header says is not asked."""
    return min(_stream_seconds(path, kind) for kind in ("v", "a"))


def _stream_seconds(path: Path, kind: str) -> float:
    command = [ffmpeg_path(), "-nostdin", "-loglevel", "error", "-progress", "-", "-i", str(path)]
    command += ["-map", f"0:{kind}", "-c", "copy", "-f", "null", "-"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"out_time_us=(\d+)", output)[-1]) / 1_000_000
