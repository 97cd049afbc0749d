"""Jobs at work, and how they ended."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.render.words import RESTING, STYLES, clock, length, name_of, resting, state_text
from schemas.common import ArchivedFile, Role, State
from schemas.progress import Progress
from ytarchive.domain.job import Job
from ytarchive.domain.views import paused_by_hand


def board(
    jobs: Sequence[Job],
    streams: Mapping[str, Mapping[str, Progress]],
    notes: Iterable[Text] = (),
) -> RenderableType:
    """Show the jobs at work: a line each, below it one for each stream that moves; notes last.

    A job of a batch has its line alone.
    """
    rows: list[RenderableType] = []
    for job in jobs:
        if job.batch:
            rows.append(_member(job, tuple(streams.get(job.job_id, {}).values())))
            continue
        heading = Text.assemble(state_text(job.state), "  ", (name_of(job), "bold"))
        heading.truncate(1000)
        heading.no_wrap, heading.overflow = True, "ellipsis"
        rows.append(heading)
        if job.state in RESTING:
            rows.append(Padding(resting(job), (0, 0, 0, 4)))
        rows += [_stream(progress) for progress in streams.get(job.job_id, {}).values()]
    return Group(*rows, *notes)


def _member(job: Job, streams: Sequence[Progress]) -> Table:
    """Show one job of many: its title, and all its streams as one."""
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=13, no_wrap=True)
    row.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    if paused_by_hand(job):
        row.add_row(state_text(job.state), name_of(job))
        return row
    if job.state in RESTING:
        row.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
        row.add_row(state_text(job.state), name_of(job), resting(job))
        return row
    row.add_column(ratio=1)
    row.add_column(justify="right", width=8, no_wrap=True)
    row.add_column(justify="right", width=10, no_wrap=True)
    row.add_column(justify="right", width=7, no_wrap=True)
    bar: RenderableType = ""
    moving = [stream for stream in streams if not stream.done]
    done, total = (sum(numbers) for numbers in zip((0, 0), *map(_bytes, streams), strict=True))
    if streams:
        bar = ProgressBar(total=total or None, completed=done, pulse=bool(moving) and not total)
    speed = sum(stream.speed or 0 for stream in moving)
    left = [stream.eta for stream in moving if stream.eta is not None]
    row.add_row(
        state_text(job.state),
        name_of(job),
        bar,
        decimal(total or done) if total or done else "",
        f"{decimal(int(speed))}/s" if speed else "",
        length(max(left)) if left else "",
    )
    return row


def _bytes(stream: Progress) -> tuple[int, int]:
    """Give how much of a stream there is, and how much of it there will be: at least that, or nothing."""
    return stream.bytes, max(stream.total, stream.bytes) if stream.total else 0


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


def unavailable(entry: Mapping[str, Any]) -> Text:
    """Say of which video of a list there is nothing to be had, and why."""
    return Text(f"- left out  {entry['title']} {entry['video_id']}: {entry['skip']}", "yellow")


def outcome(job: Job, library: Path, *, lost: bool = False) -> RenderableType:
    """Show how a job ended: where the files are and what was verified, or what went wrong and what helps.

    `lost` says that a duplicate's file is not there. Paths are never broken: print it without cropping.
    """
    rows: list[RenderableType] = [Text.assemble(state_text(job.state), "  ", (name_of(job), "bold"))]
    if job.state in (State.ARCHIVED, State.DUPLICATE):
        media = [file for file in job.files if file.role is Role.MEDIA]
        rows += [Text(f"  {library / file.path}", no_wrap=True, overflow="ignore") for file in media]
        if job.repairs:
            rows.append(_indented(f"damaged files of job {job.of} are whole again", "dim"))
        elif job.of:
            if lost:
                rows.append(_indented("the log has this file, but it is not there: `ytarchive audit`", "red"))
            rows.append(_indented(f"archived already by job {job.of}; --force archives it again", "dim"))
        else:
            rows += [_indented(_verified(job, file), "dim") for file in media]
            rows.append(_indented(_sidecars(job.files), "dim"))
    elif job.state is State.FAILED and job.failure:
        rows.append(_indented(job.failure.message, "red"))
        if job.failure.hint:
            rows.append(_indented(job.failure.hint))
        if job.due:
            rows.append(_indented(f"looked at again by itself at {clock(job.due)}", "dim"))
    elif job.state is State.SKIPPED and job.reason:
        rows.append(_indented(f"left out: {job.reason}", "dim"))
    elif job.state in RESTING:
        rows.append(Padding(resting(job), (0, 0, 0, 2), expand=False))
    return Group(*rows)


def _indented(text: str, style: str = "") -> Padding:
    return Padding(Text(text, style), (0, 0, 0, 2), expand=False)


def change(job: Job, at: datetime) -> Text:
    """Show in one line what a job does now."""
    line = Text.assemble(clock(at), "  ", state_text(job.state), "  ", name_of(job))
    return line.append("  ").append_text(resting(job)) if job.state in RESTING else line


def at_work(states: Mapping[State, int], speed: float) -> Text:
    """Say in one line how many jobs are at what, and how fast they are together: in bytes a second."""
    line = Text(", ").join(
        Text(f"{number:,} {state}", STYLES.get(state, "blue")) for state, number in states.items()
    )
    return line.append(f" · {decimal(int(speed))}/s", "dim") if speed else line


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
    return f"verified: {decimal(media.bytes)}{seconds}, read back, SHA-256 {media.sha256[:12]}…"


def _sidecars(files: Iterable[ArchivedFile]) -> str:
    counts: dict[str, int] = {}
    for file in files:
        if file.role is not Role.MEDIA:
            name = file.role.replace("_", " ")
            counts[name] = counts.get(name, 0) + 1
    named = [role if count == 1 else f"{count} {role}" for role, count in counts.items()]
    return f"with {', '.join(named)}" if named else "without sidecars"
