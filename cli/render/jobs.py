"""Jobs and what happened to them, in tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.fixity import damage, of_fixity
from cli.render.wishes import in_words
from cli.render.words import RESTING, SHORT_ID, briefly, clock, cut, length, many, resting, state_text
from schemas.common import ArchivedFile, State
from schemas.fixity import Trouble
from schemas.queries import JobView
from schemas.reports import EventLine
from ytarchive.domain.views import paused_by_hand

_ONLY_ONE: Final = frozenset({"limits", "log"})
"""What there is one of has a name to be told by, not an id."""


def jobs_table(jobs: Sequence[JobView], *, paused: bool = True) -> RenderableType:
    """Show jobs, a row each; below, a line for each that rests: with `paused`, also what somebody paused."""
    if not jobs:
        return Text("no jobs")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("job", no_wrap=True, min_width=SHORT_ID)
    table.add_column("state", no_wrap=True, min_width=13)
    table.add_column("video", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("size", justify="right", no_wrap=True, min_width=8)
    table.add_column("changed", no_wrap=True, min_width=16)
    for job in jobs:
        size = sum(file.bytes for file in job.files)
        table.add_row(
            job.job_id[:SHORT_ID],
            damage(job) or state_text(job.state),  # only what is archived is damaged, and titles need room
            Text(briefly(job)).append(_repairs(job), "dim"),
            decimal(size) if size else "",
            clock(job.updated_at)[:-3],
        )
    rests = [
        cut(job.job_id[:SHORT_ID], " ", state_text(job.state), " ", resting(job))
        for job in jobs
        if job.state in RESTING and (paused or not paused_by_hand(job))
    ]
    return Group(table, *rests) if rests else table


def _repairs(job: JobView) -> str:
    return f"  repairs {job.of[:SHORT_ID]}" if job.of and job.state is State.ARCHIVED else ""


def status(job: JobView, events: Sequence[EventLine], library: Path) -> RenderableType:
    """Show one job: what it is, its files, what happened."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("job", job.job_id)
    facts.add_row("state", Text(" ").join(filter(None, (state_text(job.state), damage(job)))))
    facts.add_row("url", job.url)
    if job.title:
        facts.add_row("video", f"{job.title} [{job.video_id}]" if job.video_id else job.title)
    if job.of:
        facts.add_row("repairs" if job.state is State.ARCHIVED else "repeats", f"job {job.of}")
    if job.due:
        facts.add_row("goes on" if job.state in RESTING else "looked at again", clock(job.due))
    elif paused_by_hand(job):
        facts.add_row("paused", resting(job))
    if job.error:
        facts.add_row("error", Text(f"{job.error.message} ({job.error.category})", "red"))
        if job.error.hint:
            facts.add_row("hint", job.error.hint)
    parts: list[RenderableType] = [facts]
    if job.files:
        parts += ["", files(job.files, library, job.damaged)]
    return Group(*parts, "", timeline(events, named=True))


def files(
    archived: Sequence[ArchivedFile], library: Path, damaged: Mapping[str, Trouble] = MappingProxyType({})
) -> RenderableType:
    """Show files of the library: size, beginning of the SHA-256, path below the library's folder."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for file in archived:
        path = Text(file.path)
        if wrong := damaged.get(file.path):
            path.append(f"  ✗ {wrong}", "red")
        table.add_row(decimal(file.bytes), f"{file.sha256[:12]}…", path)
    return Group(Text(f"in {library}:", "dim"), table)


def timeline(events: Sequence[EventLine], *, named: bool = False) -> RenderableType:
    """Show the events of one job or batch, with the seconds since the one before.

    Where the job is `named` above, its address is not told again.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim", justify="right")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True, style="dim", justify="right")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    before: datetime | None = None
    for line in events:
        passed = f"+{(line.at - before).total_seconds():.2f} s" if before else ""
        before = line.at
        what = line.type.removeprefix("job.")
        table.add_row(str(line.version), clock(line.at), passed, what, detail(line, named=named))
    return table


