"""``sums`` and ``export --bagit``: what others can verify without us. Each gives an exit code."""

import asyncio
import errno
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from cli import render
from cli.finding import check_prefix, find_job_in
from cli.holdings import due, folded_log, library_there, tell_breaks
from cli.listed import faults
from cli.output import answer
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import check_target, reading
from schemas.catalogue import CatalogueRow
from schemas.reports import Exported, SumsReport
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.library import bag as bags
from ytarchive.library.inventories import noted
from ytarchive.library.inventory import channels

if TYPE_CHECKING:
    from ytarchive.settings import Settings


def sums(settings: "Settings", *, check: bool, as_json: bool) -> int:
    """Write the inventories of all channels, or compare them with the log: then 1 where one differs."""
    library = library_there(settings)

    async def main() -> tuple[Replay, SumsReport]:
        before = await asyncio.to_thread(noted, library)
        async with reading(settings) as bus:
            folded = await Replay.of(bus)
            wanted = await asyncio.to_thread(due, settings, library, folded)
            if check:
                found = await faults(bus, folded, library, settings.node)
                count = len(channels(library))
                return folded, SumsReport(ok=not found, channels=count, findings=found)
            renewed = await asyncio.to_thread(lambda: dict(wanted.renew(before)))
            anew = tuple(channel for channel, needed in renewed.items() if needed)
            kept = tuple(wanted.kept)
            failed = tuple(wanted.failed)
            return folded, SumsReport(
                ok=not failed, channels=len(renewed), written=anew, kept=kept, findings=failed
            )

    folded, report = run_async(main(), interrupted="Stopped. `ytarchive sums` goes on with what is left.")
    answer(report, lambda found: render.sums(found, checked=check), as_json=as_json)
    return tell_breaks(folded) or int(not report.ok)


def bag(
    settings: "Settings", into: Path, *, channel: str | None, jobs: list[str], link: bool, as_json: bool
) -> int:
    """Put what is archived, or what is chosen of it, into a bag."""
    for prefix in jobs:
        check_prefix(prefix)
    if not into.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {into.absolute().parent}", hint="Make it, or name another.")
    check_target(settings, into)
    library = library_there(settings)
    folded = run_async(folded_log(settings))
    chosen = {find_job_in(folded.jobs, prefix) for prefix in jobs}
    rows = (
        row
        for row in due(settings, library, folded).rows()
        if (not chosen or row.job_id in chosen)
        and (channel is None or channel in (row.channel, row.channel_id, row.folder))
    )
    if not (first := next(rows, None)):
        raise UsageError(
            "there is nothing archived to put into a bag", hint="`ytarchive jobs` lists what is."
        )
    agent, today = f"ytarchive {version('ytarchive')}", datetime.now(UTC).date()
    try:
        done = bags.write(_chain(first, rows), library, into, link=link, agent=agent, today=today)
    except OSError as error:
        hint = "A link needs the same disk: do without --link." if error.errno == errno.EXDEV else ""
        raise YtarchiveError(f"no bag was made: {error}", hint=hint) from error
    report = Exported(path=str(into), videos=done.videos, files=done.files, bytes=done.bytes)
    answer(report, render.exported, as_json=as_json)
    return tell_breaks(folded)


def _chain(first: CatalogueRow, rest: Iterable[CatalogueRow]) -> Iterator[CatalogueRow]:
    yield first
    yield from rest
