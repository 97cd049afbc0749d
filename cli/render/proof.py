"""What a replay and an audit found."""

from collections.abc import Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.common import State
from schemas.reports import AuditReport
from ytarchive.domain.replay import Break


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


def audit(report: AuditReport, *, deep: bool) -> RenderableType:
    """Show what an audit found."""
    how = "existence, size and SHA-256" if deep else "existence and size"
    counted = f"{report.files.ok} of {report.files.expected} files as the log says ({how})"
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
    return Group(table, Text(f"✗ {found} problem{'s' * (found != 1)}; {counted}\n  {read}", "red"))
