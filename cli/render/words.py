"""How things are said: states, names, times, sizes."""

from datetime import datetime
from typing import Final

from rich.text import Text

from schemas.common import State
from schemas.heartbeats import AbsentView
from schemas.queries import EgressView, JobView, PaceView
from ytarchive.domain.job import Job
from ytarchive.domain.verdict import spoken
from ytarchive.domain.views import paused_by_hand
from ytarchive.plain import plain

STYLES: Final = {
    State.ARCHIVED: "green",
    State.DUPLICATE: "cyan",
    State.FAILED: "red",
    State.LISTED: "green",
    State.SKIPPED: "dim",
    State.CANCELLED: "magenta",
    State.WAITING: "yellow",
    State.PAUSED: "yellow",
}


_SIGNS: Final = {
    State.ARCHIVED: "✓",
    State.DUPLICATE: "=",
    State.FAILED: "✗",
    State.LISTED: "✓",
    State.SKIPPED: "-",
    State.CANCELLED: "-",
    State.WAITING: "…",
    State.PAUSED: "…",
}


RESTING: Final = frozenset({State.WAITING, State.PAUSED})


_HOUR, _MINUTE = 3600, 60


SHORT_ID: Final = 8
"""Digits of a job's id that are shown: enough to name it by."""


HOME: Final = "https://www.youtube.com/"
"""What nearly all addresses have in common."""


def many(number: int, what: str) -> str:
    """Give so many of something, in words: ``1 file``, ``1,200 files``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def cut(*parts: Text | str | tuple[str, str]) -> Text:
    """Give a line of a long list: it is cut where a terminal ends."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def state_text(state: State) -> Text:
    """Give a state in its colour, with its sign."""
    return Text(f"{_SIGNS.get(state, '›')} {state}", STYLES.get(state, "blue"))


def name_of(job: Job | JobView) -> str:
    """Give what a person calls a job: the title once it is known."""
    title = job.video.title if isinstance(job, Job) and job.video else getattr(job, "title", None)
    return plain(title or (job.title if isinstance(job, Job) else None) or job.url)


def briefly(job: Job | JobView) -> str:
    """Give the same for a column: an address without what all have in common."""
    return name_of(job).removeprefix(HOME)


def clock(moment: datetime | None) -> str:
    """Give a moment in local time, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def zoned(moment: datetime | None) -> str:
    """Give a moment in local time, to the second, and how far that is from UTC."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %z}" if moment else ""


def length(seconds: float) -> str:
    """Give a duration as ``0:07``, ``12:34`` or ``1:02:03``."""
    whole = int(seconds)
    hours, minutes = whole // _HOUR, whole % _HOUR // _MINUTE
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def resting(job: Job | JobView) -> Text:
    """Say until when a job waits or is paused, and why."""
    if paused_by_hand(job):
        why = f" because: {job.reason}" if job.reason else ""
        return Text(f"by hand, until `ytarchive resume {job.job_id[:SHORT_ID]}`{why}", "yellow")
    if job.state is State.WAITING and job.due is None:
        return Text(f"for job {job.of}, which is at work on the same video", "yellow")
    failure = job.failure if isinstance(job, Job) else job.error
    why = failure.message if failure else "no reason known"
    return Text(f"until {clock(job.due)} because: {why}", "yellow")


def paced(egress: PaceView) -> Text:
    """Say that an identity has asked for all it may, and when it asks for the next video."""
    who, most = egress.egress or "we", f"{many(egress.per_hour, 'video')} an hour"
    told = f"… {who}: {most} at most (YTARCHIVE_VIDEOS_PER_HOUR), the next at {clock(egress.until)}"
    return Text(told, "yellow")


def absent(one: AbsentView) -> Text:
    """Say which actor jobs wait for, and why, or what shows more."""
    if one.node == "-":
        return Text(f"! no {one.actor} actor is at work: `ytarchive diagnostics actors`", "yellow")
    if one.rests:
        return Text(f"! waiting: {one.actor} on node {one.node} rests: {one.rests}", "yellow")
    away = (
        f"stopped {spoken(one.seconds)} ago"
        if one.stopped
        else f"has not been heard of for {spoken(one.seconds)}"
    )
    return Text(f"! {one.actor} on node {one.node} {away}: `ytarchive diagnostics actors`", "yellow")


def refused(egress: EgressView, now: datetime) -> Text:
    """Say until when, and why, a site refuses an identity, and how many jobs rest for that."""
    jobs = f"{egress.resting or 'no'} job{'s' * (egress.resting != 1)} rest{'s' * (egress.resting == 1)}"
    until = f"paused until {clock(egress.until)}"
    if egress.until <= now:
        until = f"was {until}, the next job tries"
    return Text(f"… {egress.egress or 'we'}: {until}, {jobs}, because: {egress.failure.message}", "yellow")
