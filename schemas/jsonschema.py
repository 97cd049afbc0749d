"""The contract for people and programs that do not read Python: JSON Schema and AsyncAPI documents.

``python -m schemas.jsonschema`` writes them into ``docs/wire`` of the checkout it is called in: ``schemas``
has a document for every message on the bus, ``reports`` one for everything the command line prints under
``--json``, ``commands.md`` tells which command prints which, and ``asyncapi.json`` which message goes where.
``--check`` writes nothing, and exits with 1 when one is not current. Nothing that runs imports this module.
"""

import inspect
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from schemas import (
    asyncapi,
    codec,
    diagnostics_reports,
    fixity_reports,
    log_file,
    log_reports,
    past,
    recovery_reports,
    repair_reports,
    reports,
    settings_reports,
)
from schemas.answers import ANSWERS, SILENT, ErrorReport
from schemas.catalogue import CatalogueRow
from schemas.commands import BatchCommand, JobCommand, Task
from schemas.dead_letters import DeadLetter
from schemas.envelope import END, Commit, Envelope
from schemas.fixity_commands import AuditCommand, CheckFiles
from schemas.heartbeats import ActorList, Heartbeat
from schemas.limits import ChangeLimits, LimitsInForce
from schemas.logs import AskLogs, KeptLine, LogPage, LogRecord
from schemas.progress import Progress
from schemas.queries import (
    AskCheckpoint,
    AskLeave,
    BatchList,
    Checkpoint,
    JobList,
    Leave,
    Query,
    QueueList,
    VideoList,
)
from schemas.results import FilesChecked, Result

REPORTS: dict[str, type[msgspec.Struct]] = {
    "absent": reports.AbsentLine,
    "audit": fixity_reports.AuditReport,
    "audit_history": fixity_reports.AuditHistory,
    "audit_schedule": fixity_reports.ScheduleReport,
    "batch": reports.BatchReport,
    "batch_line": reports.BatchLine,
    "backup": log_reports.BackupReport,
    "catalogue": CatalogueRow,
    "compared": reports.Compared,
    "config_check": settings_reports.CheckReport,
    "config_init": settings_reports.InitReport,
    "error": ErrorReport,
    "diagnostics_actors": diagnostics_reports.ActorsReport,
    "diagnostics_breakers": diagnostics_reports.BreakersReport,
    "diagnostics_disk": diagnostics_reports.DiskReport,
    "diagnostics_doctor": diagnostics_reports.DoctorReport,
    "diagnostics_health": diagnostics_reports.HealthReport,
    "diagnostics_queues": diagnostics_reports.QueuesReport,
    "diagnostics_report": diagnostics_reports.DiagnosticReport,
    "diagnostics_streams": diagnostics_reports.StreamsReport,
    "event": reports.EventLine,
    "events_export": log_reports.ExportReport,
    "events_import": log_reports.ImportReport,
    "events_key": log_reports.KeyReport,
    "events_sign": log_reports.SignReport,
    "events_verify": log_reports.LogReport,
    "exported": reports.Exported,
    "history": past.HistoryReport,
    "jobs": reports.JobsReport,
    "letter": recovery_reports.LetterReport,
    "letters": recovery_reports.LettersReport,
    "log": KeptLine,
    "limits": settings_reports.LimitsReport,
    "log_begins": log_file.LogBegins,
    "log_ends": log_file.LogEnds,
    "log_message": log_file.LogMessage,
    "preview": reports.PreviewReport,
    "profiles": reports.ProfilesReport,
    "quarantine": repair_reports.QuarantineReport,
    "recovery_report": recovery_reports.RecoverySummary,
    "recovery_retry": recovery_reports.RetryReport,
    "recovery_show": recovery_reports.JobRecovery,
    "refreshed": past.Refreshed,
    "repair": repair_reports.RepairReport,
    "settings": settings_reports.SettingsReport,
    "status": reports.StatusReport,
    "submitted": reports.Submitted,
    "sums": reports.SumsReport,
    "summary": reports.Summary,
    "then": past.ThenReport,
    "why": past.WhyReport,
}
"""What the command line prints, by the name of its document."""

