"""What each command prints under ``--json``: its documents on standard output, errors on standard error.

`documents.REPORTS` and `MESSAGES` have the documents by these names.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.envelope import Message, Text

_WORK = ("event", "progress", "batch_line", "absent", "summary")
_STATUS = ("status", "batch")
_SUBMIT = ("submitted", *_WORK)
_CATALOGUE = ("catalogue", "exported")

ANSWERS: dict[str, tuple[str, ...]] = {
    "audit": ("audit", "audit_schedule", "audit_history"),
    "backup": ("backup",),
    "cancel": ("jobs",),
    "catalogue export": _CATALOGUE,
    "config check": ("config_check",),
    "config init": ("config_init",),
    "config logins": ("config_logins",),
    "config profiles": ("profiles",),
    "config show": ("settings",),
    "demo": (*_WORK, "audit"),
    "diagnostics actors": ("diagnostics_actors",),
    "diagnostics breakers": ("diagnostics_breakers",),
    "diagnostics disk": ("diagnostics_disk",),
    "diagnostics doctor": ("diagnostics_doctor",),
    "diagnostics health": ("diagnostics_health",),
    "diagnostics queues": ("diagnostics_queues",),
    "diagnostics report": ("diagnostics_report",),
    "diagnostics streams": ("diagnostics_streams",),
    "events export": ("events_export",),
    "events import": ("events_import",),
    "events key": ("events_key",),
    "events sign": ("events_sign",),
    "events verify": ("events_verify",),
    "export": ("exported",),
    "history": ("history",),
    "jobs": ("jobs",),
    "limits reset": ("limits",),
    "limits set": ("limits",),
    "limits show": ("limits",),
    "logs": ("log",),
    "pause": ("jobs",),
    "playlist cancel": ("jobs",),
    "playlist pause": ("jobs",),
    "playlist preview": ("preview",),
    "playlist resume": ("jobs",),
    "playlist retry": ("jobs",),
    "playlist status": _STATUS,
    "playlist submit": _SUBMIT,
    "quarantine": ("quarantine",),
    "rebuild": (*_CATALOGUE, "compared"),
    "recovery discard": ("letters",),
    "recovery letter": ("letter",),
    "recovery letters": ("letters",),
    "recovery list": ("jobs",),
    "recovery redrive": ("letters",),
    "recovery report": ("recovery_report",),
    "recovery retry": ("recovery_retry",),
    "recovery show": ("recovery_show",),
    "refresh": (*_WORK, "refreshed"),
    "repair": ("repair",),
    "replay": ("event", "then", *_STATUS),
    "restore": ("backup",),
    "resume": ("jobs",),
    "retry": ("jobs",),
    "run": _WORK,
    "status": _STATUS,
    "submit": _SUBMIT,
    "sums": ("sums",),
    "watch": _WORK,
    "why": ("why",),
}
"""The documents of each command: of those several, one of them, or lines of them."""

_ENDED = (
    "not everything that was asked for is archived: something failed, was cancelled, or waits for too long"
)
_BROKEN = "the log does not hold together"

FINDS: dict[str, str] = {
    "audit": "the library, or the log, is not as it should be",
    "backup": f"{_BROKEN}, or a document is lost; what there is is backed up",
    "catalogue export": _BROKEN,
    "config check": "something is refused; warnings alone are none of it",
    "demo": "a video is not archived, or is not as it should be",
    "diagnostics actors": "an actor is missing",
    "diagnostics disk": "downloads rest, or the server keeps nothing new, as there is too little room",
    "diagnostics doctor": "something must be mended",
    "diagnostics health": "something does not work as it should; 3 where nothing is archived",
    "events export": f"{_BROKEN}; it is exported as it is",
    "events import": f"{_BROKEN}; it is imported as it was exported",
    "events verify": "the log, or the file, is not as it was written",
    "export": _BROKEN,
    "history": f"{_BROKEN}, or a document is lost",
    "playlist preview": "a line of a file is no address",
    "playlist submit": f"a line of a file is no address; with `--wait`, {_ENDED}",
    "quarantine": "something could not be moved",
    "rebuild": "the files may not tell everything; with `--compare`, the log says something else",
    "recovery redrive": "a letter cannot be sent again",
    "refresh": "not everything could be looked at",
    "repair": "something is damaged still",
    "replay": f"{_BROKEN}; with `--check`, the read model differs from it",
    "restore": f"{_BROKEN}, or a document is lost: so it was backed up, and is restored",
    "run": _ENDED,
    "submit": f"a line of a file is no address; with `--wait`, {_ENDED}",
    "sums": "a folder's lists could not be written; with `--check`, they differ from the log",
    "watch": _ENDED,
}
"""What the exit code 1 of a command means that did what was asked, and says the rest in its answer."""

SILENT: dict[str, str] = {
    "actor": "runs until it is told to stop; what it has to say are log lines",
    "up": "runs until it is told to stop; what it has to say are log lines",
    "server": "runs until it is told to stop; what it has to say are log lines",
}
"""Commands that have no ``--json``, and why."""


class Ending(StrEnum):
    """Why a command ended without having done what was asked."""

    FAILED = "failed"
    USAGE = "usage"
    NO_SERVER = "no_server"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"
    BUG = "bug"


class ErrorReport(Message, frozen=True, kw_only=True, tag="error"):
    """The last line of standard error under ``--json``, where a command could not do, or end, its work.

    `hint` says what to do. `report` is a file that tells all about a `bug` of ours.
    """

    ending: Ending
    exit_code: Annotated[int, Meta(ge=1, le=255)]
    message: Text
    hint: Text = ""
    report: Text = ""
