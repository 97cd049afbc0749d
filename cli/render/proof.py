"""What a replay and an audit found."""

from collections.abc import Mapping
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.standards import older
from cli.render.words import SHORT_ID, clock
from schemas.common import State
from schemas.fixity import Depth, Scope
from schemas.fixity_reports import AuditHistory, AuditLine, AuditReport, ScheduleReport
from ytarchive.domain.replay import Break

_HOW: Final = {
    Depth.NAMES: "existence and size",
    Depth.CONTENT: "existence, size and SHA-256",
    Depth.PACKETS: "existence, size, SHA-256 and packets",
}


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


def audit(report: AuditReport) -> RenderableType:
    """Show what an audit found."""
    whose = in_scope(report.scope)
    counted = f"{report.files.ok} of {report.files.expected} files{whose and f' of {whose}'} as the log says"
    counted += f" ({_HOW[report.scope.depth]})"
    read = f"{report.events} events of {report.jobs} job{'s' * (report.jobs != 1)} read, every chain followed"
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
    end = Text(f"✗ {found} problem{'s' * (found != 1)}; {counted}\n  {read}", "red")
    if report.listed:
        end.append("\n").append_text(older(report.listed))
    return Group(table, end)


def in_scope(scope: Scope) -> str:
    """Say what an audit is limited to; empty where it is to nothing."""
    said = [
        f"{len(scope.jobs)} job{'s' * (len(scope.jobs) != 1)}" * bool(scope.jobs),
        f"channel {scope.channel}" * bool(scope.channel),
        f"what changed since {clock(scope.since)}" * bool(scope.since),
        f"{scope.sample:g} %" if scope.sample is not None else "",
    ]
    return ", ".join(filter(None, said))


def schedule(report: ScheduleReport) -> Text:
    """Say how often everything is read."""
    if report.every is None:
        return Text("no audits are scheduled")
    rate = f", at most {decimal(int(report.rate))} a second" if report.rate else ""
    how = "and every packet of media " if report.depth is Depth.PACKETS else ""
    return Text(f"every file {how}is read once in {_days(report.every)}{rate}, while `ytarchive up` runs")


def audits(report: AuditHistory) -> RenderableType:
    """Show the audits there were."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in ("audit", "begun", "how", "of", "files", "read", "found", ""):
        table.add_column(name, overflow="fold", no_wrap=name in ("audit", "begun"))
    for one in report.audits:
        found = ", ".join(f"{number} {kind}" for kind, number in one.found.items())
        due = "" if one.standing else f" of {one.due_files}"
        table.add_row(
            one.audit_id[:SHORT_ID],
            clock(one.started_at),
            one.scope.depth,
            f"{one.node}, scheduled" if one.standing else in_scope(one.scope) or "everything",
            f"{one.files}{due}",
            decimal(one.bytes),
            Text(found or "nothing", "red" if found else "green"),
            _until(one),
        )
    unfinished = any(not one.standing and not one.finished_at for one in report.audits)
    hint = "`ytarchive audit --resume` goes on with the newest that is unfinished"
    return Group(table, *([Text(hint, "yellow")] if unfinished else []), schedule(report.schedule))


def _until(one: AuditLine) -> Text:
    if one.standing:
        return Text(f"last {clock(one.updated_at)}")
    if one.finished_at:
        return Text("finished")
    return Text("unfinished", "yellow")


def _days(seconds: float) -> str:
    for name, unit in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= unit:
            return f"{seconds / unit:g} {name}{'s' * (seconds != unit)}"
    return f"{seconds:g} seconds"
