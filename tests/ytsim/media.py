"""The media: real files, made by ffmpeg once and kept."""

import hashlib
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.ytsim.cache import cached
from tests.ytsim.catalogue import State
from tests.ytsim.innertube import Json
from ytarchive.ffmpeg import ffmpeg_path

SECONDS: Final = 12
SHORT_SECONDS: Final = 6


@dataclass(frozen=True, eq=False, slots=True)
class Rendition:
    """One way a video is offered: an itag, its file, and what the player is told of it."""

    itag: int
    file: str
    mime: str
    traits: Json

    @property
    def progressive(self) -> bool:
        """Whether picture and sound are in one file."""
        return "," in self.mime


_SMALL: Final = {"width": 320, "height": 180, "fps": 25, "quality": "medium", "qualityLabel": "360p"}
_LARGE: Final = {"width": 640, "height": 360, "fps": 25, "quality": "hd720", "qualityLabel": "720p"}


def _sound(rate: int, quality: str = "MEDIUM") -> Json:
    return {
        "quality": "tiny",
        "audioQuality": f"AUDIO_QUALITY_{quality}",
        "audioSampleRate": str(rate),
        "audioChannels": 2,
    }


RENDITIONS: Final = {
    rendition.itag: rendition
    for rendition in (
        Rendition(18, "18.mp4", 'video/mp4; codecs="avc1.42001E, mp4a.40.2"', _sound(44100, "LOW") | _SMALL),
        Rendition(136, "136.mp4", 'video/mp4; codecs="avc1.64001f"', _LARGE),
        Rendition(134, "134.mp4", 'video/mp4; codecs="avc1.4d401e"', _SMALL),
        Rendition(140, "140.m4a", 'audio/mp4; codecs="mp4a.40.2"', _sound(44100)),
        Rendition(243, "243.webm", 'video/webm; codecs="vp9"', _SMALL),
        Rendition(251, "251.webm", 'audio/webm; codecs="opus"', _sound(48000)),
        Rendition(247, "247.webm", 'video/webm; codecs="vp9"', _LARGE),
        Rendition(398, "398.mp4", 'video/mp4; codecs="av01.0.05M.08"', _LARGE),
    )
}
BIG_ITAGS: Final = (136, 140)
_CODEC_ITAGS: Final = (398, 247, 136, 243, 134, 140, 251)
_ITAGS: Final = (18, 136, 134, 140, 243, 251)
"""What an ordinary video is offered in."""

Recipes = dict[str, str]
"""File name to ffmpeg's arguments, all relative to one folder. No argument holds a space."""

_H264: Final = "-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p"
_AV1: Final = "-c:v libaom-av1 -usage realtime -cpu-used 8"
_HASTY: Final = "-deadline realtime -cpu-used 8"
_FAST: Final = "-movflags +faststart"


def _picture(size: str, seconds: int, noise: int = 60) -> str:
    """Give a source that does not compress, so that sizes are those of real video."""
    return f"-f lavfi -i testsrc2=s={size}:r=25:d={seconds},noise=alls={noise}:allf=t"


def _tone(seconds: int) -> str:
    return f"-f lavfi -i sine=f=440:d={seconds}:r=48000 -ac 2"


def _constant(rate: str) -> str:
    return f"-b:v {rate} -maxrate {rate} -bufsize {rate} -an"


