"""How everything is, as Rich renderables: pure functions of reports. No bus, no clock."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.render.tables import stacked
from cli.render.words import SHORT_ID, paced, refused
from schemas.diagnostics_reports import (
    ActorsReport,
    BreakersReport,
    DiskReport,
    DoctorReport,
    Finding,
    Grade,
    HealthReport,
    QueuesReport,
    StoreReport,
    StreamsReport,
    Verdict,
)
from schemas.heartbeats import ActorState, ActorView
from ytarchive.domain.verdict import absent, missed, spoken, vanished

_NEWS: Final = 600.0
"""Seconds for which the last error of an actor that works on is shown as one."""
_VERDICTS: Final = {
    Verdict.OK: ("✓", "green"),
    Verdict.DEGRADED: ("!", "yellow"),
    Verdict.DOWN: ("✗", "red"),
}
_GRADES: Final = {
    Grade.OK: ("✓", "green"),
    Grade.WARNING: ("!", "yellow"),
    Grade.FAILED: ("✗", "red"),
    Grade.SKIPPED: ("-", "dim"),
}
_STATES: Final = {ActorState.READY: ("✓", "green"), ActorState.STOPPED: ("-", "dim")}


def health(report: HealthReport) -> RenderableType:
    """Show the verdict, and each reason with what shows more."""
    sign, style = _VERDICTS[report.verdict]
    rows = _facts()
    for reason in report.reasons:
        mark, colour = _VERDICTS[reason.verdict]
        rows.add_row(Text(mark, colour), Text(reason.text))
        if reason.command:
            rows.add_row("", Text(f"`{reason.command}`", "dim"))
    for text in report.unjudged:
        rows.add_row(Text("-", "dim"), Text(f"not judged: {text}", "dim"))
    return Group(Text(f"{sign} {report.verdict}", f"bold {style}"), *([rows] if rows.row_count else []))


def actors(report: ActorsReport, now: datetime) -> RenderableType:
    """Show the actors, a row each, and below them what is to be said of some."""
    table = _table(
        "actor", "node", "pid", "state", "up for", "in hand", "memory", last="version", right=("memory",)
    )
    for one in report.actors:
        up = spoken(max((now - one.started).total_seconds(), 0)) if one.started and one.here else ""
        hands = f"{one.busy} of {one.slots}" if one.here and one.slots else ""
        memory = decimal(one.memory) if one.here and one.memory else ""
        table.add_row(one.actor, one.node, str(one.pid), _state(one), up, hands, memory, one.version)
    notes = [
        Text(f"› {one.actor} on node {one.node}: {work.what} {work.about[:SHORT_ID]}, {spoken(work.seconds)}")
        for one in report.actors
        for work in one.in_flight
        if one.here
    ]
    gone = {one.actor for one in report.actors if not one.here}
    notes += [Text(f"✗ no {name} actor is at work", "red") for name in report.missing if name not in gone]
    for one in report.actors:
        if not one.here:
            sign, style = ("✗", "red") if missed(one, report.missing) else ("-", "dim")
            notes.append(Text(f"{sign} {absent(one)}", style))
        if one.twins:
            twice = f"! {one.actor} on node {one.node}, process {one.pid}, is there more than once"
            notes.append(Text(twice, "yellow"))
        if one.error:
            seconds = max((now - one.error.at).total_seconds(), 0)
            told = f"{one.actor} on node {one.node}, {spoken(seconds)} ago: {one.error.text}"
            over = one.here and seconds > _NEWS
            notes.append(Text(f"· {told} (no error since)", "dim") if over else Text(f"! {told}", "yellow"))
        if one.dropped:
            notes.append(Text(f"! {one.actor} on node {one.node} lost {one.dropped:,} log lines", "yellow"))
    if not report.registry:
        notes.append(Text("without a jobs actor only those that answer now are known", "dim"))
    return Group(table, *notes)


def _state(one: ActorView) -> Text:
    if vanished(one):
        return Text("✗ silent", "red")
    sign, style = _STATES.get(one.state, ("…", "yellow"))
    return Text(f"{sign} {one.state}", style)


def queues(report: QueuesReport, now: datetime) -> RenderableType:
    """Show the queues, a row each."""
    table = _table(
        "queue", "waiting", "in hand", "again", last="oldest", right=("waiting", "in hand", "again")
    )
    for one in report.queues:
        age = spoken(max((now - one.since).total_seconds(), 0)) if one.since else ""
        table.add_row(one.name, f"{one.waiting:,}", f"{one.in_hand:,}", f"{one.again:,}", age)
    note = (
        [] if report.ages else [Text("how old they are only a jobs actor can tell, and none answers", "dim")]
    )
    return Group(table, *note) if report.queues else Text("nobody has served a queue yet")


def streams(report: StreamsReport, now: datetime) -> RenderableType:
    """Show the streams, a row each, and what they take in all."""
    right = ("messages", "bytes", "full", "oldest", "newest")
    table = _table("stream", *right, last="limit", right=right)
    for one in report.streams:
        limits = [decimal(one.most_bytes)] if one.most_bytes else []
        limits += [spoken(one.most_seconds)] if one.most_seconds else []
        full = f"{one.full:.0%}" if one.full is not None else ""
        ages = [spoken(max((now - at).total_seconds(), 0)) if at else "" for at in (one.first, one.last)]
        name = one.name.removeprefix("YTARCHIVE_").removeprefix("OBJ_ytarchive-").lower()
        table.add_row(name, f"{one.messages:,}", decimal(one.bytes), full, *ages, ", ".join(limits))
    free = f", {decimal(report.free)} free on the server's disk" if report.free is not None else ""
    return Group(table, Text(f"{decimal(report.bytes)} in all{free}"))


def breakers(report: BreakersReport, now: datetime) -> RenderableType:
    """Show whom a site refuses, and who waits for the next hour."""
    lines = [refused(one, now) for one in report.blocked] + [paced(one) for one in report.paced]
    return Group(*lines) if lines else Text("✓ no site refuses us", "green")


def disk(report: DiskReport) -> RenderableType:
    """Show the room there is, and what is ours."""
    rooms = _table("folder", "free", "of", last="path", right=("free", "of"))
    for place in report.places:
        path = Text(place.path + ("" if place.there else " (not made yet)"))
        rooms.add_row(place.what, decimal(place.free), decimal(place.total), path)
    kept = _table("ours", "files", "bytes", last="path", right=("files", "bytes"))
    told = {place.path for place in report.places}
    for line in report.kept:
        where = "" if line.path in told else line.path
        kept.add_row(line.what, f"{line.files:,}", decimal(line.bytes), Text(where))
    least = f"while the library has less than {decimal(report.min_free_bytes)} (YTARCHIVE_MIN_FREE_BYTES)"
    resting = Text(f"✗ downloads rest, {least}", "red") if report.resting else Text(f"downloads rest {least}")
    nodes = [Text(f"node {one.node}: {decimal(one.free)} free") for one in report.nodes]
    tables = stacked(rooms, *([kept] if report.kept else []))
    return Group(tables, resting, *_store(report.store), *nodes)


def _store(store: StoreReport | None) -> Iterator[Text]:
    """Say what the server keeps, and what it does not tell."""
    if store is None:
        return
    if store.fault:
        yield Text(f"✗ the server keeps nothing new: {store.fault}", "red")
    limit = "tells no limit" if store.limit is None else f"at most {decimal(store.limit)}"
    until = " until it is started anew" if store.pid and store.limit is not None else ""
    reserved = f"; {decimal(store.reserved)} are reserved" if store.reserved else ""
    yield Text(f"the server keeps {decimal(store.used)} of ours, and {limit}{until}{reserved}")
    if not store.pid:
        yield Text(
            "- it runs elsewhere: what room its disk has, and that a write failed, it does not tell", "dim"
        )


def doctor(report: DoctorReport) -> RenderableType:
    """Show the findings, each with the command that mends it, and how many there are."""
    rows = _facts(style="bold")
    for one in report.findings:
        sign, style = _GRADES[one.grade]
        told = Text(one.text, "" if one.grade is Grade.OK else style)
        rows.add_row(Text(sign, style), f"{one.check} ", told)
        if one.command:
            rows.add_row("", "", Text(f"→ {one.command}", "cyan"))
    return Group(rows, Text(_counted(report.findings), "bold" if report.ok else "bold red"))


def _counted(findings: Sequence[Finding]) -> str:
    names = {Grade.FAILED: "to be mended", Grade.WARNING: "to be looked at", Grade.SKIPPED: "left out"}
    counts = {name: sum(one.grade is grade for one in findings) for grade, name in names.items()}
    told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    return told or "nothing is wrong"


def _facts(*, style: str = "") -> Table:
    """Give rows of signs and sentences, which are broken between words."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    if style:
        table.add_column(no_wrap=True, style=style)
    table.add_column(overflow="fold", no_wrap=False)
    return table


def _table(*columns: str, last: str, right: Sequence[str] = ()) -> Table:
    """Give a table without content; the last column takes what room is left."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column in right else "left")
    table.add_column(last, overflow="fold", ratio=1)
    return table
