"""``backup``: everything but the library in one file."""

import contextlib
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cli import render
from cli.event_log_files import problems_of, sign
from cli.output import answer
from cli.runner import run_async
from cli.session import check_file, check_target, reading
from schemas.events import MetadataRecorded
from schemas.log_reports import BackupReport, LogProblem
from ytarchive.errors import UsageError
from ytarchive.passwords import secrets_in, without_passwords, without_secrets
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
    Writer,
)
from ytarchive.runtime.credentials import FILE as CREDENTIALS
from ytarchive.runtime.log_blocks import packed
from ytarchive.runtime.log_files import export_log
from ytarchive.runtime.private_file import read_private
from ytarchive.runtime.state_dir import KNOWN_KEYS, SIGNING_KEY
from ytarchive.runtime.whole_file import written_whole
from ytarchive.small_file import content
from ytarchive.sources import config_file

if TYPE_CHECKING:
    from schemas.envelope import Commit
    from schemas.events import Event
    from ytarchive.domain.checkpoints import Trust
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.log_files import Exported
    from ytarchive.settings import Settings


def backup(settings: "Settings", file_or_folder: str, *, secrets: bool, as_json: bool) -> int:
    """Write a backup, while everything runs. Gives 1 where something that belongs into it is not there."""
    target = check_file(settings, file_or_folder)
    if target.is_dir():
        target /= f"ytarchive-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
        check_target(settings, target)
    report = run_async(
        _backup(settings, target, secrets=secrets), interrupted="Stopped. There is no new backup."
    )
    answer(report, render.backed_up, as_json=as_json)
    return 1 if report.problems else 0


async def _backup(settings: "Settings", target: Path, *, secrets: bool) -> BackupReport:
    with written_whole(str(target)) as file:
        writer = Writer(file)
        about = About(FORMAT, version("ytarchive"), datetime.now(UTC))
        writer.add(ABOUT, msgspec.json.encode(about))
        async with reading(settings, live=bool(settings.signing_key_file)) as bus:
            unsigned = await sign(settings, bus)
            exported, known = await _log(bus, writer, target.parent, signing.trust(settings))
            missing = [name for name in sorted(known) if not await _document(bus, writer, name, known[name])]
        logs = _lines(settings, writer)
        configuration = _configuration(settings, writer, secrets=secrets)
        if keys := signing.known_keys(settings.state_dir):
            writer.add(KNOWN_KEYS, "".join(f"{key}\n" for key in sorted(keys)).encode())
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
        problems=(*problems_of(check), *unsigned, *(missing_document(name) for name in missing)),
    )


def missing_document(name: str) -> LogProblem:
    """Say that a document is not where the log has it."""
    return LogProblem(detail=f"the document {name}, which the log refers to, is not there", document=name)


async def _log(bus: "Bus", writer: Writer, folder: Path, trust: "Trust") -> "tuple[Exported, dict[str, str]]":
    """Add the log, and give the documents it refers to, which stay until they are read: names and SHA-256."""
    known: dict[str, str] = {}

    def heard(commit: "Commit[Event]") -> None:
        known.update(referred(commit))

    with tempfile.TemporaryFile(dir=folder) as file:  # a tar says how long a member is before the member
        exported = await export_log(bus, file, trust=trust, heard=heard)
        file.seek(0)
        writer.copy(LOG, file, exported.bytes)
    return exported, known


def referred(commit: "Commit[Event]") -> dict[str, str]:
    """Give the documents a commit refers to: their names, and their SHA-256."""
    recorded = [event for event in commit.events if isinstance(event, MetadataRecorded)]
    return {kept.name: kept.fingerprint for one in recorded for kept in (one.metadata, one.thumbnail) if kept}


async def _document(bus: "Bus", writer: Writer, name: str, digest: str) -> bool:
    """Add a document, and tell whether it was there."""
    document = await documents.fetch(bus, name, digest)
    if document is not None:
        writer.add(f"{DOCUMENTS}{name}", packed(document))
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
                said = (folder / name).read_bytes()
                whole = said if name.endswith(".gz") else said[: said.rfind(b"\n") + 1]
                writer.add(f"{LOGS}{name}", whole)
    return len(added)


def _configuration(settings: "Settings", writer: Writer, *, secrets: bool) -> str:
    """Add the configuration file, and give its name; empty where there is none."""
    path = config_file()
    try:
        text = content(path).decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not secrets:
        known = secrets_in(settings.ytdlp_options, settings.nats_url)
        text = without_secrets(without_passwords(text), known)
    writer.add(CONFIG, text.encode())
    return str(path)


def _add_secrets(settings: "Settings", writer: Writer) -> None:
    credentials = settings.nats_credentials or settings.state_dir / CREDENTIALS
    for name, path in ((CREDENTIALS, credentials), (SIGNING_KEY, settings.signing_key_file)):
        if path and path.exists():
            writer.add(f"{SECRETS}{name}", read_private(path))
