"""Whole programs, measured from outside: ytarchive as it is installed, yt-dlp, a bare Python."""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import deno

from tests.ytsim.server import YtSim
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.sources.variables import PREFIX

BARE = (sys.executable, "-c", "pass")
_SCRIPTS = Path(sysconfig.get_path("scripts"))


class Usage(NamedTuple):
    """Seconds: of the clock, and of the processor in a program and in everything it started.

    The system counts a process once its parent has waited for it. ytarchive waits for its server and its
    actors, they for their workers, and those for ffmpeg and deno, so nothing is left out.
    """

    wall: float
    cpu: float


def run(command: Sequence[str | Path], ground: "Ground") -> Usage:
    """Run a program to its end. Raises subprocess.CalledProcessError, with what it said, where it fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ground.folder,
            env=ground.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, stderr=said.read()[-2000:])
    return Usage(wall, usage.ru_utime + usage.ru_stime)


class Ground(NamedTuple):
    """A folder with a state and a library of its own, on which programs run, and what they find in it."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def library(self) -> Path:
        """Where ytarchive keeps what it archives here."""
        return self.folder / "library"


@contextmanager
def ground(sim: YtSim | None = None) -> Iterator[Ground]:
    """Give empty ground, whose only YouTube is `sim`; afterwards it is gone."""
    with tempfile.TemporaryDirectory(prefix="ytarchive-bench-") as name:
        folder = Path(name)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # with it every program compiles all it imports anew
        ours = {
            f"{PREFIX}STATE_DIR": str(folder / "state"),
            f"{PREFIX}LIBRARY_DIR": str(folder / "library"),
            f"{PREFIX}YTDLP_OPTIONS": shlex.join(_reaching(sim)) if sim else "",
            f"{PREFIX}VIDEOS_PER_HOUR": "0",  # yt-dlp does not wait either
            "XDG_CONFIG_HOME": str(folder),
        }
        yield Ground(folder, inherited | ours)


def ytarchive(*arguments: str) -> list[str | Path]:
    """Give the command a user types."""
    return [_SCRIPTS / "ytarchive", *arguments]


def ytdlp(sim: YtSim, folder: Path, *arguments: str) -> list[str | Path]:
    """Give the yt-dlp command that leaves in `folder` what ytarchive leaves in a library."""
    deno_bin: str = deno.find_deno_bin()
    return [
        _SCRIPTS / "yt-dlp",
        *("--ignore-config", "--quiet", "--no-progress", *_reaching(sim)),
        *("--js-runtimes", f"deno:{deno_bin}", "--ffmpeg-location", ffmpeg_path()),
        *("--cache-dir", folder / "cache", "--paths", folder),
        *("--output", "%(title)s [%(id)s].%(ext)s"),
        *("--format", "bv*+ba/b", "--write-info-json", "--write-description", "--no-mtime"),
        *("--write-thumbnail", "--convert-thumbnails", "jpg"),
        *("--write-subs", "--write-auto-subs", "--sub-langs", "en.*", "--sub-format", "vtt/best"),
        *arguments,
    ]


def _reaching(sim: YtSim) -> list[str]:
    return ["--proxy", sim.proxy, "--no-check-certificates"]


@contextmanager
def up(ground: Ground) -> Iterator[int]:
    """Have ``ytarchive up`` running, and give its process id. Raises RuntimeError where it does not start."""
    log = ground.folder / "up.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            ytarchive("up"),
            cwd=ground.folder,
            env=ground.environment,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        assert process.stdout
        if "is up" not in process.stdout.readline():
            raise RuntimeError(f"`ytarchive up` did not start: {log.read_text()}")
        yield process.pid
    finally:
        process.terminate()
        process.communicate()
