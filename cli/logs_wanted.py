"""Which log lines somebody wants, as questions for them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from cli.amounts import moment
from cli.asking import meant
from cli.finding import check_prefix, find, find_batch
from cli.replaying import Replay
from schemas.logs import LEVELS, AskLogs
from schemas.queries import BatchView
from ytarchive.domain.verdict import NAMES
from ytarchive.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ytarchive.runtime.bus import Bus

_ID: Final = 16
_LEVELS: Final = {"warn": "warning", "err": "error"}
_JOBS: Final = 1000
_PAGE: Final = 1000


class Wanted(NamedTuple):
    """What was asked for on the command line. `limit` 0 is all."""

    job: str | None = None
    video: str | None = None
    batch: str | None = None
    actor: str | None = None
    level: str = "info"
    since: str | None = None
    until: str | None = None
    grep: str | None = None
    limit: int = 100


def check(wanted: Wanted, *, follow: bool = False) -> Wanted:
    """Give what was asked for in our words.

    Raises `UsageError` where it makes no sense, before anything is started.
    """
    for name, said in wanted._asdict().items():
        if said is not None and not str(said).strip():
            raise UsageError(f"--{name} is empty", hint="Leave it out, or say which.")
    level = _LEVELS.get(wanted.level.lower(), wanted.level.lower())
    if level not in LEVELS:
        raise unknown("level", level, tuple(LEVELS))
    if wanted.actor and wanted.actor not in NAMES:
        raise unknown("actor", wanted.actor, NAMES)
    for prefix in filter(None, (wanted.job, wanted.batch)):
        check_prefix(prefix)
    now = datetime.now(UTC)
    since = moment(wanted.since, now) if wanted.since else None
    until = moment(wanted.until, now, end=True) if wanted.until else None
    if since and until and since > until:
        raise UsageError("--since is after --until: nothing lies between", hint="Exchange the two.")
    if until and follow:
        raise UsageError("-f shows what comes, --until ends before that", hint="Leave out one of them.")
    return wanted._replace(level=level)


def only(option: str, given: "Sequence[str] | None") -> str | None:
    """Give the one value of an option. Raises `UsageError` where it was given several."""
    if given and len(given) > 1:
        raise UsageError(f"{option} takes one name, and was given {len(given)}", hint="Leave out the others.")
    return given[0] if given else None


async def questions(bus: "Bus", wanted: Wanted, library: "Path") -> tuple[AskLogs, ...]:
    """Give a question for each name that lines are to be about, or one: wanted is what fits all of them.

    Raises `UsageError` where a name means nothing, or several things.
    """
    now = datetime.now(UTC)
    asked = AskLogs(
        actor=wanted.actor or "",
        level=wanted.level,
        since=moment(wanted.since, now) if wanted.since else None,
        until=moment(wanted.until, now, end=True) if wanted.until else None,
        limit=wanted.limit or _PAGE,
    )
    about = [
        await ask_about(bus, name, library)
        for name, ask_about in ((wanted.job, _job), (wanted.batch, _batch), (wanted.video, _video))
        if name
    ]
    if wanted.grep or len(about) > 1:  # of what the actor finds some is left out here
        asked = replace(asked, limit=max(asked.limit, _PAGE))
    return tuple(replace(asked, **one) for one in about) or (asked,)


async def _job(bus: "Bus", name: str, _library: "Path") -> dict[str, Any]:
    if len(name) == _ID:  # of one that never came into the log there may be lines too
        return {"jobs": (name,), "batch": name}
    found = await find(bus, name)
    return {"batch": found.batch_id} if isinstance(found, BatchView) else {"jobs": (found.job_id,)}


async def _batch(bus: "Bus", name: str, _library: "Path") -> dict[str, Any]:
    return {"batch": name if len(name) == _ID else (await find_batch(bus, name)).batch_id}


async def _video(bus: "Bus", name: str, library: "Path") -> dict[str, Any]:
    about = meant((await Replay.of(bus)).jobs, name, library)
    return {
        "jobs": tuple(sorted(job.job_id for job in about.jobs[-_JOBS:])),
        "video": about.video.video_id if about.video else "",
    }