_OURS = ("asyncapi.json", "commands.md", "reports/*.json", "schemas/*.json")
_PREFACE = (
    "# Which command prints which document",
    "",
    "Of several, one of them under `--json`, or lines of them; [the wire](../wire.md) says when which.",
    "Where a command fails, [error](reports/error.json) is the last line of standard error.",
    "",
    "| command | documents |",
    "|---|---|",
)
_ENVELOPE: Any = Envelope
_ENVELOPED = {
    body.__struct_config__.tag: body
    for body in get_args(
        JobCommand | BatchCommand | AuditCommand | ChangeLimits | Task | CheckFiles | Result | FilesChecked
    )
}
_BARE = {
    body.__struct_config__.tag: body
    for body in (
        *get_args(Query),
        JobList,
        BatchList,
        VideoList,
        AskLeave,
        Leave,
        AskCheckpoint,
        Checkpoint,
        AskLogs,
        LogPage,
        Progress,
        LogRecord,
        DeadLetter,
        Heartbeat,
        ActorList,
        QueueList,
        LimitsInForce,
    )
}

MESSAGES: dict[str, Any] = {
    **{tag: _ENVELOPE[body] for tag, body in _ENVELOPED.items()},
    **_BARE,
    "commit": codec.commits.shape,
}
"""The type of every message on the bus, by the name of its document: its tag, or ``commit``."""


def documents() -> dict[str, dict[str, Any]]:
    """Give every document by its path."""
    bodies: dict[str, type] = {**_ENVELOPED, **_BARE, "commit": Commit}
    summaries = {tag: (inspect.getdoc(body) or "").partition("\n")[0] for tag, body in bodies.items()}
    return {
        **{f"schemas/{name}.json": schema(name, shape) for name, shape in MESSAGES.items()},
        **{f"reports/{name}.json": schema(name, shape) for name, shape in REPORTS.items()},
        "asyncapi.json": asyncapi.document(summaries),
    }


def texts() -> dict[str, str]:
    """Give what is to be in every file, by its path."""
    written = {path: f"{json.dumps(node, indent=2)}\n" for path, node in documents().items()}
    return {**written, "commands.md": _commands()}


def _commands() -> str:
    """Give the page that names the documents of each command."""
    rows = [
        f"| `{command}` | {', '.join(f'[{name}]({_place(name)})' for name in names)} |"
        for command, names in ANSWERS.items()
    ]
    silent = [f"- `{command}`: {why}." for command, why in SILENT.items()]
    return "\n".join([*_PREFACE, *rows, "", "These have no `--json`:", "", *silent, ""])


def _place(name: str) -> str:
    return f"{'reports' if name in REPORTS else 'schemas'}/{name}.json"


def schema(name: str, shape: Any) -> dict[str, Any]:
    """Give the JSON Schema of one message, complete in itself."""
    found = msgspec.json.schema(shape)
    definitions = found["$defs"]
    top = definitions.pop(found["$ref"].removeprefix("#/$defs/"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_portable(top),
        "title": name,
        "$defs": {key: _portable(definitions[key]) for key in sorted(definitions)},
    }


def _portable(node: Any) -> Any:
    """Say the same to every validator, under every Python: no OpenAPI, no look-ahead, no indented text."""
    match node:
        case {"anyOf": _, "discriminator": _, **rest}:
            return {"anyOf": _portable(node["anyOf"]), **_portable(rest)}
        case dict():
            return {
                key: inspect.cleandoc(value)
                if key == "description" and isinstance(value, str)
                else _portable(value)
                for key, value in node.items()
            }
        case list():
            return [_portable(item) for item in node]
        case str():
            return node.replace(END, "$")
        case _:
            return node


def outdated(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Give the paths of documents that are missing, differ, or are no longer wanted."""
    paths = [path for pattern in _OURS for path in folder.glob(pattern)]
    found = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}
    return sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents, or check them. `arguments` are the program's own if None. Gives the exit code."""
    parser = ArgumentParser(prog="python -m schemas.jsonschema", description="The published wire contract.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/wire"), help="default: docs/wire")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if anything differs")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    wanted = texts()
    changed = outdated(folder, wanted)
    for path in changed:
        sys.stdout.write(f"{folder / path}: {'not current' if options.check else 'written'}\n")
        if not options.check:
            _write(folder / path, wanted.get(path))
    if options.check and changed:
        sys.stderr.write("`python -m schemas.jsonschema` makes them so\n")
        return 1
    return 0


def _write(path: Path, text: str | None) -> None:
    if text is None:  # no longer wanted
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
