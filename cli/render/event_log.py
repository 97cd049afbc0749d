"""The log as a file, and backups."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from cli.render.words import zoned
from schemas.log_reports import (
    BackupReport,
    Coverage,
    ExportReport,
    ImportReport,
    KeyReport,
    LogProblem,
    LogReport,
    SignReport,
)

_SHOWN = 50
_NOTHING_PROVES = "nothing proves who wrote it"


def log_exported(report: ExportReport) -> RenderableType:
    """Show what an export has."""
    behind = f" behind message {report.after}" if report.after else ""
    lines = [
        f"✓ {_number(report.messages, 'message')}{behind} in {report.file}, {decimal(report.bytes)}",
        f"  up to message {report.last}, root {report.root[:16]}…",
    ]
    if report.covered:
        lines.append(f"  covered by signed checkpoints up to message {report.covered}")
    return _with_problems(report.problems, "the log itself does not hold together", "\n".join(lines))


def log_verified(report: LogReport) -> RenderableType:
    """Show what a log proved to be."""
    counts = ((report.messages, "message"), (report.events, "event"), (report.aggregates, "chain"))
    lines = [
        f"{', '.join(report.files) or 'the log'}: {', '.join(_number(*count) for count in counts)}",
        f"  up to message {report.last}",
        f"  root {report.root}",
        *_covered(report.covered, report.problems),
    ]
    if report.after:
        unproven = (
            f"{_number(report.unproven, 'chain')} from before it" if report.unproven else "what is before it"
        )
        lines.append(f"  behind message {report.after}: {unproven} can be checked with the files before this")
    if not report.ok:
        known = [lines[0], *(lines[3:] if report.covered.checkpoints or report.covered.unknown else [])]
        what = "not all of it is as it was written"
        if report.whole:
            what = "consistent in itself, but not signed to its end by a key that counts"
        return _with_problems(report.problems, what, "\n".join(known))
    proved = report.covered.known and report.covered.checkpoints
    word = "all as it was written" if proved else "consistent in itself"
    return Text("\n".join([f"✓ {lines[0]}: {word}", *lines[1:]]))


def _covered(covered: Coverage, problems: Sequence[LogProblem]) -> list[str]:
    unknown = [
        f"  not counted: checkpoints by a key nobody named\n  key {key}"
        for key in covered.unknown
        if not any(key in problem.detail for problem in problems)
    ]
    if covered.unchecked:
        number = _number(covered.unchecked, "checkpoint")
        return [f"  {number}, not checked: `pip install 'ytarchive[signing]'`", f"  {_NOTHING_PROVES}"]
    if not covered.checkpoints:
        which = " that count" if covered.unknown else ""
        return [f"  no signed checkpoints{which}: {_NOTHING_PROVES}", *unknown]
    number = _number(covered.checkpoints, "checkpoint")
    word = "covered" if covered.known else "signed"
    said = f"  {word} up to message {covered.sequence} by {number} since {zoned(covered.since)}"
    keys = [f"  key {key}" for key in covered.keys]
    whose = "  whoever wrote it may have made that key: `--key` names one you know"
    return [said, *keys, *([] if covered.known else [whose]), *unknown]


def log_signed(report: SignReport) -> RenderableType:
    """Show up to where the log is signed."""
    return Text(f"✓ signed up to message {report.sequence}\n  key {report.key}")


def log_imported(report: ImportReport, state: Path) -> RenderableType:
    """Show what log there is now."""
    text = (
        f"✓ {_number(report.messages, 'message')}, {_number(report.events, 'event')}, in {state}\n"
        f"  up to message {report.last}, read back: root {report.root[:16]}…"
    )
    if report.without_documents:
        text += "\n  without the metadata documents it refers to: a backup has them, an export has not"
    what = "it was imported all the same: the log was so when it was exported, or nobody known has signed it"
    return _with_problems(report.problems, what, text)


def signing_key(report: KeyReport) -> RenderableType:
    """Show where a key is, and the part of it that may be known."""
    return Text(
        f"private key  {report.file}\npublic key   {report.key}\n"
        f"With YTARCHIVE_SIGNING_KEY_FILE={report.file} checkpoints of the log are signed; "
        f"`events verify --key` takes the public key. Keep it somewhere else."
    )


def backed_up(report: BackupReport) -> RenderableType:
    """Show what a backup has."""
    return _with_problems(
        report.problems,
        "not everything is as it should be",
        f"✓ {report.file}, {decimal(report.bytes)}: {_contents(report)}",
    )


def restored(report: BackupReport, state: Path) -> RenderableType:
    """Show what was put where."""
    text = f"✓ {state}: {_contents(report)}\n  from {report.file}, every file in it as it was written"
    if report.configuration:
        text += f"\n  the configuration is in {report.configuration}"
    return _with_problems(report.problems, "it was restored all the same: so it was backed up", text)


def _contents(report: BackupReport) -> str:
    parts = [
        _number(report.messages, "message"),
        _number(report.documents, "document"),
        f"{_number(report.logs, 'file')} of log lines",
        "configuration" if report.configuration else "no configuration",
        "secrets" if report.secrets else "no secrets",
    ]
    return ", ".join(parts)


def _with_problems(problems: Sequence[LogProblem], what: str, text: str) -> RenderableType:
    if not problems:
        return Text(text)
    lost = [problem for problem in problems if problem.document]
    told = [problem for problem in problems if not problem.document]
    shown = [Text(f"✗ {_problem(problem)}", "red") for problem in told[:_SHOWN]]
    if lost:
        documents = f"{_number(len(lost), 'document')}, which the log refers to"
        shown.append(Text(f"✗ {documents}, not there: {lost[0].document}{', …' * (len(lost) > 1)}", "red"))
    more = len(told[_SHOWN:])
    rest = [Text(f"✗ and {more} more", "red")] if more else []
    return Group(Text(text.lstrip("✓ ")), *shown, *rest, Text(f"✗ {what}", "red"))


def _problem(problem: LogProblem) -> str:
    line = f"line {problem.line}" if problem.line else ""
    message = f"message {problem.sequence}" if problem.sequence else ""
    about = f"job {problem.job_id}" if problem.job_id else ""
    where = ", ".join(filter(None, (problem.file, line, message, about)))
    return ": ".join(filter(None, (where, problem.detail)))


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
