"""Whether the programs that we start are there, and work."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from cli.checks.ytdlp import reinstall
from schemas.diagnostics_reports import Finding, Grade
from ytarchive.ffmpeg import ffmpeg_path

_SECONDS: Final = 20


def ffmpeg() -> Iterator[Finding]:
    """Look whether ffmpeg runs: the system's, if ffprobe is beside it, else ours."""
    try:
        path = ffmpeg_path()
        version = _first(path, "-version")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        text = f"does not run: {error}"
        yield Finding(check="ffmpeg", grade=Grade.FAILED, text=text, command="sudo apt install ffmpeg")
        return
    number = re.search(r"version (\S+)", version)
    told, system = number[1] if number else version, shutil.which("ffmpeg")
    if system and not shutil.which("ffprobe"):
        text = f"{told}, the one that comes with us, as there is no ffprobe beside {system}"
        command = "sudo apt install --reinstall ffmpeg"
        yield Finding(check="ffmpeg", grade=Grade.WARNING, text=text, command=command)
    else:
        which = f"{path}, with ffprobe" if system else "the one that comes with us; ffprobe is not needed"
        yield Finding(check="ffmpeg", grade=Grade.OK, text=f"{told}, {which}")


def deno() -> Iterator[Finding]:
    """Look whether the JavaScript runtime runs that yt-dlp needs for YouTube."""
    try:
        import deno

        path = deno.find_deno_bin()
        version = _first(path, "--version")
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        text = f"does not run, and YouTube cannot be asked without it: {error}"
        yield Finding(check="deno", grade=Grade.FAILED, text=text, command=reinstall("deno"))
        return
    yield Finding(check="deno", grade=Grade.OK, text=version.removeprefix("deno ").split(" ")[0])


def _first(*command: str) -> str:
    """Give the first line that a program prints. Raises OSError, `SubprocessError`."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
    return done.stdout.partition("\n")[0].strip()
