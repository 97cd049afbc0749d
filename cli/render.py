"""What is shown, as Rich renderables: pure functions of jobs, events and reports. No bus, no clock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from schemas.common import ArchivedFile, Role, State
from schemas.logs import LogRecord
from schemas.progress import Progress
from schemas.queries import EgressView, JobView
from schemas.reports import AuditReport, EventLine
from ytarchive.domain.job import Job
from ytarchive.domain.replay import Break
from ytarchive.domain.views import paused_by_hand

STYLES: Final = {
    State.ARCHIVED: "green",
    State.DUPLICATE: "cyan",
    State.FAILED: "red",
    State.CANCELLED: "magenta",
    State.WAITING: "yellow",
    State.PAUSED: "yellow",
}
_SIGNS: Final = {
    State.ARCHIVED: "✓",
    State.DUPLICATE: "=",
    State.FAILED: "✗",
    State.CANCELLED: "-",
    State.WAITING: "…",
    State.PAUSED: "…",
}
RESTING: Final = frozenset({State.WAITING, State.PAUSED})
_LEVELS: Final = {"debug": "dim", "warning": "yellow", "error": "red"}
_HOUR, _MINUTE = 3600, 60
_SHORT_ID: Final = 8
"""Digits of a job's id that are shown: enough to name it by."""


def state_text(state: State) -> Text:
    """Give a state in its colour, with its sign."""
    return Text(f"{_SIGNS.get(state, '›')} {state}", STYLES.get(state, "blue"))


def name_of(job: Job | JobView) -> str:
    """Give what a person calls a job: the title once it is known."""
    title = job.video.title if isinstance(job, Job) and job.video else getattr(job, "title", None)
    return title or job.url


