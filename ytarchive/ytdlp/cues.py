"""WebVTT: the times of a video's subtitles, after parts of the video were cut out. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Final

Cut = tuple[float, float]
"""Where a part begins and ends, in seconds."""
Move = Callable[[float], float]
"""Where a moment of the whole video is in what is left of it."""

_TIME: Final = r"(?:\d+:)?[0-5]\d:[0-5]\d\.\d{3}"
_TIMING: Final = re.compile(rf"^({_TIME})[ \t]+-->[ \t]+({_TIME})", re.MULTILINE)
_INSIDE: Final = re.compile(rf"(?<=<){_TIME}(?=>)")


def united(parts: Iterable[Cut]) -> list[Cut]:
    """Give the same parts in order, those that touch or overlap as one."""
    found: list[Cut] = []
    for begin, end in sorted(parts):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def without(cuts: Iterable[Cut]) -> Move:
    """Give where moments are once these parts are gone; what was inside one is where it began."""
    gone = list(cuts)

    def move(moment: float) -> float:
        return moment - sum(min(moment, end) - begin for begin, end in gone if begin < moment)

    return move


def moved(vtt: str, move: Move) -> str:
    """Give subtitles at their new times, without those of which nothing is left."""
    blocks = re.split(r"\n{2,}", vtt.replace("\r\n", "\n"))
    return "\n\n".join(kept for block in blocks if (kept := _moved(block, move)) is not None)


def _moved(block: str, move: Move) -> str | None:
    """Move one block; None for a cue that nobody would see. What is no cue stays."""
    if not (timing := _TIMING.search(block)):
        return block
    begin, end = (move(_seconds(time)) for time in timing.groups())
    if _text(end) <= _text(begin):
        return None
    before, after = block[: timing.start()], block[timing.end() :]
    return f"{before}{_text(begin)} --> {_text(end)}" + _INSIDE.sub(
        lambda found: _text(move(_seconds(found[0]))), after
    )


def _seconds(time: str) -> float:
    *hours, minutes, seconds = time.split(":")
    return sum(int(hour) for hour in hours) * 3600 + int(minutes) * 60 + float(seconds)


def _text(seconds: float) -> str:
    whole, thousandths = divmod(round(max(0.0, seconds) * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
