"""Settings, where they come from, and what is wrong with that."""

from collections.abc import Iterable
from pathlib import PurePath

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.hanging import hanging
from cli.render.words import clock, many
from schemas.settings_reports import CheckReport, LimitsReport, LoginsReport, SettingsReport
from ytarchive.plain import plain
from ytarchive.sources.problems import Problem


def settings(report: SettingsReport) -> RenderableType:
    """Show settings: name, value, where it came from; what it means; below all, which files those are."""
    width = max(map(len, report.settings))
    lines: list[RenderableType] = []
    for name, line in report.settings.items():
        value = Text.assemble(
            f"{line.value} " if line.value else "",
            (f"→ {line.limit} (limits) " if line.limit is not None else "", "yellow"),
            (f"({PurePath(line.origin).name})", "dim"),
        )
        lines.append(hanging(Text(f"{name:<{width}}  ", "bold"), value))
        lines.append(hanging(Text(" " * 4), Text(line.meaning, "dim")))
    return Group(*lines, *_files(line.origin for line in report.settings.values()))


def _files(origins: Iterable[str]) -> list[Text]:
    """Say where files are that were named without their folders."""
    places = sorted({origin.rpartition(":")[0] or origin for origin in origins if "/" in origin})
    return [Text(f"{PurePath(place).name} is {place}", "dim") for place in places]


def limits(report: LimitsReport) -> Table:
    """Show limits: each as it is on all nodes, and below that on those where it is another."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column("limit", no_wrap=True)
    table.add_column("now", justify="right", no_wrap=True)
    table.add_column("configured", overflow="fold")
    table.add_column("changed", overflow="fold", ratio=2)
    for line in report.limits:
        name = f"  on {line.node}" if line.node else line.name
        configured = "" if line.node else f"{_number(line.configured)} ({PurePath(line.origin).name})"
        why = f": {plain(line.reason)}" if line.reason else ""
        changed = f"{clock(line.changed)}, event {line.event}{why}" if line.changed else ""
        value = Text(_number(line.value), "bold" if line.changed else "")
        table.add_row(name, value, Text(configured), Text(changed))
    return table


def _number(value: str) -> str:
    return f"{int(value):,}" if value.isdigit() else value


def logins(report: LoginsReport) -> Table:
    """Show the files that were written, and what each is for."""
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(style="dim")
    table.add_row(f"✓ {report.server}", "include it in nats-server's configuration")
    for node, file in report.nodes.items():
        table.add_row(f"✓ {file}", f"YTARCHIVE_NATS_CREDENTIALS on {node}")
    table.add_row(f"✓ {report.admin}", "for `recovery redrive` and `discard`, nobody else")
    return table


def problem(found: Problem) -> Text:
    """Show one thing that is wrong, the line it is in, and what to do."""
    sign, style = ("!", "yellow") if found.warning else ("✗", "red")
    lines = Text.assemble((f"{sign} {found.where}", style), f": {found.what}")
    for further in filter(None, (found.pointed, found.hint and f"  {found.hint}")):
        lines.append(f"\n{further}", "dim" if further is found.pointed else "")
    return lines


def checked(report: CheckReport) -> RenderableType:
    """Sum up what was looked at."""
    wrong = sum(not one.warning for one in report.problems)
    warnings = len(report.problems) - wrong
    told = [many(wrong, "problem")] if wrong else []
    told += [many(warnings, "warning")] if warnings else []
    sources = [f"{many(number, 'setting')} from {source}" for source, number in report.set.items()]
    sources += [many(len(report.profiles), "profile")] if report.profiles else []
    if report.missing and all(one.where != report.file for one in report.problems):
        sources.append(f"there is no {report.file}, `ytarchive config init` writes it")
    if not sources and not wrong:
        sources.append(f"all of {report.file} is default")
    counted = ", ".join(told) or "nothing wrong"
    return hanging(
        Text("✗ ", "red") if wrong else Text("✓ ", "green"),
        Text(" · ".join(filter(None, (counted, ", ".join(sources))))),
    )
