"""``repair``: damaged files are brought back. Gives an exit code.

What needs no download is done first, with the jobs actor alone. Whoever is stopped, wherever, repairs again:
what was done is recorded, and what was asked for is waited for.
"""

from typing import TYPE_CHECKING, Final

from cli import render
from cli.output import answer
from cli.repair_work import Manner, Repairing
from cli.runner import NOTHING, run_async
from cli.session import check_ytdlp_options, decides, reading
from cli.submission import send
from cli.watched_work import Shown, worked
from schemas.commands import BatchCommand, JobCommand, SubmitVideo
from ytarchive.errors import ServerUnavailable

if TYPE_CHECKING:
    from cli.repair_scope import Asked
    from schemas.repair_reports import RepairReport
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_LEFT: Final = "Stopped. What was repaired is recorded; the same command goes on with the rest."


def repair(settings: "Settings", asked: "Asked", manner: Manner, shown: Shown) -> int:
    """Bring damaged files back. Gives 1 where any of those that were looked at is damaged still."""
    check_ytdlp_options(settings)
    left = NOTHING if manner.dry_run else _LEFT
    report = run_async(_repair(settings, asked, manner, shown), interrupted=left)
    answer(report, render.repaired, as_json=shown.as_json, whole=True)
    return 0 if report.ok else 1


async def _repair(settings: "Settings", asked: "Asked", manner: Manner, shown: Shown) -> "RepairReport":
    async with reading(settings, live=not manner.dry_run) as bus:
        if not manner.dry_run and not await decides(bus):
            raise ServerUnavailable(
                "no jobs actor runs: a repair could not be recorded", hint="`ytarchive up` starts one."
            )
        work = await Repairing.begun(bus, settings, asked, manner)
        await work.look(bus, quiet=shown.as_json or shown.quiet)
        if manner.dry_run:
            return await work.would()
        await work.put_back(bus)
        wanted = work.wanted()
    if wanted:
        await _download(settings, wanted, shown)
    async with reading(settings) as bus:
        return await work.report(bus)


async def _download(
    settings: "Settings", wanted: "dict[str, JobCommand | BatchCommand | None]", shown: Shown
) -> None:
    """Have jobs begun, where that is not done, and wait for all of them."""

    async def ask(bus: "Bus") -> list[str]:
        for command in wanted.values():
            if command:
                await send(bus, command)
        return [job_id for job_id, command in wanted.items() if not isinstance(command, SubmitVideo)]

    await worked(settings, ask, dict.fromkeys(wanted, ""), shown)
