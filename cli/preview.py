"""``playlist preview``: what a list holds, and what would be done about each of its videos."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from cli import render
from cli.output import console, show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import check_ytdlp_options, reading
from schemas.common import Entry
from schemas.options import ArchiveOptions, Quality
from schemas.queries import FindVideos
from schemas.reports import Outlook, PreviewLine, PreviewReport
from ytarchive.domain.links import BadLink, link
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime.read_model import ask
from ytarchive.settings import Settings, as_path
from ytarchive.workers import WorkerPool
from ytarchive.ytdlp import PRELOAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytarchive.runtime.bus import Bus

_PORTION: Final = 500
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


Keys = dict[tuple[str, str], str]


class Found(NamedTuple):
    """What a list holds."""

    title: str
    note: str
    entries: list[Entry]


class Known(NamedTuple):
    """Which videos are archived, and which are being, by which job."""

    archived: Keys
    working: Keys


class Look(msgspec.Struct, frozen=True):
    """What the worker process is asked."""

    url: str
    options: ArchiveOptions
    settings: Settings


def look(argument: bytes, emit: Callable[[bytes], None]) -> bytes:
    """List a collection in a worker process. Raises `StageFailed`."""
    from ytarchive.ytdlp.listing import list_collection
    from ytarchive.ytdlp.options import base_params

    asked = msgspec.json.decode(argument, type=Look, dec_hook=as_path)
    listed = list_collection(
        asked.url,
        base_params(asked.settings),
        lambda page: emit(msgspec.json.encode(page)),
        choices=asked.options.choices,
    )
    return msgspec.json.encode(listed)


def preview(settings: Settings, url: str, options: ArchiveOptions, *, as_json: bool) -> int:
    """List what is behind an address, compare it with the archive, and show it. Gives an exit code."""
    check_ytdlp_options(settings)
    try:
        address = link(url, youtube_only=settings.sites == "youtube").url
    except BadLink as error:
        raise UsageError(str(error), hint=error.hint) from error

    async def main() -> PreviewReport:
        with console(stderr=True).status("reading the list …"):
            there = await _listed(Look(address, options, settings))
            known = await _known(settings, there.entries)
        return report(there, options, known)

    found = run_async(main())
    if as_json:
        write_json(found)
    else:
        show(render.preview(found))
    return 0


async def _listed(asked: Look) -> Found:
    from ytarchive.ytdlp.listing import Listed, Page

    entries: dict[tuple[str, str], Entry] = {}

    async def hear(message: bytes) -> None:
        for entry in msgspec.json.decode(message, type=Page).entries:
            entries.setdefault(entry.key, entry)

    async with WorkerPool("cli.preview:look", size=1, preload=PRELOAD) as pool:
        reply = await pool.run(msgspec.json.encode(asked, enc_hook=str), hear)
    listed = msgspec.json.decode(reply, type=Listed)
    return Found(listed.title or asked.url, listed.note, list(entries.values()))


async def _known(settings: Settings, entries: "Sequence[Entry]") -> Known:
    try:
        async with reading(settings) as bus:
            return await _asked(bus, entries)
    except ServerUnavailable:  # nothing was ever archived here
        return Known({}, {})


async def _asked(bus: "Bus", entries: "Sequence[Entry]") -> Known:
    known = Known({}, {})
    try:
        for site in {entry.site for entry in entries}:
            ids = [entry.video_id for entry in entries if entry.site == site]
            for start in range(0, len(ids), _PORTION):
                answer = await ask(bus, FindVideos(video_ids=tuple(ids[start : start + _PORTION]), site=site))
                known.archived.update({(site, id_): job_id for id_, job_id in answer.archived.items()})
                known.working.update({(site, id_): job_id for id_, job_id in answer.working.items()})
    except ServerUnavailable:
        videos = (await Replay.of(bus)).jobs.videos
        for entry in entries:
            if job_id := videos.archived(entry.key):
                known.archived[entry.key] = job_id
    return known


def report(found: Found, options: ArchiveOptions, known: Known) -> PreviewReport:
    """Say what would be done about each entry, and how much that comes to."""
    lines = []
    for entry in found.entries:
        outlook, of = Outlook.NEW, None
        if entry.skip:
            outlook = Outlook.SKIPPED
        elif entry.key in known.archived and not options.force:
            outlook, of = Outlook.ARCHIVED, known.archived[entry.key]
        elif entry.key in known.working:
            outlook, of = Outlook.WORKING, known.working[entry.key]
        lines.append(
            PreviewLine(
                video_id=entry.video_id,
                url=entry.address,
                title=entry.title,
                duration=entry.duration,
                outlook=outlook,
                reason=entry.skip,
                of=of,
            )
        )
    new = [line for line in lines if line.outlook is Outlook.NEW]
    told = [line.duration for line in new if line.duration is not None]
    seconds = sum(told) * len(new) / len(told) if told else 0.0
    return PreviewReport(
        title=found.title,
        note=found.note,
        counts=dict(Counter(line.outlook for line in lines)),
        bytes=int(seconds * _BITS_PER_SECOND[options.quality] / 8),
        seconds=seconds,
        videos=tuple(lines),
    )
