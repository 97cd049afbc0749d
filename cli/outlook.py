"""What would be done about each video of a list. Pure: no bus, no site."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from schemas.common import Entry, VideoKey
from schemas.options import ArchiveOptions, Quality
from schemas.reports import Outlook, PreviewLine, PreviewReport

_BITS_PER_SECOND: Final = {
    Quality.BEST: 3_000_000,
    Quality.P2160: 12_000_000,
    Quality.P1440: 6_000_000,
    Quality.P1080: 2_500_000,
    Quality.P720: 1_300_000,
    Quality.P480: 700_000,
    Quality.AUDIO: 130_000,
}
"""What a second of video comes to, roughly: a list says nothing about sizes."""


class Known(NamedTuple):
    """Which videos are archived, and which are being, by which job."""

    archived: dict[VideoKey, str]
    working: dict[VideoKey, str]


def lines(entries: Iterable[Entry], options: ArchiveOptions, known: Known) -> list[PreviewLine]:
    """Say what would be done about each entry."""
    return [_line(entry, options, known) for entry in entries]


def report(
    title: str, videos: Collection[PreviewLine], quality: Quality, *, note: str = "", url: str = ""
) -> PreviewReport:
    """Say how much it comes to."""
    new = [line for line in videos if line.outlook is Outlook.NEW]
    told = [line.duration for line in new if line.duration is not None]
    seconds = sum(told) * len(new) / len(told) if told else 0.0
    return PreviewReport(
        title=title,
        note=note,
        counts=dict(Counter(line.outlook for line in videos)),
        bytes=int(seconds * _BITS_PER_SECOND[quality] / 8),
        seconds=seconds,
        videos=tuple(videos),
        url=url,
    )


def _line(entry: Entry, options: ArchiveOptions, known: Known) -> PreviewLine:
    outlook, of = Outlook.NEW, None
    if entry.skip:
        outlook = Outlook.SKIPPED
    elif options.force:
        pass
    elif entry.key in known.archived:
        outlook, of = Outlook.ARCHIVED, known.archived[entry.key]
    elif entry.key in known.working:
        outlook, of = Outlook.WORKING, known.working[entry.key]
    return PreviewLine(
        video_id=entry.video_id,
        url=entry.address,
        title=entry.title,
        duration=entry.duration,
        outlook=outlook,
        reason=entry.skip,
        of=of,
    )
