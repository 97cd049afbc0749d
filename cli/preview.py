"""``playlist preview``: what a list holds, and what would be done about each of its videos."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cli import render
from cli.outlook import Found, Known, report
from cli.output import console, show, write_json
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import check_ytdlp_options, reading
from schemas.common import Entry, VideoKey
from schemas.options import ArchiveOptions
from schemas.queries import FindVideos
from schemas.reports import PreviewReport
from ytarchive.domain.links import BadLink, link
from ytarchive.errors import ServerUnavailable, StageFailed, UsageError, YtarchiveError
from ytarchive.runtime.read_model import ask
from ytarchive.runtime.state_dir import exists
from ytarchive.settings import Settings, as_path
from ytarchive.workers import WorkerPool
from ytarchive.ytdlp import PRELOAD

if TYPE_CHECKING:
    from rich.status import Status

    from ytarchive.runtime.bus import Bus

_PORTION: Final = 500
_READING: Final = "reading the list …"


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
        with console(stderr=True).status(_READING) as wheel:
            there = await _listed(Look(address, options, settings), wheel)
            known = await _known(settings, there.entries)
        return report(there, options, known)

    found = run_async(main())
    if as_json:
        write_json(found)
    else:
        show(render.preview(found))
    return 0


async def _listed(asked: Look, wheel: "Status") -> Found:
    """List what is behind an address. Raises `YtarchiveError` where that does not work."""
    from ytarchive.ytdlp.listing import Listed, Page

    entries: dict[VideoKey, Entry] = {}

    async def hear(message: bytes) -> None:
        for entry in msgspec.json.decode(message, type=Page).entries:
            entries.setdefault(entry.key, entry)
        wheel.update(f"{_READING} {len(entries):,} videos so far")

    try:
        async with WorkerPool("cli.preview:look", size=1, preload=PRELOAD) as pool:
            reply = await pool.run(msgspec.json.encode(asked, enc_hook=str), hear)
    except StageFailed as error:
        raise YtarchiveError(error.failure.message, hint=error.failure.hint) from error
    listed = msgspec.json.decode(reply, type=Listed)
    return Found(listed.title or asked.url, listed.note, list(entries.values()))


async def _known(settings: Settings, entries: Sequence[Entry]) -> Known:
    if not settings.nats_url and not exists(settings.state_dir):
        return Known({}, {})  # nothing was ever archived here
    async with reading(settings) as bus:
        try:
            return await _asked(bus, entries)
        except ServerUnavailable:  # nobody who answers, but the log is there
            videos = (await Replay.of(bus)).jobs.videos
    found = {entry.key: videos.archived(entry.key) for entry in entries}
    return Known({key: job_id for key, job_id in found.items() if job_id}, {})


async def _asked(bus: "Bus", entries: Sequence[Entry]) -> Known:
    known = Known({}, {})
    for site in {entry.site for entry in entries}:
        ids = [entry.video_id for entry in entries if entry.site == site]
        for start in range(0, len(ids), _PORTION):
            answer = await ask(bus, FindVideos(video_ids=tuple(ids[start : start + _PORTION]), site=site))
            known.archived.update({(site, id_): job_id for id_, job_id in answer.archived.items()})
            known.working.update({(site, id_): job_id for id_, job_id in answer.working.items()})
    return known
