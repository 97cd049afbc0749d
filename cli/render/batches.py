"""Batches: a table of them, one with its jobs, and a line that says how one stands."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.jobs import jobs_table
from cli.render.tables import stacked
from cli.render.words import HOME, SHORT_ID, STYLES, clock, length, name_of, state_text
from schemas.common import BatchState, Role, State
from schemas.queries import BatchView, JobView
from schemas.reports import BatchReport
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
_FROM_THE_END: Final = tuple(state for state in reversed(State) if state not in (State.LISTED, State.LISTING))
"""The states of videos, those first that say most."""
_MANY: Final = 10


def batch_state(batch: BatchView) -> Text:
    """Give a batch's state in its colour, with its sign."""
    return Text(f"{_SIGNS[batch.state]} {batch.state}", _STYLES[batch.state])


def batches_table(batches: Sequence[BatchView]) -> RenderableType:
    """Show batches, a row each."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("batch", no_wrap=True, min_width=SHORT_ID)
    table.add_column("state", no_wrap=True, min_width=11)
    table.add_column("sources", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("videos", no_wrap=False, overflow="fold", ratio=3)
    table.add_column("changed", no_wrap=True, min_width=16)
    for batch in batches:
        table.add_row(
            batch.batch_id[:SHORT_ID],
            batch_state(batch),
            batch.title.removeprefix(HOME),
            batch_total(batch),
            clock(batch.updated_at)[:-3],
        )
    return table


def overview(batches: Sequence[BatchView], jobs: Sequence[JobView], *, paused: bool = True) -> RenderableType:
    """Show batches, and below them jobs, with `paused` as in `jobs_table`; without jobs only batches."""
    parts = [batches_table(batches)] if batches else []
    if jobs or not batches:
        parts.append(jobs_table(jobs, paused=paused))
    return stacked(*parts)


def batch_total(batch: BatchView) -> Text:
    """Say in one line how a batch stands: its videos by state."""
    counts = Counter(batch.counts)
    parts: list[tuple[int, str, str]] = [
        (counts.pop(State.ARCHIVED, 0), "archived", STYLES[State.ARCHIVED]),
        (batch.damaged, "damaged (`ytarchive repair --all`)", "red"),
        (batch.known + counts.pop(State.DUPLICATE, 0), "archived before", STYLES[State.DUPLICATE]),
        (batch.skipped + counts.pop(State.SKIPPED, 0), "left out", "dim"),
        *((counts[state], str(state), STYLES.get(state, "blue")) for state in _FROM_THE_END),
        (batch.queued, "not begun" if batch.state is BatchState.CANCELLED else "to come", ""),
        *_of_lists(batch),
    ]
    line = Text(", ").join(Text(f"{number:,} {name}", style) for number, name, style in parts if number)
    if not line:
        line.append("nothing yet" if batch.state is BatchState.RUNNING else "no videos", "dim")
    return line


def batch_now(
    batch: BatchView, *, speed: float | None = None, per_hour: float | None = None, left: float | None = None
) -> Text:
    """Say in one line how a batch goes on: what it comes to by now, how fast, and for how long.

    `speed` is in bytes a second, `per_hour` in videos, `left` in seconds.
    """
    line = batch_total(batch)
    if batch.state is BatchState.PAUSED:
        return line.append(f" · paused: `ytarchive resume {batch.batch_id[:SHORT_ID]}` goes on", "yellow")
    if speed:
        line.append(f" · {decimal(int(speed))}/s", "dim")
    if per_hour:
        line.append(f" · {per_hour:,.{0 if per_hour >= _MANY else 1}f} an hour", "dim")
    if left is not None:
        line.append(f" · {length(left)} left", "dim")
    return line


def _of_lists(batch: BatchView) -> Iterator[tuple[int, str, str]]:
    going = sum(number for state, number in batch.listings.items() if not state.final)
    yield going, f"list{'s' * (going > 1)} being read", "blue"
    for state in (State.FAILED, State.CANCELLED):
        number = batch.listings.get(state, 0)
        yield number, f"list{'s' * (number > 1)} {state}", STYLES[state]


def batch_end(batch: BatchView) -> Text:
    """Say in one line what came of a batch, how long that took, and how it is named."""
    brought = {*batch.counts, *batch.listings} - {State.DUPLICATE, State.SKIPPED, State.LISTED}
    known = batch.known or State.DUPLICATE in batch.counts
    again = known and batch.state is BatchState.FINISHED and not brought
    line = Text("nothing new: " if again else "", "bold").append_text(batch_total(batch))
    if batch.state is BatchState.FINISHED and batch.updated_at and batch.submitted_at:
        line.append(f" in {length((batch.updated_at - batch.submitted_at).total_seconds())}")
    return line.append(f" · batch {batch.batch_id[:SHORT_ID]}", "dim")


def batch_status(report: BatchReport) -> RenderableType:
    """Show one batch: what it is, its lists, and those of its jobs that matter."""
    batch = report.batch
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("batch", batch.batch_id)
    facts.add_row("state", batch_state(batch))
    facts.add_row("sources", batch.title)
    facts.add_row("videos", batch_total(batch))
    if batch.reason:
        facts.add_row("because", batch.reason)
    if batch.state is BatchState.PAUSED:
        facts.add_row("goes on", f"with `ytarchive resume {batch.batch_id[:SHORT_ID]}`")
    parts: list[RenderableType] = [facts]
    if report.listings:
        parts += ["", _listings(report.listings)]
    if report.jobs:
        parts.append(jobs_table(report.jobs, paused=batch.state is not BatchState.PAUSED))
    if report.more:
        parts.append(Text(f"and {report.more:,} more: `ytarchive jobs --batch {batch.batch_id[:SHORT_ID]}`"))
    return Group(*parts)


def _listings(listings: Sequence[JobView]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    for job in listings:
        said = job.error.message if job.error else job.reason
        table.add_row(job.job_id[:SHORT_ID], state_text(job.state), entries(job), name_of(job))
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
        line.append(f"  {entries(job)}", "dim")
    if job.reason:
        line.append(f"  {job.reason}", "dim")
    return line


def entries(job: Job | JobView) -> str:
    """Say how many entries a list has, or has before it goes on as it was known."""
    if job.met and not job.entries:
        return "as before"
    number = f"{job.entries:,} entr{'y' if job.entries == 1 else 'ies'}"
    return f"{number}, the rest as before" if job.met else number
