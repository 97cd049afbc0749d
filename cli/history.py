"""``history``: the versions of what was known of a video. Gives an exit code."""

from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from cli.asking import meant, told
from cli.output import answer, complain, tell
from cli.past import place, reached
from cli.render.history import history as shown
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import library_of, reading
from schemas.past import Change, HistoryReport, MissedLook, Picture, VersionLine
from ytarchive.domain.past import END
from ytarchive.domain.versions import Looks, Version, changes, unified
from ytarchive.errors import UsageError
from ytarchive.runtime import documents

if TYPE_CHECKING:
    from ytarchive.domain.naming import Subject
    from ytarchive.domain.past import Place
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


_BACKUP: Final = (
    "An imported log comes without its documents. A backup has them: `restore` it into a new --state. "
    "`refresh` looks at the video again."
)


class Asked(NamedTuple):
    """What is to be shown: of which time, with differences, and where to save what was kept."""

    at: str | None = None
    diff: bool = False
    save: Path | None = None


def history(settings: "Settings", name: str, asked: Asked, *, as_json: bool) -> int:
    """Show every version of a video's metadata, or the one that held at a time.

    Gives 1 where a document is lost or altered. Raises `UsageError`.
    """
    until = END if asked.at is None else place(asked.at, datetime.now().astimezone())

    async def main() -> tuple[HistoryReport, dict[str, bytes]]:
        async with reading(settings) as bus:
            await reached(bus, until)
            subject = meant((await Replay.of(bus)).jobs, name, library_of(settings))
            found = await looks(bus, subject)
            return await _report(bus, subject, found, until, asked), await _kept(bus, found, until, asked)

    report, kept = run_async(main())
    if asked.save:
        _save(asked.save, kept)
    answer(report, lambda found: shown(found, library_of(settings), diff=asked.diff), as_json=as_json)
    for fault in report.faults:
        complain(fault, wrong=True)
    if report.faults:
        tell(_BACKUP)
    return 1 if report.faults else 0


async def looks(bus: "Bus", subject: "Subject") -> Looks:
    """Give all looks at a video."""
    said = [message for job in subject.jobs async for message in told(bus, job.job_id)]
    found = Looks()
    for sequence, commit in sorted(said, key=lambda message: message[0]):
        found.hear(sequence, commit)
    return found


async def _report(
    bus: "Bus", subject: "Subject", found: Looks, until: "Place", asked: Asked
) -> HistoryReport:
    if subject.video is None:
        raise UsageError(
            f"nothing was ever found out about {subject.url}",
            hint=f"`ytarchive status {subject.jobs[-1].job_id}` tells why.",
        )
    versions = found.until(until)
    if not versions:
        raise UsageError(
            "nothing was known of the video then",
            hint=f"It was first looked at on {found.versions[0].first.astimezone():%Y-%m-%d %H:%M:%S %z}.",
        )
    faults: list[str] = []
    lines: list[VersionLine] = []
    before: Version | None = None
    known: dict[str, Any] | None = None
    for version in versions if asked.at is None else versions[-2:]:
        content = await _content(bus, version, faults)
        now = None if content is None else msgspec.json.decode(content)
        changed = differences(before, version, known, now)
        if asked.diff:
            weighed = msgspec.structs.replace(version, picture=await _weighed(bus, version.picture))
            lines.append(_line(weighed, now or {}, changed, before))
        else:
            lines.append(_line(version, now or {}, changed, None))
        before, known = version, now
    return HistoryReport(
        url=subject.url,
        video=versions[-1].video,
        versions=tuple(lines if asked.at is None else lines[-1:]),
        missed=tuple(
            MissedLook(seq=one.sequence, job_id=one.job_id, at=one.at, failure=one.failure)
            for one in found.missed
            if until.covers(one.sequence, one.at)
        ),
        faults=tuple(faults),
    )


def differences(
    before: Version | None, now: Version, known: dict[str, Any] | None, found: dict[str, Any] | None
) -> tuple[Change, ...]:
    """Give what a version has otherwise than the one before, as far as both documents are there."""
    if before is None:
        return ()
    changed = list(changes(known, found)) if known is not None and found is not None else []
    old, new = (one.picture and one.picture.sha256 for one in (before, now))
    if old and old != new:
        changed.append(Change(field="picture", before=old, now=new))
    return tuple(changed)


async def document(bus: "Bus", version: Version) -> bytes | None:
    """Give the document of a version as it was stored; None where it is lost or altered."""
    return await documents.fetch(bus, version.metadata.name, version.metadata.fingerprint)


async def _content(bus: "Bus", version: Version, faults: list[str]) -> bytes | None:
    content = await document(bus, version)
    if content is None:
        faults.append(f"version {version.number}: the document {version.metadata.name} is lost or altered")
    return content


async def _weighed(bus: "Bus", picture: Picture | None) -> Picture | None:
    """Give a picture with its size."""
    if picture is None or picture.bytes is not None:
        return picture
    content = await documents.fetch(bus, picture.name, picture.sha256)
    return msgspec.structs.replace(picture, bytes=None if content is None else len(content))


def _line(
    version: Version, known: dict[str, Any], changed: tuple[Change, ...], before: Version | None
) -> VersionLine:
    diff = [
        line
        for one in changed
        if before and one.field != "picture"
        for line in unified(one, before.number, version.number)
    ]
    return VersionLine(
        number=version.number,
        seq=version.sequence,
        job_id=version.job_id,
        first_seen=version.first,
        last_seen=version.last,
        looks=version.looks,
        title=version.video.title,
        duration=version.video.duration,
        description=known.get("description"),
        thumbnail=known.get("thumbnail"),
        picture=version.picture,
        document=version.metadata.name,
        fingerprint=version.metadata.fingerprint,
        changes=changed,
        diff=tuple(diff),
    )


async def _kept(bus: "Bus", found: Looks, until: "Place", asked: Asked) -> dict[str, bytes]:
    """Give what is to be saved, by the name of the file."""
    kept: dict[str, bytes | None] = {}
    versions = found.until(until) if asked.save else []
    for version in versions if asked.at is None else versions[-1:]:
        stem = f"{version.video.video_id}.{version.number}"
        kept[f"{stem}.info.json"] = await document(bus, version)
        if (picture := version.picture) and picture.name:
            kept[f"{stem}{PurePath(picture.name).suffix}"] = await documents.fetch(
                bus, picture.name, picture.sha256
            )
    return {name: content for name, content in kept.items() if content is not None}


def _save(folder: Path, kept: dict[str, bytes]) -> None:
    """Write files into a folder. Nothing there is overwritten: raises `UsageError`."""
    for name, content in kept.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("xb") as file:
                file.write(content)
        except OSError as error:
            raise UsageError(f"{folder / name} cannot be written: {error.strerror}") from error