def event(line: EventLine) -> Text:
    """Show one event among those of all jobs."""
    what, time = line.type.removeprefix("job."), f"{line.at.astimezone():%m-%d %H:%M:%S}"
    who = line.aggregate if line.aggregate in _ONLY_ONE else line.job_id[:SHORT_ID]
    start = cut((f"{line.seq:>5}  {time}  ", "dim"), (f"{who:<{SHORT_ID}}", "cyan"), f"  {what:<17}  ")
    return start.append_text(detail(line))


def detail(line: EventLine, *, named: bool = False) -> Text:
    """Say in a few words what an event brought, but of a job that is `named` its address."""
    data: Mapping[str, Any] = line.data
    match line.type:
        case "job.submitted":
            repairs = data.get("repairs")
            why = f", to repair job {repairs['job_id']}" if repairs else ""
            options = in_words(data["options"])
            return Text(f"{options}{why}" if named else f"{data['url']} ({options}){why}")
        case "job.stage_started":
            return Text(f"{data['stage']}, attempt {data['attempt']}")
        case "job.metadata_recorded":
            news = "new" if data["metadata"]["stored"] else "unchanged"
            return Text(f"{data['video']['title']} [{data['video']['video_id']}], metadata {news}")
        case "job.duplicate_found":
            return Text(f"archived already by job {data['of']}", "cyan")
        case "job.media_downloaded":
            return Text(f"{_amount(data['staging']['files'])}, on {data['staging']['node']}")
        case "job.archived":
            what = _amount(data["files"]) if data["files"] else "files of another job"
            return Text(f"{what}, {length(data['verified']['duration'])} verified", "green")
        case "job.attempt_failed":
            return _why(data)
        case "job.blocked":
            who = data["egress"] or "we"
            return _why(data).append(f"; {who} paused until {_local(data['until'])}")
        case "job.retry_scheduled":
            return Text(f"{data['stage']} again at {_local(data['due'])}", "yellow")
        case "job.failed":
            return Text(f"{data['failure']['message']} ({data['failure']['category']})", "red")
        case "job.following":
            return Text(f"waits for job {data['of']}, which is at work on the same video", "yellow")
        case _:
            return of_fixity(line.type, data) or _of_list(line.type, data)


def _amount(held: Sequence[Mapping[str, Any]]) -> str:
    return f"{many(len(held), 'file')}, {decimal(sum(file['bytes'] for file in held))}"


def _changes(data: Mapping[str, Any]) -> str:
    told = (
        f"{one['name']} {'as configured' if one['value'] is None else one['value']}"
        + (f" on {one['node']}" if one["node"] else "")
        for one in data["changes"]
    )
    return ", ".join(told) + (f": {data['reason']}" if data["reason"] else "")


def _of_list(type_: str, data: Mapping[str, Any]) -> Text:
    match type_:
        case "job.page_listed":
            return Text(f"page {data['page']}: {many(len(data['entries']), 'video')}{_met(data)}")
        case "job.listed":
            return Text(f"{data['title']}{_met(data)}", "green")
        case "batch.submitted" | "batch.extended":
            first, *others = data["sources"]
            return Text(f"{first}{f' and {len(others)} more' if others else ''}")
        case "batch.finished":
            counts = {**data["counts"], "archived before": data["known"], "left out": data["skipped"]}
            return Text(", ".join(f"{number} {what}" for what, number in counts.items() if number), "green")
        case "limits.changed":
            return Text(_changes(data), "yellow")
        case "log.checkpointed":
            return Text(f"up to message {data['sequence']}, signed with {data['key'][:12]}…")
        case _:
            return Text(str(data.get("reason") or ""))


def _met(data: Mapping[str, Any]) -> str:
    where = f"{data['tab']} " if data.get("tab") else ""
    return f"; {where}from {data['met']} on as it was known" if data["met"] else ""


def _local(moment: str) -> str:
    return clock(datetime.fromisoformat(moment))


def _why(data: Mapping[str, Any]) -> Text:
    failure = data["failure"]
    return Text(f"{data['stage']}: {failure['message']} ({failure['category']})", "yellow")
