"""How far a download is, said at a bearable rate and in a person's words."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

EVERY: Final = 0.2
"""Seconds between two words about a stream, at least: yt-dlp tells its hooks hundreds of times a second."""


class StreamProgress(msgspec.Struct, frozen=True):
    """One stream: ``video 720p avc1``. `speed` is in bytes a second, `eta` in seconds."""

    stream: str
    bytes: int = 0
    total: int | None = None
    speed: float | None = None
    eta: float | None = None
    done: bool = False


OnProgress = Callable[[StreamProgress], None]


class ProgressHook:
    """Turns what yt-dlp tells its hooks into `StreamProgress`; the last of a stream is never left out."""

    def __init__(self, tell: OnProgress, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._last: dict[str, float] = {}

    def __call__(self, status: Mapping[str, Any]) -> None:
        """Take one status of a download. A failed one says nothing: an exception tells more."""
        done = status["status"] == "finished"
        if not done and status["status"] != "downloading":
            return
        stream, now = label(status.get("info_dict") or {}), self._clock()
        if not done and now - self._last.get(stream, -EVERY) < EVERY:
            return
        self._last[stream] = now
        total = status.get("total_bytes") or status.get("total_bytes_estimate")
        got = total if done and total else status.get("downloaded_bytes")
        self._tell(
            StreamProgress(
                stream=stream,
                bytes=int(got or 0),
                total=int(total) if total else None,
                speed=status.get("speed"),
                eta=status.get("eta"),
                done=done,
            )
        )


def label(info: Mapping[str, Any]) -> str:
    """Name a stream: ``video 720p avc1``, ``audio 128k mp4a``, ``video 360p avc1+mp4a``."""
    video, audio = _codec(info, "vcodec"), _codec(info, "acodec")
    if not video and audio:
        rate = info.get("abr") or info.get("tbr")
        return " ".join(["audio", *([f"{rate:.0f}k"] if rate else []), audio])
    lines = info.get("height")
    return " ".join(
        ["video", *([f"{lines}p"] if lines else []), *filter(None, ["+".join(filter(None, (video, audio)))])]
    )


def _codec(info: Mapping[str, Any], kind: str) -> str:
    name = str(info.get(kind) or "none").split(".", 1)[0]
    return "" if name == "none" else name
