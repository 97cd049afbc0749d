"""``diagnostics``: how everything is. Each gives an exit code, and starts nothing."""

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import nats.errors

from cli import diagnosis, rooms
from cli.output import answer
from cli.render import diagnostics as render
from cli.runner import run_async
from cli.session import joined
from schemas.diagnostics_reports import DiskReport, HealthReport, Verdict
from ytarchive.domain import verdict
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

T = TypeVar("T", bound=msgspec.Struct)

_CODES: Final = {Verdict.OK: 0, Verdict.DEGRADED: 1, Verdict.DOWN: ServerUnavailable.exit_code}


def health(settings: "Settings", *, only_down: bool, as_json: bool) -> int:
    """Judge all of it."""
    report = run_async(judged(settings))
    answer(report, render.health, as_json=as_json)
    return exit_code(report, only_down=only_down)


def exit_code(report: HealthReport, *, only_down: bool = False) -> int:
    """Give 3 where nothing is archived, 1 for all else that is wrong, unless `only_down` counts."""
    return 0 if only_down and report.verdict is Verdict.DEGRADED else _CODES[report.verdict]


async def judged(settings: "Settings") -> HealthReport:
    """Find out how all of it is, be there a server or not."""
    found, store, trouble = None, None, ("", "")
    try:
        async with joined(settings) as bus:
            store = await rooms.store(bus, settings)
            settings = await diagnosis.limited(bus, settings)
            found = await diagnosis.seen(bus)
    except (YtarchiveError, nats.errors.Error, TimeoutError) as error:
        trouble = diagnosis.unreachable(settings, error)
    return verdict.health(datetime.now(UTC), rooms.disk(settings, store=store), found, *trouble)


def actors(settings: "Settings", *, as_json: bool) -> int:
    """List the actors. Gives 1 where one is missing."""
    report = run_async(_asked(settings, diagnosis.actors))
    answer(report, lambda found: render.actors(found, datetime.now(UTC)), as_json=as_json)
    return 1 if report.missing else 0


def queues(settings: "Settings", *, as_json: bool) -> int:
    """List the queues."""
    report = run_async(_asked(settings, diagnosis.queues))
    answer(report, lambda found: render.queues(found, datetime.now(UTC)), as_json=as_json)
    return 0


def streams(settings: "Settings", *, as_json: bool) -> int:
    """List the streams."""
    report = run_async(_asked(settings, lambda bus: diagnosis.streams(bus, settings)))
    answer(report, lambda found: render.streams(found, datetime.now(UTC)), as_json=as_json)
    return 0


def breakers(settings: "Settings", *, as_json: bool) -> int:
    """List whom a site refuses."""
    report = run_async(_asked(settings, diagnosis.breakers))
    answer(report, lambda found: render.breakers(found, datetime.now(UTC)), as_json=as_json)
    return 0


def disk(settings: "Settings", *, as_json: bool) -> int:
    """Show the room there is. Gives 1 where something is not kept, or downloads rest, for want of it."""

    async def main() -> DiskReport:
        in_force, store, found = settings, None, None
        with contextlib.suppress(ServerUnavailable, UsageError, nats.errors.Error, TimeoutError):
            async with joined(settings) as bus:
                store = await rooms.store(bus, settings)
                in_force = await diagnosis.limited(bus, settings)
                found = await diagnosis.actors(bus)
        return rooms.disk(in_force, found, store)

    report = run_async(main())
    answer(report, render.disk, as_json=as_json)
    return int(report.resting or report.full or bool(report.store and report.store.fault))


async def _asked(settings: "Settings", question: "Callable[[Bus], Awaitable[T]]") -> T:
    async with joined(settings) as bus:
        return await question(bus)
