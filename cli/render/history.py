"""What was known of a video, version by version."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.words import SHORT_ID, clock, length
from schemas.past import Change, HistoryReport, MissedLook, Refreshed, VersionLine

_SHOWN: Final = 60
_TEXTS: Final = ("description",)
"""Fields of many lines, of which only `--diff` shows what changed."""
_PICTURE: Final = "picture"
_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


def history(report: HistoryReport, library: Path, *, diff: bool) -> RenderableType:
    """Show the versions, the oldest first, and the looks between them that found nothing."""
    told: list[tuple[int, RenderableType]] = [
        *((one.seq, Group(*_version(one, library, diff=diff))) for one in report.versions),
        *((one.seq, _missed(one)) for one in report.missed),
    ]
    told.sort(key=lambda one: one[0])
    zone = f"  (times in {report.versions[-1].last_seen.astimezone():UTC%z})" if report.versions else ""
    return Group(Text.assemble((report.url, "bold"), (zone, "dim")), *(shown for _, shown in told))


def refreshed(report: Refreshed) -> RenderableType:
    """Say which videos have changed, and in what."""
    looked = f"{report.looked} looked at again"
    if not report.changed:
        return Text(f"{looked}, nothing has changed", "green")
    lines = [
        Text.assemble("  ", (one.video.title, "bold"), "  ", (", ".join(one.fields), "yellow"))
        for one in report.changed
    ]
    return Group(Text(f"{looked}, {len(lines)} changed: `ytarchive history VIDEO --diff` shows how"), *lines)


def _version(one: VersionLine, library: Path, *, diff: bool) -> Iterator[Text]:
    looks = f"{one.looks} looks, the last {clock(one.last_seen)}" if one.looks > 1 else "1 look"
    yield Text.assemble(
        (f"{one.number:>3}  {clock(one.first_seen)}  ", "dim"),
        (one.title, "bold"),
        (f"  {length(one.duration)}" if one.duration else "", "dim"),
        (f"  {looks}, job {one.job_id[:SHORT_ID]}", "dim"),
    )
    if diff:
        for line in one.diff:
            yield Text(f"     {line}", _STYLES.get(line[:1], ""))
    else:
        for change in one.changes:
            yield Text.assemble(f"     {change.field}: ", *_change(change))
    if one.picture and (one.number == 1 or any(change.field == _PICTURE for change in one.changes)):
        where = library / one.picture.path if one.picture.path else one.picture.name
        yield Text(f"     picture {_digest(one.picture.sha256)} is {where}", "dim")


def _change(change: Change) -> tuple[Text, ...]:
    if change.field in _TEXTS:
        before, now = (len((side or "").splitlines()) for side in (change.before, change.now))
        return (Text(f"{before} lines → {now} lines; --diff shows them", "yellow"),)
    say = _digest if change.field == _PICTURE else _brief
    return Text(say(change.before), "red"), Text(" → "), Text(say(change.now), "green")


def _digest(sha256: str) -> str:
    return f"{sha256[:12]}…"


def _brief(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _missed(one: MissedLook) -> Text:
    why = f"not to be had: {one.failure.message} ({one.failure.category})"
    return Text.assemble(
        ("  ✗  ", "red"),
        (f"{clock(one.at)}  ", "dim"),
        (why, "red"),
        (f"  job {one.job_id[:SHORT_ID]}", "dim"),
    )