def clock(moment: datetime | None) -> str:
    """Give a moment in local time, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def length(seconds: float) -> str:
    """Give a duration as ``0:07``, ``12:34`` or ``1:02:03``."""
    whole = int(seconds)
    hours, minutes = whole // _HOUR, whole % _HOUR // _MINUTE
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def board(
    jobs: Sequence[Job],
    streams: Mapping[str, Mapping[str, Progress]],
    notes: Iterable[Text] = (),
) -> RenderableType:
    """Show the jobs at work: a line each, below it one for each stream that moves; notes last."""
    rows: list[RenderableType] = []
    for job in jobs:
        heading = Text.assemble(state_text(job.state), "  ", (name_of(job), "bold"))
        heading.truncate(1000)
        heading.no_wrap, heading.overflow = True, "ellipsis"
        rows.append(heading)
        if job.state in RESTING:
            rows.append(Padding(resting(job), (0, 0, 0, 4)))
        rows += [_stream(progress) for progress in streams.get(job.job_id, {}).values()]
    return Group(*rows, *notes)


def resting(job: Job | JobView) -> Text:
    """Say until when a job waits or is paused, and why."""
    if paused_by_hand(job):
        return Text(f"by hand, until `ytarchive resume {job.job_id[:_SHORT_ID]}`", "yellow")
    failure = job.failure if isinstance(job, Job) else job.error
    why = failure.message if failure else "no reason known"
    return Text(f"until {clock(job.due)} because: {why}", "yellow")


def refused(egress: EgressView, now: datetime) -> Text:
    """Say until when, and why, a site refuses an identity, and how many jobs rest for that."""
    jobs = f"{egress.resting or 'no'} job{'s' * (egress.resting != 1)} rest{'s' * (egress.resting == 1)}"
    until = f"paused until {clock(egress.until)}"
    if egress.until <= now:
        until = f"was {until}, the next job tries"
    return Text(f"… {egress.egress or 'we'}: {until}, {jobs}, because: {egress.failure.message}", "yellow")


def _stream(progress: Progress) -> Table:
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=22, no_wrap=True, overflow="ellipsis")
    row.add_column(ratio=1)
    row.add_column(justify="right", width=19, no_wrap=True)
    row.add_column(justify="right", width=10, no_wrap=True)
    row.add_column(justify="right", width=7, no_wrap=True)
    sizes = decimal(progress.bytes) if progress.bytes or progress.total else ""
    if progress.total:
        sizes += f" / {decimal(progress.total)}"
    pulse = not progress.total and not progress.done
    moving = not progress.done
    row.add_row(
        Text(f"    {progress.stream}", "" if moving else "dim"),
        ProgressBar(total=progress.total or None, completed=progress.bytes, pulse=pulse),
        sizes,
        f"{decimal(int(progress.speed))}/s" if progress.speed and moving else "",
        length(progress.eta) if progress.eta is not None and moving else "",
    )
    return row


def outcome(job: Job, library: Path) -> RenderableType:
    """Show how a job ended: where the files are and what was verified, or what went wrong and what helps.

    Paths are never broken: print it without cropping.
    """
    rows: list[RenderableType] = [Text.assemble(state_text(job.state), "  ", (name_of(job), "bold"))]
    if job.state in (State.ARCHIVED, State.DUPLICATE):
        media = [file for file in job.files if file.role is Role.MEDIA]
        rows += [Text(f"  {library / file.path}", no_wrap=True, overflow="ignore") for file in media]
        if job.of:
            rows.append(_indented(f"archived already by job {job.of}", "dim"))
        else:
            rows += [_indented(_verified(job, file), "dim") for file in media]
            rows.append(_indented(_sidecars(job.files), "dim"))
    elif job.state is State.FAILED and job.failure:
        rows.append(_indented(job.failure.message, "red"))
        if job.failure.hint:
            rows.append(_indented(job.failure.hint))
        if job.due:
            rows.append(_indented(f"looked at again by itself at {clock(job.due)}", "dim"))
    elif job.state in RESTING:
        rows.append(Padding(resting(job), (0, 0, 0, 2)))
    return Group(*rows)


def _indented(text: str, style: str = "") -> Padding:
    return Padding(Text(text, style), (0, 0, 0, 2))


def change(job: Job, at: datetime) -> Text:
    """Show in one line what a job does now."""
    line = Text.assemble(clock(at), "  ", state_text(job.state), "  ", name_of(job))
    return line.append("  ").append_text(resting(job)) if job.state in RESTING else line


def counts(jobs: Sequence[Job]) -> Text:
    """Show how many jobs stand how, and how long it took."""
    states = Counter(job.state for job in jobs)
    starts = [job.submitted_at for job in jobs if job.submitted_at]
    ends = [job.updated_at for job in jobs if job.updated_at]
    took = f" in {length((max(ends) - min(starts)).total_seconds())}" if starts and ends else ""
    return Text(", ".join(f"{count} {state}" for state, count in states.items()) + took, "bold")


def _verified(job: Job, media: ArchivedFile) -> str:
    found = job.verified
    kinds = [
        kind for kind, there in (("video", found and found.video), ("audio", found and found.audio)) if there
    ]
    seconds = f", {length(found.duration)} of {' and '.join(kinds)}" if found else ""
    return f"verified: {decimal(media.bytes)}{seconds}, read back, SHA-256 {media.sha256[:16]}…"


def _sidecars(files: Iterable[ArchivedFile]) -> str:
    counts: dict[str, int] = {}
    for file in files:
        if file.role is not Role.MEDIA:
            counts[file.role] = counts.get(file.role, 0) + 1
    named = [f"{role}" if count == 1 else f"{count} {role}" for role, count in counts.items()]
    return f"with {', '.join(named)}" if named else "without sidecars"


def jobs_table(jobs: Sequence[JobView]) -> RenderableType:
    """Show jobs, a row each; below, a line for each that rests."""
    if not jobs:
        return Text("no jobs")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("job", no_wrap=True, min_width=_SHORT_ID)
    table.add_column("state", no_wrap=True, min_width=13)
    table.add_column("video", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("size", justify="right", no_wrap=True, min_width=8)
    table.add_column("changed", no_wrap=True, min_width=16)
    for job in jobs:
        size = sum(file.bytes for file in job.files)
        table.add_row(
            job.job_id[:_SHORT_ID],
            state_text(job.state),
            name_of(job),
            decimal(size) if size else "",
            clock(job.updated_at)[:-3],
        )
    rests = [
        Text.assemble(job.job_id[:_SHORT_ID], " ", state_text(job.state), " ", resting(job))
        for job in jobs
        if job.state in RESTING
    ]
    return Group(table, *rests) if rests else table


def status(job: JobView, events: Sequence[EventLine], library: Path) -> RenderableType:
    """Show one job: what it is, its files, what happened."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("job", job.job_id)
    facts.add_row("state", state_text(job.state))
    facts.add_row("url", job.url)
    if job.title:
        facts.add_row("video", f"{job.title} [{job.video_id}]")
    if job.of:
        facts.add_row("repeats", f"job {job.of}")
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
        parts += ["", files(job.files, library)]
    return Group(*parts, "", timeline(events))


