"""``restore``: a backup in an empty state directory."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from cli import render
from cli.backups import missing_document, referred
from cli.event_log_files import problems_of
from cli.event_log_import import checked_for_import
from cli.output import answer
from cli.runner import run_async
from schemas import codec
from schemas.log_reports import BackupReport
from ytarchive.domain.log_reader import LogReader
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime import documents, signing
from ytarchive.runtime.backup_file import (
    ABOUT,
    CONFIG,
    DOCUMENTS,
    FORMAT,
    LOG,
    LOGS,
    SECRETS,
    About,
    Member,
    damaged,
    members,
)
from ytarchive.runtime.credentials import FILE as CREDENTIALS
from ytarchive.runtime.log_blocks import Damaged, unpacked
from ytarchive.runtime.log_files import read_file
from ytarchive.runtime.private_file import write_private
from ytarchive.runtime.rebuilding import check_room, put_log, rebuilt
from ytarchive.runtime.state_dir import KNOWN_KEYS, SIGNING_KEY
from ytarchive.runtime.whole_file import opened
from ytarchive.sources import config_file

if TYPE_CHECKING:
    from ytarchive.domain.log_check import LogCheck
    from ytarchive.domain.log_file import Stored
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_MOST_OF_DOCUMENT: Final = 256 << 20


class _Seen(NamedTuple):
    """What was found in a backup that is whole."""

    log: LogReader
    documents: int
    missing: Sequence[str]
    logs: int
    secrets: bool
    bytes: int


def restore(settings: "Settings", path: Path, *, as_json: bool) -> int:
    """Verify a backup, then put it into an empty state directory. Gives 1 where it has problems."""
    seen = _verified(settings, path)
    edge = checked_for_import([path], [seen.log])
    check_room(settings, seen.log.check, seen.bytes)
    config = config_file()
    config = settings.state_dir / "config.toml.restored" if config.exists() else config

    async def main() -> "LogCheck":
        async with rebuilt(settings) as bus:
            check = await put_log(bus, settings, _messages(path), edge)
            await _put_rest(bus, settings, path, config)
            return check

    check = run_async(main(), interrupted="Stopped. The log is not there: restore again.")
    configured = any(member.name == CONFIG for member in members(path))
    report = BackupReport(
        file=str(path),
        bytes=_size(path),
        messages=check.messages,
        last=check.last,
        root=check.edge().root,
        documents=seen.documents,
        logs=seen.logs,
        configuration=str(config) if configured else "",
        secrets=seen.secrets,
        problems=(*problems_of(seen.log.check), *map(missing_document, seen.missing)),
    )
    answer(report, lambda found: render.restored(found, settings.state_dir), as_json=as_json)
    return 1 if report.problems else 0


def _size(path: Path) -> int:
    with opened(path) as file:
        return file.seek(0, os.SEEK_END)


def _verified(settings: "Settings", path: Path) -> _Seen:
    """Read all of a backup. Raises `YtarchiveError` where it is not what was written."""
    log, wanted = LogReader(trust=signing.arriving(settings)), set[tuple[str, str]]()
    found, kept = list[str](), dict[str, str]()
    size = 0
    for member in members(path):
        found.append(member.name)
        if member.name == ABOUT:
            _check_format(path, member)
        elif member.name == LOG:
            for stored in read_file(log, member.content):
                with contextlib.suppress(codec.Undecodable):
                    wanted |= referred(codec.commits.decode(stored.payload)).items()
        elif member.name.startswith(DOCUMENTS):
            document = _document(path, member)
            size += len(document)
            kept[member.name.removeprefix(DOCUMENTS)] = sha256(document).hexdigest()
        elif member.name.startswith(LOGS):
            size += member.bytes
    if LOG not in found:
        raise YtarchiveError(f"{path} has no log in it", hint="Nothing was changed.")
    names = {name for name, _ in wanted}
    if another := [name for name, digest in kept.items() if name in names and (name, digest) not in wanted]:
        raise damaged(path, f"{DOCUMENTS}{another[0]} is not the document that the log refers to")
    return _Seen(
        log,
        len(kept),
        sorted(names - kept.keys()),
        sum(name.startswith(LOGS) for name in found),
        any(name.startswith(SECRETS) for name in found),
        size,
    )


def _document(path: Path, member: Member) -> bytes:
    try:
        return unpacked(member.content.read(), member.name, _MOST_OF_DOCUMENT)
    except Damaged as error:
        raise damaged(path, str(error)) from error


def _check_format(path: Path, member: Member) -> None:
    try:
        about = msgspec.json.decode(member.content.read(), type=About)
    except msgspec.DecodeError as error:
        raise YtarchiveError(
            f"{path} does not say what it is: {error}", hint="Nothing was changed."
        ) from error
    if about.format > FORMAT:
        raise UsageError(
            f"ytarchive {about.program} wrote {path}, in format {about.format}; this version reads {FORMAT}",
            hint=f"Use ytarchive {about.program} or a newer one. Nothing was changed.",
        )


def _messages(path: Path) -> "Iterator[Stored]":
    for member in members(path):
        if member.name == LOG:
            yield from read_file(LogReader(), member.content)


async def _put_rest(bus: "Bus", settings: "Settings", path: Path, config: Path) -> None:
    """Put everything but the log where it belongs. What is there of log lines stays."""
    archive = settings.state_dir / "logs" / "archive"
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content, _ in members(path):
        kind, _, rest = name.partition("/")
        if name.startswith(DOCUMENTS):
            await documents.keep(bus, rest, unpacked(content.read(), name, _MOST_OF_DOCUMENT))
        elif kind == "logs" and not (archive / Path(rest).name).exists():
            write_private(archive / Path(rest).name, content.read())
        elif name == KNOWN_KEYS:
            signing.remember(settings.state_dir, content.read().decode("ascii", "replace").split())
        elif kind == "secrets" and rest in (CREDENTIALS, SIGNING_KEY):
            write_private(settings.state_dir / rest, content.read())
        elif name == CONFIG:
            config.parent.mkdir(parents=True, exist_ok=True)
            write_private(config, content.read())
