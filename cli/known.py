"""Which videos of a list are archived already, or are being: what runs knows it, or the log."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from cli.outlook import Known
from cli.replaying import Replay
from cli.session import reading
from schemas.common import Entry
from schemas.queries import FindVideos
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.read_model import ask
from ytarchive.runtime.state_dir import exists
from ytarchive.settings import Settings

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.runtime.bus import Bus

Knows = Callable[[Sequence[Entry]], Awaitable[Known]]

_PORTION: Final = 500


@contextlib.asynccontextmanager
async def archive_of(settings: Settings) -> AsyncIterator[Knows]:
    """Give what tells of some entries which are known. Raises `YtarchiveError` where the server does not."""
    async with contextlib.AsyncExitStack() as stack:
        catalogue: Catalogue | None = None
        bus: Bus | None = None
        if settings.nats_url or exists(settings.state_dir):  # else nothing was ever archived here
            bus = await stack.enter_async_context(reading(settings))
            try:
                await ask(bus, FindVideos(video_ids=()))
            except ServerUnavailable:  # nobody who answers, but the log is there
                catalogue, bus = (await Replay.of(bus)).jobs, None
                await stack.aclose()  # a server of our own is in nobody's way while lists are read

        async def knows(entries: Sequence[Entry]) -> Known:
            if bus:
                return await _asked(bus, entries)
            return _looked_up(catalogue, entries) if catalogue else Known({}, {})

        yield knows


def _looked_up(catalogue: "Catalogue", entries: Sequence[Entry]) -> Known:
    found = {entry.key: catalogue.videos.archived(entry.key) for entry in entries}
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