_ORIGINALS: Final[Recipes] = {
    "18.mp4": f"{_picture('320x180', SECONDS)} {_tone(SECONDS)} {_H264} -b:v 500k -c:a aac -shortest {_FAST}",
    "136.mp4": f"{_picture('640x360', SECONDS)} {_H264} {_constant('1300k')} {_FAST}",
    "134.mp4": f"{_picture('320x180', SECONDS)} {_H264} {_constant('400k')} {_FAST}",
    "140.m4a": f"{_tone(SECONDS)} -c:a aac -b:a 128k {_FAST}",
    "243.webm": f"{_picture('320x180', SECONDS)} -c:v libvpx-vp9 -b:v 300k {_HASTY} -an",
    "251.webm": f"{_tone(SECONDS)} -c:a libopus -b:a 96k",
    "247.webm": f"{_picture('640x360', SECONDS)} -c:v libvpx-vp9 -b:v 600k {_HASTY} -an",
    "398.mp4": f"{_picture('640x360', SECONDS)} {_AV1} -b:v 600k -an {_FAST}",
    "thumb.jpg": "-f lavfi -i testsrc2=s=1280x720:d=1 -frames:v 1",
    "thumb_small.jpg": "-f lavfi -i testsrc2=s=480x360:d=1 -frames:v 1",
}
_DERIVED: Final[Recipes] = {
    **{
        f"short-{r.file}": f"-i {r.file} -t {SHORT_SECONDS} -c copy {_FAST if 'webm' not in r.file else ''}"
        for r in map(RENDITIONS.__getitem__, _ITAGS)
    },
    "hls.m3u8": "-i 18.mp4 -c copy -hls_time 3 -hls_list_size 0 -hls_segment_filename hls%03d.ts",
}


def _big(seconds: int) -> Recipes:
    return {
        "136.mp4": f"{_picture('1280x720', seconds, noise=100)} {_H264} {_constant('32M')} {_FAST}",
        "140.m4a": f"{_tone(seconds)} -c:a aac -b:a 128k {_FAST}",
    }


class Media:
    """The files under `data`, made where missing (about 6 s), and `big` seconds of 32 Mbit/s.

    Raises subprocess.CalledProcessError where ffmpeg fails.
    """

    def __init__(self, data: Path, big: int = 0) -> None:
        self.folder = _made(data, "media", (_ORIGINALS, _DERIVED))
        self._big_seconds = big
        self._big_folder = _made(data, "big", (_big(big),)) if big else None

    def offered(self, state: State) -> dict[Rendition, Path]:
        """Give what a video in `state` is served from."""
        if state is State.BIG and self._big_folder:
            return {RENDITIONS[itag]: self._big_folder / RENDITIONS[itag].file for itag in BIG_ITAGS}
        prefix = "short-" if state is State.SHORT_MEDIA else ""
        itags = _CODEC_ITAGS if state is State.CODECS else _ITAGS
        return {r: self.folder / f"{prefix}{r.file}" for r in map(RENDITIONS.__getitem__, itags)}

    def seconds(self, state: State) -> int:
        """Give how long a video in `state` is said to last."""
        return self._big_seconds if state is State.BIG and self._big_folder else SECONDS

    def picture(self, *, large: bool) -> Path:
        """Give the thumbnail of every video."""
        return self.folder / ("thumb.jpg" if large else "thumb_small.jpg")

    def playlist(self) -> str:
        """Give the HLS playlist, whose segments are named as files."""
        return (self.folder / "hls.m3u8").read_text()

    def segment(self, name: str) -> Path | None:
        """Give an HLS segment, or None for any other name."""
        return self.folder / name if re.fullmatch(r"hls\d{3}\.ts", name) else None


def _made(data: Path, name: str, stages: tuple[Recipes, ...]) -> Path:
    digest = hashlib.sha256(repr(stages).encode()).hexdigest()[:12]
    return cached(data / f"{name}-{digest}", lambda folder: _make(folder, stages))


def _make(folder: Path, stages: Iterable[Recipes]) -> None:
    """Run each stage's recipes side by side; a later stage reads what an earlier one made."""
    ffmpeg = ffmpeg_path()

    def make(recipe: tuple[str, str]) -> None:
        name, arguments = recipe
        command = [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", *arguments.split(), name]
        subprocess.run(command, cwd=folder, check=True)

    with ThreadPoolExecutor(4) as pool:
        for stage in stages:
            list(pool.map(make, stage.items()))
