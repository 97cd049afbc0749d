"""What does not work, as Rich renderables: pure functions of reports. No bus, no clock."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.render.words import RESTING, SHORT_ID, clock, many, name_of, resting, state_text
from schemas import subjects
from schemas.common import State
from schemas.queries import JobView
from schemas.recovery_reports import JobRecovery, LetterLine, LetterReport, RecoverySummary, RetryReport
from ytarchive.domain.views import paused_by_hand
from ytarchive.plain import plain

_OURS: Final = f"{subjects.ROOT}."
_SHOWN_BYTES: Final = 512
_ROW: Final = 16


def _table(*columns: str) -> Table:
    """Give a table without content; the last column takes what room is left."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True, ratio=1 if column == "subject" else None)
    table.add_column(columns[-1], no_wrap=True, overflow="ellipsis", ratio=1)
    return table


def jobs_table(jobs: Sequence[JobView]) -> RenderableType:
    """Show jobs with which something is wrong, a row each."""
    if not jobs:
        return Text("nothing waits, rests or is looked at again", "green")
    table = _table("job", "state", "kind", "tries", "next try", "what happened")
    table.columns[-1].no_wrap, table.columns[-1].overflow = False, "fold"
    for job in jobs:
        table.add_row(
            job.job_id[:SHORT_ID],
            state_text(job.state),
            job.error.category if job.error else "",
            str(job.attempts),
            "when resumed" if paused_by_hand(job) else clock(job.due)[:-3] or "never",
            Text(job.error.message if job.error else ""),
        )
    return table


def job(report: JobRecovery) -> RenderableType:
    """Show one job: what is wrong, each attempt that failed, what comes next, what helps."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("job", report.job_id)
    facts.add_row("video", name_of(report))
    facts.add_row("state", state_text(report.state))
    if report.error:
        facts.add_row("problem", Text(f"{report.error.message} ({report.error.category})", "red"))
    if report.severity:
        facts.add_row("severity", report.severity)
    facts.add_row("next", _next(report))
    for number, advice in enumerate(report.advice):
        facts.add_row("" if number else "what helps", advice)
    tries: list[RenderableType] = []
    for one in report.tried:
        told = Text(one.failure.message, "yellow")
        if one is report.tried[-1] and one.failure.wording:
            told.append(f"\n{one.failure.wording}", "dim")
        kind = f"{one.failure.category}{' (not counted)' if one.blocked else ''}"
        line = f"{clock(one.at)}  {one.stage} {one.attempt}  {kind}  {one.egress or one.node or ''}"
        tries += [Text(line.rstrip(), "dim"), Padding(told, (0, 0, 0, 2))]
    failed = len(report.tried)
    heading = f"{many(failed, 'attempt')} failed" + (":" if failed else "")
    return Group(facts, "", Text(heading, "bold"), *tries)


def _next(report: JobRecovery) -> Text:
    if report.state in RESTING:
        return resting(report)
    if report.due:
        return Text(f"looked at again at {clock(report.due)}")
    return Text("nothing, by itself" if report.state.final else "being worked on")


def summary(report: RecoverySummary) -> RenderableType:
    """Show how many jobs stand how, and how many dead letters there are."""
    rows: list[RenderableType] = []
    if report.counts:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        table.add_column("state", no_wrap=True)
        table.add_column("kind", no_wrap=True)
        table.add_column("jobs", justify="right")
        for count in report.counts:
            table.add_row(state_text(count.state), count.category or "by hand", str(count.jobs))
        rows.append(table)
    else:
        rows.append(Text("no job waits, rests or failed", "green"))
    letters = ", ".join(f"{number} of {actor}" for actor, number in sorted(report.letters.items()))
    if letters:
        rows.append(Text(f"dead letters: {letters}; `ytarchive recovery letters` lists them", "yellow"))
    else:
        rows.append(Text("no dead letters", "green"))
    return Group(*rows)


def retried(report: RetryReport) -> Text:
    """Say how many jobs stood how before, and stand how now."""
    return Text(f"before: {_counts(report.before)}; now: {_counts(report.after)}", "bold")


def _counts(states: Mapping[State, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in states.items()) or "none"


def letters_table(letters: Sequence[LetterLine]) -> RenderableType:
    """Show dead letters, a row each."""
    if not letters:
        return Text("no dead letters")
    table = _table("no.", "when", "actor", "subject", "reason")
    for letter in letters:
        when = clock(letter.at)[:-3]
        table.add_row(
            str(letter.number),
            when,
            letter.actor,
            plain(letter.subject.removeprefix(_OURS)),
            plain(letter.reason),
        )
    return table


def letter(found: LetterReport) -> RenderableType:
    """Show one dead letter: where it came from, why it is one, and the message."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("number", str(found.number))
    facts.add_row("when", clock(found.at))
    facts.add_row("actor", found.actor)
    facts.add_row("subject", plain(found.subject))
    facts.add_row("reason", Text(plain(found.reason), "red"))
    for name, value in found.headers.items():
        facts.add_row(plain(name), plain(value))
    facts.add_row("message", f"{decimal(found.bytes)}{', only its beginning' if found.truncated else ''}")
    return Group(facts, "", Text(content(found.payload)))


def content(payload: bytes) -> str:
    """Give a message to read: JSON indented, anything else as the beginning of a hex dump."""
    try:
        text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        rest = len(payload) - _SHOWN_BYTES
        more = [f"… and {rest} bytes more"] if rest > 0 else []
        return "\n".join([*_dump(payload[:_SHOWN_BYTES]), *more]) or "(empty)"
    return "\n".join(map(plain, text.split("\n")))


def _dump(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), _ROW):
        row = data[start : start + _ROW]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)  # noqa: PLR2004 - ASCII's
        yield f"{start:08x}  {row.hex(' '):<47}  {text}"
