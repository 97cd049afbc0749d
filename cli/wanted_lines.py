"""Which log lines somebody wants, as a question for them."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from cli import amounts
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
_DAY: Final = timedelta(days=1)
_A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
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


async def question(bus: "Bus", wanted: Wanted, library: "Path") -> AskLogs:
    """Give the question. Raises `UsageError` where a name means nothing, or several things."""
    now = datetime.now(UTC)
    jobs, video, batch = set[str](), "", ""
    if wanted.job and len(wanted.job) == _ID:  # of one that never came into the log there may be lines too
        jobs, batch = {wanted.job}, wanted.job
    elif wanted.job:
        found = await find(bus, wanted.job)
        if isinstance(found, BatchView):
            batch = found.batch_id
        else:
            jobs = {found.job_id}
    if wanted.batch:
        batch = wanted.batch if len(wanted.batch) == _ID else (await find_batch(bus, wanted.batch)).batch_id
    if wanted.video:
        about = meant((await Replay.of(bus)).jobs, wanted.video, library)
        jobs |= {job.job_id for job in about.jobs[-_JOBS:]}
        video = about.video.video_id if about.video else ""
    return AskLogs(
        jobs=tuple(sorted(jobs))[:_JOBS],
        video=video,
        batch=batch,
        actor=wanted.actor or "",
        level=wanted.level,
        since=moment(wanted.since, now) if wanted.since else None,
        until=moment(wanted.until, now, end=True) if wanted.until else None,
        limit=wanted.limit if wanted.limit and not wanted.grep else max(wanted.limit, _PAGE),
    )


def moment(text: str, now: datetime, *, end: bool = False) -> datetime:
    """Give the moment that is meant; of a day its beginning, or its `end`. Raises `UsageError`."""
    found = amounts.moment(text, now)
    return found + _DAY - timedelta(microseconds=1) if end and _A_DAY.fullmatch(text.strip()) else found
