"""What is published in ``docs/wire``: every message on the bus and every report, by the name of its document.

Like `schemas.jsonschema`, which writes them, nothing that runs imports this module.
"""

from typing import Any, get_args

import msgspec

from schemas import (
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
from schemas.answers import ErrorReport
from schemas.catalogue import CatalogueRow
from schemas.commands import BatchCommand, JobCommand, Task
from schemas.dead_letters import DeadLetter
from schemas.envelope import Commit, Envelope
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
    "config_logins": settings_reports.LoginsReport,
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

BODIES: dict[str, type] = {**_ENVELOPED, **_BARE, "commit": Commit}
"""What each message on the bus says, by the name of its document: its tag, or ``commit``."""

MESSAGES: dict[str, Any] = {
    **{tag: _ENVELOPE[body] for tag, body in _ENVELOPED.items()},
    **_BARE,
    "commit": codec.commits.shape,
}
"""Their types as they travel, in an envelope or without."""
