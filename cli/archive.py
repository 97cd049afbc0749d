"""``run``, ``submit``, ``watch``: asking for work and watching it.

Each gives an exit code.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.again import Wanted, ask_for, submitted
from cli.finding import STARTING, check_prefix, find
from cli.listing import UNENDED, list_jobs
from cli.output import complain, console, write_json
from cli.runner import ASKED, run_async
from cli.screens import screen
from cli.session import System, check_library, check_ytdlp_options, decides, joined, library_of
from cli.sources import Sources, read_and_tell
from cli.submission import Submission, check_options, check_priority, submission
from cli.watched_work import LEFT_OVER, Shown, carried_through, recall, watched
from cli.watching import Watch
from schemas.queries import BatchView, JobView
from ytarchive.runtime import event_log
from ytarchive.runtime.signing import check_signing

if TYPE_CHECKING:
    from cli.choices import Chosen
    from cli.wishes import Wishes
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings
    from ytarchive.sources import Loaded

_LEFT: Final = (
    "Stopped. What was asked for is kept: `ytarchive up` goes on with it, `ytarchive jobs` lists it."
)
_UNWATCHED: Final = "No longer watching; the work goes on. `ytarchive watch{}` comes back to it."


def wanted(
    loaded: "Loaded",
    urls: Sequence[str] | None,
    files: Sequence[str] | None,
    wishes: "Wishes",
    chosen: "Chosen",
    *,
    force: bool,
    priority: str | None,
    whole: bool,
    together: bool = False,
) -> Wanted:
    """Give what the options of a command ask for, all `together` in a batch or as it comes.

    Raises `UsageError` for one that is not understood.
    """
    options = check_options(loaded, wishes, chosen, force=force)
    return Wanted(urls or (), files or (), options, check_priority(priority), whole, together)


def run(settings: "Settings", wanted: Wanted, shown: Shown) -> int:
    """Archive videos with the system that runs, or with one of our own."""
    sources = _sources(settings, wanted)
    check_library(settings)
    code, _ = carry_out(settings, submission(sources), wanted, shown)
    return code or bool(sources.left_out)


def carry_out(settings: "Settings", asked: Submission, wanted: Wanted, shown: Shown) -> tuple[int, str]:
    """Ask for a submission, and watch it to its end, with the system that runs or one of our own.

    Gives an exit code, and the batch that was watched: one that was begun before may have been gone on with.
    """
    check_ytdlp_options(settings)
    _told_pace(settings, asked, shown)
    watch = _watch(settings, asked, shown, alone=True)
    begun = ASKED

    async def begin(bus: "Bus") -> None:
        nonlocal begun
        now, going = await ask_for(bus, asked, wanted)
        begun = _unwatched(_named(now))
        await recall(bus, watch, now, going)

    def left() -> str:
        return begun if watch.joined else _LEFT

    code = run_async(carried_through(settings, begin, watch, shown), interrupted=left)
    return code, watch.batch.batch_id if watch.batch else asked.batch_id


def _sources(settings: "Settings", wanted: Wanted) -> Sources:
    sources = read_and_tell(settings, wanted.urls, wanted.files)
    return sources._replace(listed=True) if wanted.together else sources


def _told_pace(settings: "Settings", asked: Submission, shown: Shown) -> None:
    """Say why a list takes its time."""
    out = console(stderr=True)
    if asked.batch_id and settings.videos_per_hour and out.is_terminal and not shown.as_json:
        out.print(
            f"The site is asked for {settings.videos_per_hour} videos an hour at most "
            "(YTARCHIVE_VIDEOS_PER_HOUR), the first fifth of them at once.",
            style="dim",
        )


def _watch(settings: "Settings", asked: Submission, shown: Shown, *, alone: bool = False) -> Watch:
    return Watch(
        settings,
        screen(library_of(settings), as_json=shown.as_json, quiet=shown.quiet),
        asked.jobs,
        batch_id=asked.batch_id,
        timeout=shown.timeout,
        patience=shown.patience,
        alone=alone,
    )


def submit(settings: "Settings", wanted: Wanted, shown: Shown, *, wait: bool) -> int:
    """Ask the running system for videos, and watch them if asked to."""
    if not settings.nats_url:  # else it may be for whoever runs there alone
        check_signing(settings)
    sources = _sources(settings, wanted)
    asked = submission(sources)
    said = ASKED

    async def main() -> int:
        nonlocal said
        async with joined(settings) as bus:
            watch = _watch(settings, asked, shown)
            watch.after = await event_log.last_sequence(bus)
            now, going = await ask_for(bus, asked, wanted)
            said = _unwatched(_named(now))
            if wait:
                await recall(bus, watch, now, going)
                return await watched(watch, System(bus))
            begun = await decides(bus)
        if shown.as_json:
            write_json(submitted(now, going, begun=begun))
        elif now.batch_id:
            console().print(f"{now.batch_id}  {now.title}", soft_wrap=True)
        for id_, url in () if shown.as_json else now.jobs.items():
            console().print(f"{id_}  {url}", soft_wrap=True)
        if not begun and not shown.as_json:
            told = f"! kept; nobody begins it until a jobs actor runs. {STARTING}"
            complain(told)
        return 0

    return run_async(main(), interrupted=lambda: said) or bool(sources.left_out)


def watch(settings: "Settings", name: str | None, shown: Shown) -> int:
    """Watch one job or batch until it ends, or everything."""
    if name is not None:
        check_prefix(name)

    async def main() -> int:
        async with joined(settings) as bus:
            found = await find(bus, name) if name is not None else None
            batch_id = found.batch_id if isinstance(found, BatchView) else ""
            urls: dict[str, str] | None = None if found is None else {}
            if isinstance(found, JobView):
                urls, after, recalled = {found.job_id: found.url}, await event_log.last_sequence(bus), [found]
            else:
                answer = await list_jobs(bus, LEFT_OVER if batch_id else UNENDED, batch=batch_id)
                after, recalled = answer.sequence, list(reversed(answer.jobs))
            on = screen(library_of(settings), as_json=shown.as_json, quiet=shown.quiet)
            watch = Watch(settings, on, urls, batch_id=batch_id, timeout=shown.timeout)
            watch.after = after
            for job in recalled:
                await watch.recall(bus, job.job_id)
            return await watched(watch, System(bus))

    return run_async(main(), interrupted=_unwatched(name))


def _named(asked: Submission) -> str:
    """Give the one thing that was asked for; nothing where it is several."""
    return asked.batch_id or (next(iter(asked.jobs)) if len(asked.jobs) == 1 else "")


def _unwatched(name: str | None) -> str:
    return _UNWATCHED.format(f" {name}" if name else "")