def files(archived: Sequence[ArchivedFile], library: Path) -> RenderableType:
    """Show files of the library: size, beginning of the SHA-256, path below the library's folder."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for file in archived:
        table.add_row(decimal(file.bytes), f"{file.sha256[:12]}…", file.path)
    return Group(Text(f"in {library}:", "dim"), table)


def timeline(events: Sequence[EventLine]) -> RenderableType:
    """Show the events of one job, with the seconds since the one before."""
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
        table.add_row(str(line.version), clock(line.at), passed, line.type.removeprefix("job."), detail(line))
    return table


def event(line: EventLine) -> Text:
    """Show one event among those of all jobs."""
    what, time = line.type.removeprefix("job."), f"{line.at.astimezone():%m-%d %H:%M:%S}"
    start = Text.assemble(
        (f"{line.seq:>5}  {time}  ", "dim"), (line.job_id[:_SHORT_ID], "cyan"), f"  {what:<17}  "
    )
    return start.append_text(detail(line))


def fault(found: Break) -> str:
    """Say where the log does not hold together."""
    about = f" (job {found.job_id})" if found.job_id else ""
    return f"message {found.sequence}{about}: {found.detail}"


def folded(events: int, states: Mapping[State, int], *, checked: bool) -> Text:
    """Show what the log led to."""
    jobs = sum(states.values())
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    same = "; the live read model is the same" if checked else ""
    return Text(
        f"{events} events folded into {jobs} job{'s' * (jobs != 1)}: {counts or 'none'}{same}", "bold"
    )


def detail(line: EventLine) -> Text:
    """Say in a few words what an event brought."""
    data: Mapping[str, Any] = line.data
    match line.type:
        case "job.submitted":
            return Text(f"{data['url']} ({data['options'].get('quality', 'best')})")
        case "job.stage_started":
            return Text(f"{data['stage']}, attempt {data['attempt']}")
        case "job.metadata_recorded":
            news = "new" if data["metadata"]["stored"] else "unchanged"
            return Text(f"{data['video']['title']} [{data['video']['video_id']}], metadata {news}")
        case "job.duplicate_found":
            return Text(f"archived already by job {data['of']}", "cyan")
        case "job.media_downloaded":
            size = sum(file["bytes"] for file in data["staging"]["files"])
            return Text(
                f"{len(data['staging']['files'])} files, {decimal(size)}, on {data['staging']['node']}"
            )
        case "job.archived":
            size = sum(file["bytes"] for file in data["files"])
            seconds = data["verified"]["duration"]
            return Text(f"{len(data['files'])} files, {decimal(size)}, {length(seconds)} verified", "green")
        case "job.attempt_failed":
            return _why(data)
        case "job.blocked":
            who = data["egress"] or "we"
            return _why(data).append(f"; {who} paused until {data['until']}")
        case "job.retry_scheduled":
            return Text(f"{data['stage']} again at {data['due']}", "yellow")
        case "job.failed":
            return Text(f"{data['failure']['message']} ({data['failure']['category']})", "red")
        case _:
            return Text(str(data.get("reason") or ""))


def _why(data: Mapping[str, Any]) -> Text:
    failure = data["failure"]
    return Text(f"{data['stage']}: {failure['message']} ({failure['category']})", "yellow")


def audit(report: AuditReport, *, deep: bool) -> RenderableType:
    """Show what an audit found."""
    how = "existence, size and SHA-256" if deep else "existence and size"
    counted = f"{report.files.ok} of {report.files.expected} files as the log says ({how})"
    read = f"{report.events} events of {report.jobs} jobs read, every chain followed"
    if report.ok:
        return Text(f"✓ {counted}\n  {read}", "green")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("problem", no_wrap=True, style="red")
    table.add_column("path", overflow="fold", ratio=3)
    table.add_column("job", no_wrap=True)
    table.add_column("detail", overflow="fold", ratio=2)
    for problem in report.problems:
        table.add_row(problem.kind, Text(problem.path or ""), problem.job_id or "", Text(problem.detail))
    found = len(report.problems)
    return Group(table, Text(f"✗ {found} problem{'s' * (found != 1)}; {counted}\n  {read}", "red"))


def log_line(record: LogRecord) -> Text:
    """Show a log line: time, level, actor, sentence, values."""
    values = " ".join(f"{key}={value}" for key, value in record.context.items() if key != "actor")
    return Text.assemble(
        (f"{record.at.astimezone():%m-%d %H:%M:%S} ", "dim"),
        (f"{record.level:<8}", _LEVELS.get(record.level, "green")),
        (f"{record.actor:<9}", "cyan"),
        record.event,
        (f" job_id={record.job_id}" if record.job_id else "", "dim"),
        (f" {values}" if values else "", "dim"),
    )


def settings(rows: Iterable[tuple[str, str, str, str]]) -> Table:
    """Show settings: name, value, where it came from, what it means."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold", ratio=2)
    table.add_column("from", overflow="fold")
    table.add_column("meaning", overflow="fold", ratio=3, style="dim")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
