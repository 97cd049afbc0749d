"""``diagnostics doctor``: what is wrong, and the command that mends it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import nats.errors

from cli import diagnosis, rooms
from cli.checks import clock, files, server, site, tools, ytdlp
from cli.output import answer
from cli.render import diagnostics as render
from cli.runner import run_async
from cli.session import check_ytdlp_options, joined
from schemas.diagnostics_reports import DoctorReport, Finding, Grade
from ytarchive.domain import verdict
from ytarchive.errors import Refused, UsageError, YtarchiveError

if TYPE_CHECKING:
    from ytarchive.settings import Settings

_ASKED: Final = ("nats-server", "clock", "health")


def doctor(settings: "Settings", *, online: bool, as_json: bool) -> int:
    """Look at everything. Gives 1 where something must be mended."""
    report = run_async(examined(settings, online=online))
    answer(report, render.doctor, as_json=as_json)
    return 0 if report.ok else 1


async def examined(settings: "Settings", *, online: bool = False) -> DoctorReport:
    """Look at everything, be there a server or not."""
    in_force, there = await _there(settings)
    findings = (*_here(in_force, online=online), *server.sync(settings), *there)
    return DoctorReport(ok=all(one.grade is not Grade.FAILED for one in findings), findings=findings)


def _here(settings: "Settings", *, online: bool) -> Iterator[Finding]:
    """Look at what is on this machine."""
    yield from ytdlp.ytdlp(datetime.now(UTC).date(), online=online)
    yield from _options(settings)
    if online:
        yield from site.site(settings)
    yield from tools.deno()
    yield from tools.ffmpeg()
    yield from files.library(settings)
    yield from files.disks(rooms.disk(settings))
    yield from files.permissions(settings)
    yield from clock.synchronization(clock.asked())


def _options(settings: "Settings") -> Iterator[Finding]:
    try:
        check_ytdlp_options(settings)
    except UsageError as error:
        text, command = f"{error}. {error.hint}", "ytarchive config show"
        yield Finding(check="yt-dlp's options", grade=Grade.FAILED, text=text, command=command)


def _is_ours_to_mend(error: Exception) -> bool:
    """Tell whether we have no login that the server takes. Files that are open to others are told already."""
    return isinstance(error, Refused) or (isinstance(error, UsageError) and not error.command)


async def _there(settings: "Settings") -> "tuple[Settings, tuple[Finding, ...]]":
    """Look at the server and the actors, where one runs; give the settings in force there, too."""
    try:
        async with joined(settings) as bus:
            settings = await diagnosis.limited(bus, settings)
            store = await rooms.store(bus, settings)
            told, seen = await server.told(bus), await diagnosis.seen(bus)
    except (YtarchiveError, nats.errors.Error, TimeoutError) as error:
        text = f"not looked at: {str(error) or 'the server does not answer'}"
        skipped = [Finding(check=check, grade=Grade.SKIPPED, text=text) for check in _ASKED]
        if _is_ours_to_mend(error):
            text, command = diagnosis.unreachable(settings, error)
            skipped[0] = Finding(check=_ASKED[0], grade=Grade.FAILED, text=text, command=command)
        return settings, tuple(skipped)
    now = datetime.now(UTC)
    report = verdict.health(now, rooms.disk(settings, store=store), seen)
    return settings, (*server.version(told), *server.clock(told, now), *server.health(report))
