"""The three videos: what is said of each, and how ffmpeg makes it."""

import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from ytarchive.errors import YtarchiveError
from ytarchive.ffmpeg import ffmpeg_path

SECONDS: Final = 6
FRAME_RATE: Final = 25
WIDTH: Final = 640
HEIGHT: Final = 360

_GRAIN: Final = f"format=yuv420p,noise=alls=10:allf=t,trim=duration={SECONDS}"
"""What does not compress, so that sizes are those of real video."""

_H264: Final = "-c:v libx264 -preset ultrafast -profile:v baseline -level 3.1 -g 50"
_RATE: Final = "-b:v 3500k -maxrate 3500k -bufsize 3500k -movflags +faststart"
_AAC: Final = "-c:a aac -b:a 128k -ac 2 -movflags +faststart"
_STILL: Final = f"-ss {SECONDS // 2} -frames:v 1 -update 1 -q:v 3"


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One video. `picture` and `sound` are sources of ffmpeg's lavfi, `day` is when it came out, ISO 8601.

    `captions` are said one after the other, in equal shares of its time.
    """

    name: str
    title: str
    channel: str
    day: str
    description: str
    captions: tuple[str, ...]
    picture: str
    sound: str


class Reel(msgspec.Struct, frozen=True):
    """The bytes of a clip: MP4 with picture alone, MP4 with sound alone, JPEG."""

    picture: bytes
    sound: bytes
    still: bytes


CLIPS: Final = (
    Clip(
        name="seahorse-valley",
        title="Seahorse Valley: 1/10 of the way in 🌀",
        channel="Shapes & Numbers",
        day="2024-03-01",
        description="The border of the Mandelbrot set, nearer and nearer.\n\nIt never gets any simpler.",
        captions=("The border of the Mandelbrot set.", "However near, there is more of it."),
        picture=f"mandelbrot=s=480x270:r={FRAME_RATE}:maxiter=400:end_scale=0.3:end_pts=150"
        f",scale={WIDTH}x{HEIGHT}",
        sound="aevalsrc=0.2*sin(2*PI*(180+20*t)*t)",
    ),
    Clip(
        name="golden-hour",
        title="Golden hour / blue hour 🌅",
        channel="Slow Colours",
        day="2025-06-21",
        description="The sun goes down, in four colours and a chord.",
        captions=("Warm light,", "then cold light,", "then none."),
        picture=f"gradients=s=320x180:r={FRAME_RATE}:seed=7:speed=0.03:n=4:c0=0x03045e:c1=0x0077b6:c2=0xffb703"
        f":c3=0xfb8500,scale={WIDTH}x{HEIGHT}",
        sound="aevalsrc=0.1*(sin(2*PI*220*t)+sin(2*PI*277.2*t)+sin(2*PI*329.6*t))",
    ),
    Clip(
        name="game-of-life",
        title='The "Game of Life": who stays?',
        channel="Shapes & Numbers",
        day="2026-01-15",
        description="Every cell looks at its eight neighbours.\n\nTwo or three keep it alive, three wake it.",
        captions=("Every cell looks at its eight neighbours.", "Some patterns stay for ever."),
        picture="life=s=160x90:r=12.5:seed=7:ratio=0.2:mold=12:death_color=#1d3557:life_color=#ffd166"
        f":mold_color=#2a9d8f,fps={FRAME_RATE},scale={WIDTH}x{HEIGHT}:flags=neighbor",
        sound="sine=f=330:b=2",
    ),
)


def make(clips: Iterable[Clip], folder: Path) -> tuple[Reel, ...]:
    """Make the clips side by side, about 3 MB each, with files in `folder` on the way.

    Raises `YtarchiveError` where ffmpeg cannot.
    """
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(lambda clip: _make(clip, folder), clips))


def _make(clip: Clip, folder: Path) -> Reel:
    picture, sound, still = (folder / f"{clip.name}.{suffix}" for suffix in ("mp4", "m4a", "jpg"))
    command = [
        *(ffmpeg_path(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", f"{clip.picture},{_GRAIN}", "-f", "lavfi", "-i", clip.sound),
        *("-map", "0:v", *_H264.split(), *_RATE.split(), str(picture)),
        *("-map", "1:a", *_AAC.split(), "-t", str(SECONDS), str(sound)),
        *("-map", "0:v", *_STILL.split(), str(still)),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"it exited with {ran.returncode}"]
        raise YtarchiveError(
            f"ffmpeg cannot make the video {clip.name}: {said[-1]}",
            hint=f"It is {command[0]}; one with libx264 and the lavfi sources can.",
        )
    return Reel(picture.read_bytes(), sound.read_bytes(), still.read_bytes())
