"""What a replay and an audit found."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.standards import older
from cli.render.words import SHORT_ID, clock, many
from schemas.common import State
from schemas.fixity import Depth, Scope, Trouble
from schemas.fixity_reports import (
    AuditHistory,
    AuditLine,
    AuditProblem,
    AuditReport,
    ScheduleReport,
    ScrubLine,
)
from ytarchive.domain.replay import Break

_HOW: Final = {
    Depth.NAMES: "existence and size",
    Depth.CONTENT: "existence, size and SHA-256",
    Depth.PACKETS: "existence, size, SHA-256 and packets",
}

_KIND: Final = max(map(len, Trouble))


def fault(found: Break) -> str:
    """Say where the log does not hold together."""
    about = f" (job {found.job_id})" if found.job_id else ""
    return f"message {found.sequence}{about}: {found.detail}"


def folded(events: int, states: Mapping[State, int], *, checked: bool) -> Text:
    """Show what the log led to."""
    jobs = sum(states.values())
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    same = "; the live read model is the same" if checked else ""
    return Text(f"{many(events, 'event')} folded into {many(jobs, 'job')}: {counts or 'none'}{same}", "bold")


def audit(report: AuditReport) -> RenderableType:
    """Show what an audit found."""
    whose = in_scope(report.scope)
    expected = many(report.files.expected, "file") + (whose and f" of {whose}")
    counted = f"{report.files.ok} of {expected} as the log says ({_HOW[report.scope.depth]})"
    broken = sum(problem.kind == Trouble.LOG for problem in report.problems)
    read = f"{many(report.events, 'event')} of {many(report.jobs, 'job')} read"
    if broken:
        read += f", the log does not hold together in {many(broken, 'place')}"
    elif report.scope.everything:
        read += ", every chain followed"
    if report.ok:
        return Text(f"✓ {counted}\n  {read}", "green")
    found = len(report.problems)
    lines = [line for problem in report.problems for line in _problem(problem)]
    lines += [Text(), Text(f"✗ {many(found, 'problem')}; {counted}\n  {read}", "red")]
    if report.known:
        damaged, back = many(report.known, "file"), "them" if report.known > 1 else "it"
        mends = f"`ytarchive repair --all` brings {back} back, or finds {back} whole"
        lines.append(Text(f"  {damaged} known to be damaged: {mends}", "yellow"))
    return Group(*lines, *([older(report.listed)] if report.listed else []))


def _problem(problem: AuditProblem) -> Iterator[Text]:
    job = f" (job {problem.job_id})" if problem.job_id else ""
    kind = (f"{problem.kind:{_KIND}}  ", "red")
    if not problem.path:
        yield Text.assemble(kind, problem.detail, (job, "dim"))
        return
    yield Text.assemble(kind, problem.path)
    yield Text.assemble(" " * (_KIND + 2), (problem.detail, "dim"), (job, "dim"))


def in_scope(scope: Scope) -> str:
    """Say what an audit is limited to; empty where it is to nothing."""
    said = [
        many(len(scope.jobs), "job") * bool(scope.jobs),
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
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    for name in ("audit", "begun", "how", "files"):
        table.add_column(name, no_wrap=True)
    table.add_column("found", overflow="fold", ratio=1)
    for one in report.audits:
        found = ", ".join(f"{number} {kind}" for kind, number in one.found.items())
        due = "" if one.standing else f" of {one.due_files:,}"
        scope = f"{one.node}, scheduled" if one.standing else in_scope(one.scope) or "everything"
        table.add_row(
            one.audit_id[:SHORT_ID],
            clock(one.started_at)[:-3],
            one.scope.depth,
            f"{one.files:,}{due}{f', {decimal(one.bytes)}' if one.scope.depth.reads else ''}",
            Text.assemble(
                (found or "nothing", "red" if found else "green"), " · ", _until(one), (f"\n{scope}", "dim")
            ),
        )
    unfinished = any(not one.standing and not one.finished_at for one in report.audits)
    hint = "`ytarchive audit --resume` goes on with the newest that is unfinished"
    hints = [Text(hint, "yellow")] if unfinished else []
    return Group(table, *hints, schedule(report.schedule), *map(_scrub, report.nodes))


def _scrub(one: ScrubLine) -> Text:
    late = f"files of {many(one.behind, 'job')} are due since {clock(one.due)}"
    if one.suspended:
        return Text(f"  {one.node}: suspended, {one.suspended}{f'; {late}' if one.behind else ''}", "yellow")
    if one.behind:
        return Text(f"  {one.node}: {late}; is it up, and its library there?", "yellow")
    return Text(f"  {one.node}: next at {clock(one.due)}" if one.due else f"  {one.node}: nothing to be read")


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
