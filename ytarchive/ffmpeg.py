"""Which ffmpeg is used: the system's where there is a whole one, else the one that comes with us."""

import shutil
from functools import cache


@cache
def ffmpeg_path() -> str:
    """Give the path of ffmpeg: the system's if ffprobe is there too, else imageio-ffmpeg's (no ffprobe)."""
    system = shutil.which("ffmpeg")
    if system and shutil.which("ffprobe"):
        return system
    import imageio_ffmpeg  # noqa: PLC0415 - 100 ms, needed only here

    bundled: str = imageio_ffmpeg.get_ffmpeg_exe()
    return bundled
