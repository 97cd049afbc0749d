"""``backup`` and ``restore``: everything but the library in one file, and back."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cli import render
from cli.configuration import without_passwords
from cli.logs_as_files import checked_for_import, problems_of, sign
from cli.output import show, write_json
from cli.runner import run_async
from cli.session import reading
from schemas import codec
from schemas.events import MetadataRecorded
from schemas.log_reports import BackupReport, LogProblem
from ytarchive.domain.log_reader import LogReader
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime import documents
from ytarchive.runtime.backup_file import Member, Writer, members
from ytarchive.runtime.credentials import FILE as CREDENTIALS
from ytarchive.runtime.log_blocks import packed, unpacked
from ytarchive.runtime.log_files import export_log, read_file
from ytarchive.runtime.private_file import read_private, write_private
from ytarchive.runtime.state_dir import SIGNING_KEY
from ytarchive.runtime.whole_file import written_whole
from ytarchive.settings import config_file

if TYPE_CHECKING:
    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.domain.log_check import LogCheck
    from ytarchive.domain.log_lines import Stored
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.log_files import Exported
    from ytarchive.settings import Settings

_LOG, _CONFIG, _ABOUT = "log.jsonl.zst", "config.toml", "backup.json"
_DOCUMENTS, _LOGS, _SECRETS = "documents/", "logs/", "secrets/"
_FORMAT = 1
_MOST_OF_DOCUMENT = 256 << 20


class _About(msgspec.Struct, frozen=True):
    """What wrote a backup, and when."""

    format: int
    program: str
    at: datetime


def backup(settings: "Settings", target: Path, *, secrets: bool, as_json: bool) -> int:
    """Write a backup, while everything runs. Gives 1 where something that belongs into it is not there."""
    if target.is_dir():
        target /= f"ytarchive-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
    report = run_async(
        _backup(settings, target, secrets=secrets), interrupted="Stopped. There is no new backup."
    )
    if as_json:
        write_json(report)
    else:
        show(render.backed_up(report))
    return 1 if report.problems else 0


async def _backup(settings: "Settings", target: Path, *, secrets: bool) -> BackupReport:
    with written_whole(str(target)) as file:
        writer = Writer(file)
        about = _About(_FORMAT, version("ytarchive"), datetime.now(UTC))
        writer.add(_ABOUT, msgspec.json.encode(about))
        async with reading(settings, live=bool(settings.signing_key_file)) as bus:
            await sign(settings, bus)
            exported, known = await _log(bus, writer, target.parent)
            missing = [name for name in sorted(known) if not await _document(bus, writer, name, known[name])]
        logs = _lines(settings, writer)
        configuration = _configuration(writer, secrets=secrets)
        if secrets:
            _add_secrets(settings, writer)
        writer.end()
        size = file.tell()
    check = exported.check
    return BackupReport(
        file=str(target),
        bytes=size,
        messages=exported.messages,
        last=check.last,
        root=check.edge().root,
        documents=len(known) - len(missing),
        logs=logs,
        configuration=configuration,
        secrets=secrets,
        problems=(*problems_of(check), *(_missing(name) for name in missing)),
    )


def _missing(name: str) -> LogProblem:
    return LogProblem(detail=f"the document {name}, which the log refers to, is not there")


async def _log(bus: "Bus", writer: Writer, folder: Path) -> "tuple[Exported, dict[str, str]]":
    """Add the log, and give the documents it refers to, which stay until they are read: names and SHA-256."""
    known: dict[str, str] = {}

    def heard(commit: "Commit[Event]") -> None:
        known.update(_referred(commit))

    with tempfile.TemporaryFile(dir=folder) as file:  # a tar says how long a member is before the member
        exported = await export_log(bus, file, heard=heard)
        file.seek(0)
        writer.copy(_LOG, file, exported.bytes)
    return exported, known


def _referred(commit: "Commit[Event]") -> dict[str, str]:
    """Give the documents a commit refers to: their names, and their SHA-256."""
    recorded = [event for event in commit.events if isinstance(event, MetadataRecorded)]
    return {kept.name: kept.fingerprint for one in recorded for kept in (one.metadata, one.thumbnail) if kept}


async def _document(bus: "Bus", writer: Writer, name: str, digest: str) -> bool:
    """Add a document, and tell whether it was there."""
    document = await documents.fetch(bus, name, digest)
    if document is not None:
        writer.add(f"{_DOCUMENTS}{name}", packed(document))
    return document is not None


def _lines(settings: "Settings", writer: Writer) -> int:
    """Add the files with log lines, and give their number."""
    folder, added = settings.state_dir / "logs" / "archive", set[str]()
    while new := {path.name for path in folder.glob("*.jsonl*") if not path.name.endswith(".new")} - added:
        for name in sorted(new):
            added.add(name)
            with contextlib.suppress(
                FileNotFoundError
            ):  # it is being packed: then it is there under that name
                content = (folder / name).read_bytes()
                whole = content if name.endswith(".gz") else content[: content.rfind(b"\n") + 1]
                writer.add(f"{_LOGS}{name}", whole)
    return len(added)


def _configuration(writer: Writer, *, secrets: bool) -> str:
    """Add the configuration file, and give its name; empty where there is none."""
    path = config_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    writer.add(_CONFIG, (text if secrets else without_passwords(text)).encode())
    return str(path)


def _add_secrets(settings: "Settings", writer: Writer) -> None:
    credentials = settings.nats_credentials or settings.state_dir / CREDENTIALS
    for name, path in ((CREDENTIALS, credentials), (SIGNING_KEY, settings.signing_key_file)):
        if path and path.exists():
            writer.add(f"{_SECRETS}{name}", read_private(path))


class _Seen(NamedTuple):
    """What was found in a backup that is whole."""

    log: LogReader
    documents: int
    missing: Sequence[str]
    logs: int
    secrets: bool


def restore(settings: "Settings", path: Path, *, as_json: bool) -> int:
    """Verify a backup, then put it into an empty state directory. Gives 1 where it has problems."""
    seen = _verified(path)
    edge = checked_for_import([path], [seen.log])
    config = config_file()
    config = settings.state_dir / "config.toml.restored" if config.exists() else config

    async def main() -> "LogCheck":
        from ytarchive.runtime.rebuilding import put_log, rebuilt

        async with rebuilt(settings) as bus:
            check = await put_log(bus, settings, _messages(path), edge)
            await _put_rest(bus, settings, path, config)
            return check

    check = run_async(main(), interrupted="Stopped. The log is not there: restore again.")
    configured = any(member.name == _CONFIG for member in members(path))
    report = BackupReport(
        file=str(path),
        bytes=path.stat().st_size,
        messages=check.messages,
        last=check.last,
        root=check.edge().root,
        documents=seen.documents,
        logs=seen.logs,
        configuration=str(config) if configured else "",
        secrets=seen.secrets,
        problems=(*problems_of(seen.log.check), *map(_missing, seen.missing)),
    )
    if as_json:
        write_json(report)
    else:
        show(render.restored(report, settings.state_dir))
    return 1 if report.problems else 0


def _verified(path: Path) -> _Seen:
    """Read all of a backup. Raises `YtarchiveError` where it is not what was written."""
    log, referred = LogReader(), set[str]()
    found: list[str] = []
    for member in members(path):
        found.append(member.name)
        if member.name == _ABOUT:
            _check_format(path, member)
        elif member.name == _LOG:
            for stored in read_file(log, member.content):
                with contextlib.suppress(codec.Undecodable):
                    referred |= _referred(codec.commits.decode(stored.payload)).keys()
    kept = {name.removeprefix(_DOCUMENTS) for name in found if name.startswith(_DOCUMENTS)}
    if _LOG not in found:
        raise YtarchiveError(f"{path} has no log in it", hint="Nothing was changed.")
    return _Seen(
        log,
        len(kept),
        sorted(referred - kept),
        sum(name.startswith(_LOGS) for name in found),
        any(name.startswith(_SECRETS) for name in found),
    )


def _check_format(path: Path, member: Member) -> None:
    try:
        about = msgspec.json.decode(member.content.read(), type=_About)
    except msgspec.DecodeError as error:
        raise YtarchiveError(
            f"{path} does not say what it is: {error}", hint="Nothing was changed."
        ) from error
    if about.format > _FORMAT:
        raise UsageError(
            f"ytarchive {about.program} wrote {path}, in format {about.format}; this version reads {_FORMAT}",
            hint=f"Use ytarchive {about.program} or a newer one. Nothing was changed.",
        )


def _messages(path: Path) -> "Iterator[Stored]":
    for member in members(path):
        if member.name == _LOG:
            yield from read_file(LogReader(), member.content)


async def _put_rest(bus: "Bus", settings: "Settings", path: Path, config: Path) -> None:
    """Put everything but the log where it belongs. What is there of log lines stays."""
    archive = settings.state_dir / "logs" / "archive"
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in members(path):
        kind, _, rest = name.partition("/")
        if name.startswith(_DOCUMENTS):
            await documents.keep(bus, rest, unpacked(content.read(), name, _MOST_OF_DOCUMENT))
        elif kind == "logs" and not (archive / Path(rest).name).exists():
            write_private(archive / Path(rest).name, content.read())
        elif kind == "secrets" and rest in (CREDENTIALS, SIGNING_KEY):
            write_private(settings.state_dir / rest, content.read())
        elif name == _CONFIG:
            config.parent.mkdir(parents=True, exist_ok=True)
            write_private(config, content.read())
