"""What was known of a video, version by version."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from cli.render.hanging import Hanging
from cli.render.words import SHORT_ID, clock, length
from schemas.past import Change, HistoryReport, MissedLook, Refreshed, VersionLine

_SHOWN: Final = 60
_TEXTS: Final = ("description",)
"""Fields of many lines, of which only `--diff` shows what changed."""
_PICTURE: Final = "picture"
_INDENT: Final = Text("     ")
_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


def history(report: HistoryReport, library: Path, *, diff: bool) -> RenderableType:
    """Show the versions, the oldest first, and the looks between them that found nothing."""
    sizes = {one.picture.sha256: one.picture.bytes for one in report.versions if one.picture}
    told: list[tuple[int, RenderableType]] = [
        *((one.seq, Group(*_version(one, library, sizes, diff=diff))) for one in report.versions),
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


def _version(
    one: VersionLine, library: Path, sizes: Mapping[str, int | None], *, diff: bool
) -> Iterator[Hanging]:
    looks = f"{one.looks} looks, the last {clock(one.last_seen)}" if one.looks > 1 else "1 look"
    told = Text.assemble(
        (f"{clock(one.first_seen)}  ", "dim"),
        (one.title, "bold"),
        (f"  {length(one.duration)}" if one.duration else "", "dim"),
        (f"  {looks}, job {one.job_id[:SHORT_ID]}", "dim"),
    )
    yield Hanging(Text(f"{one.number:>3}  ", "dim"), told)
    for line in one.diff if diff else ():
        yield Hanging(_INDENT, Text(line, _STYLES.get(line[:1], "")))
    for change in one.changes:
        if not diff or change.field == _PICTURE:
            yield Hanging(_INDENT, Text.assemble(f"{change.field}: ", *_change(change, sizes)))
    if one.picture and (one.number == 1 or any(change.field == _PICTURE for change in one.changes)):
        where = library / one.picture.path if one.picture.path else "kept: `--save DIR` writes it there"
        yield Hanging(_INDENT, Text(f"picture {_digest(one.picture.sha256)} is {where}", "dim"))


def _change(change: Change, sizes: Mapping[str, int | None]) -> tuple[Text, ...]:
    if change.field in _TEXTS:
        before, now = (len((side or "").splitlines()) for side in (change.before, change.now))
        return (Text(f"{before} lines → {now} lines; --diff shows them", "yellow"),)
    if change.field == _PICTURE:
        old, new = (_sized(side, sizes) for side in (change.before, change.now))
        return Text(old, "red"), Text(" → "), Text(new, "green")
    say = _brief
    return Text(say(change.before), "red"), Text(" → "), Text(say(change.now), "green")


def _sized(sha256: str, sizes: Mapping[str, int | None]) -> str:
    size = sizes.get(sha256)
    return _digest(sha256) + (f" ({decimal(size)})" if size is not None else "")


def _digest(sha256: str) -> str:
    return f"{sha256[:12]}…"


def _brief(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _missed(one: MissedLook) -> Hanging:
    why = f"not to be had: {one.failure.message} ({one.failure.category})"
    told = Text.assemble(
        (f"{clock(one.at)}  ", "dim"), (why, "red"), (f"  job {one.job_id[:SHORT_ID]}", "dim")
    )
    return Hanging(Text("  ✗  ", "red"), told)
