"""Batches: a table of them, one with its jobs, and a line that says how one stands."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.jobs import jobs_table
from cli.render.words import SHORT_ID, STYLES, clock, length, name_of, state_text
from schemas.common import BatchState, Role, State
from schemas.queries import BatchView, JobView
from ytarchive.domain.job import Job

_STYLES = {
    BatchState.RUNNING: "blue",
    BatchState.PAUSED: "yellow",
    BatchState.FINISHED: "green",
    BatchState.CANCELLED: "magenta",
}
_SIGNS = {
    BatchState.RUNNING: "›",
    BatchState.PAUSED: "…",
    BatchState.FINISHED: "✓",
    BatchState.CANCELLED: "-",
}


def batch_state(batch: BatchView) -> Text:
    """Give a batch's state in its colour, with its sign."""
    return Text(f"{_SIGNS[batch.state]} {batch.state}", _STYLES[batch.state])


def batches_table(batches: Sequence[BatchView]) -> RenderableType:
    """Show batches, a row each."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("batch", no_wrap=True, min_width=SHORT_ID)
    table.add_column("state", no_wrap=True, min_width=11)
    table.add_column("sources", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("videos", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("changed", no_wrap=True, min_width=16)
    for batch in batches:
        table.add_row(
            batch.batch_id[:SHORT_ID],
            batch_state(batch),
            batch.title,
            batch_total(batch),
            clock(batch.updated_at)[:-3],
        )
    return table


def batch_total(batch: BatchView, per_hour: float | None = None, left: float | None = None) -> Text:
    """Say in one line how a batch stands: its videos by state, how fast it goes on, and for how long."""
    counts = Counter(batch.counts)
    parts: list[tuple[int, str, str]] = [
        (counts.pop(State.ARCHIVED, 0), "archived", STYLES[State.ARCHIVED]),
        (batch.known + counts.pop(State.DUPLICATE, 0), "archived before", STYLES[State.DUPLICATE]),
        (batch.skipped + counts.pop(State.SKIPPED, 0), "not chosen", "dim"),
        *((number, str(state), STYLES.get(state, "blue")) for state, number in sorted(counts.items())),
        (batch.queued, "to come", ""),
    ]
    line = Text()
    for number, name, style in parts:
        if number:
            line.append(", " if line else "").append(f"{number:,} {name}", style)
    listing = sum(number for state, number in batch.listings.items() if not state.final)
    failed = batch.listings.get(State.FAILED, 0)
    if listing:
        line.append(f"{', ' if line else ''}{listing} list{'s' * (listing > 1)} being read", "blue")
    if failed:
        line.append(f"{', ' if line else ''}{failed} list{'s' * (failed > 1)} failed", "red")
    if not line:
        line.append("nothing yet" if batch.state is BatchState.RUNNING else "no videos", "dim")
    if per_hour:
        line.append(f" · {per_hour:,.0f} an hour", "dim")
    if left is not None and not listing:
        line.append(f" · {length(left)} left", "dim")
    return line


def batch_status(batch: BatchView, listings: Sequence[JobView], jobs: Sequence[JobView]) -> RenderableType:
    """Show one batch: what it is, its lists, and those of its jobs that are given."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("batch", batch.batch_id)
    facts.add_row("state", batch_state(batch))
    facts.add_row("sources", batch.title)
    facts.add_row("videos", batch_total(batch))
    if batch.reason:
        facts.add_row("because", batch.reason)
    parts: list[RenderableType] = [facts]
    if listings:
        parts += ["", _listings(listings)]
    if jobs:
        parts.append(jobs_table(jobs))
    return Group(*parts)


def _listings(listings: Sequence[JobView]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    for job in listings:
        said = job.error.message if job.error else job.reason
        table.add_row(job.job_id[:SHORT_ID], state_text(job.state), f"{job.entries:,} entries", name_of(job))
        if said:
            table.add_row("", "", "", Text(said, STYLES.get(job.state, "dim")))
    return table


def member(job: Job) -> Text:
    """Say in one line how a job of a batch ended."""
    line = Text.assemble(state_text(job.state), "  ", (name_of(job), "bold"))
    if job.state is State.ARCHIVED:
        media = [file for file in job.files if file.role is Role.MEDIA]
        size = decimal(sum(file.bytes for file in media))
        seconds = f", {length(job.verified.duration)}" if job.verified else ""
        line.append(f"  {size}{seconds} verified", "dim")
    elif job.state is State.LISTED:
        line.append(f"  {job.entries:,} entries", "dim")
    if job.reason:
        line.append(f"  {job.reason}", "dim")
    return line
