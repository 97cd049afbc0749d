from datetime import UTC, datetime
from typing import Any

import msgspec

from cli import render
from cli.render.fixity import of_fixity
from schemas.common import State
from schemas.fixity import Depth, Scope, Trouble
from schemas.fixity_reports import (
    AuditHistory,
    AuditLine,
    AuditProblem,
    AuditReport,
    FileCount,
    ScheduleReport,
    ScrubLine,
)
from schemas.queries import JobView
from tests.unit.cli.shown import shown

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def report(scope: Scope, *problems: AuditProblem) -> AuditReport:
    return AuditReport(
        ok=not problems,
        events=9,
        jobs=1,
        files=FileCount(expected=4, ok=4 - len(problems)),
        problems=problems,
        scope=scope,
    )


def test_an_audit_says_how_closely_it_looked_and_at_what() -> None:
    assert "✓ 4 of 4 files as the log says (existence and size)" in shown(render.audit(report(Scope())))
    narrow = Scope(depth=Depth.PACKETS, channel="C", jobs=("0" * 16,), since=AT, sample=5)
    told = shown(render.audit(report(narrow)))
    assert "files of 1 job, channel C, what changed since 2026-11-25" in told
    assert ", 5 % as the log says (existence, size, SHA-256 and packets)" in told


def test_what_is_wrong_is_listed() -> None:
    problem = AuditProblem(kind="renamed", path="a.mp4", job_id="0" * 16, detail="it is b.mp4")
    told = shown(render.audit(report(Scope(), problem)))
    assert f"renamed     a.mp4\n            it is b.mp4 (job {'0' * 16})\n" in told
    assert "✗ 1 problem; 3 of 4 files" in told


def test_where_the_log_is_broken_no_chain_is_said_to_hold_and_of_some_files_nothing_is_said_of_it() -> None:
    whole = shown(render.audit(report(Scope())))
    assert "9 events of 1 job read, every chain followed" in whole
    narrow = shown(render.audit(report(Scope(channel="C"))))
    assert "9 events of 1 job read\n" in narrow
    broken = AuditProblem(kind="log", job_id="0" * 16, detail="message 7: version 3 after 1")
    told = shown(render.audit(report(Scope(), broken)))
    assert f"log         message 7: version 3 after 1 (job {'0' * 16})\n" in told
    assert "9 events of 1 job read, the log does not hold together in 1 place\n" in told
    assert "every chain" not in told


def test_files_that_only_the_lists_know_are_counted_with_what_brings_the_log_back() -> None:
    problem = AuditProblem(kind="unexpected", path="a.mp4", detail="SHA256SUMS lists it")
    told = shown(render.audit(msgspec.structs.replace(report(Scope(), problem), listed=1200)))
    assert "SHA256SUMS lists 1,200 files of which the log knows nothing" in told
    assert "`ytarchive restore` brings back a newer backup" in told


def test_what_the_log_knew_already_is_counted_with_what_helps() -> None:
    problem = AuditProblem(kind="altered", path="a.mp4", detail="cut: known since then, and not read now")
    told = shown(render.audit(msgspec.structs.replace(report(Scope(), problem), known=1)))
    assert "✗ 1 problem; 3 of 4 files" in told
    assert "1 file known to be damaged: `ytarchive repair --all` brings it back, or finds it whole" in told


def test_the_schedule_is_told_in_words() -> None:
    def told(every: float | None, depth: Depth = Depth.CONTENT, rate: float = 0) -> str:
        return shown(render.schedule(ScheduleReport(every=every, depth=depth, rate=rate))).strip()

    assert told(None) == "no audits are scheduled"
    assert told(2592000) == "every file is read once in 30 days, while `ytarchive up` runs"
    assert told(86400, Depth.PACKETS, 2e7).startswith(
        "every file and every packet of media is read once in 1 day, at most 20.0 MB a second"
    )
    assert "1.5 hours" in told(5400)
    assert "2 seconds" in told(2)


def test_audits_that_were_and_go_on_are_listed() -> None:
    line = AuditLine(
        audit_id="3ab1c07d52e94f68",
        node="attic",
        scope=Scope(),
        standing=False,
        due_files=160,
        due_bytes=0,
        files=12,
        bytes=4096,
        found={Trouble.MISSING: 1},
        started_at=AT,
        updated_at=AT,
        finished_at=None,
    )
    standing = {"standing": True, "found": {}}
    lines = (line, type(line)(**{name: getattr(line, name) for name in line.__struct_fields__} | standing))
    schedule = ScheduleReport(every=None, depth=Depth.CONTENT, rate=0)
    told = shown(render.audits(AuditHistory(schedule=schedule, audits=lines)))
    assert "12 of 160" in told
    assert "4.1 kB" not in told  # names are not read
    assert "1 missing" in told
    assert "unfinished" in told
    assert "`ytarchive audit --resume` goes on" in told
    assert "attic, scheduled" in told


def test_a_scheduled_audit_that_is_suspended_or_behind_is_shown_with_the_reason() -> None:
    def told(due: datetime | None = AT, behind: int = 0, suspended: str = "") -> str:
        schedule = ScheduleReport(every=86400, depth=Depth.CONTENT, rate=0)
        line = ScrubLine(node="attic", due=due, behind=behind, suspended=suspended)
        return shown(render.audits(AuditHistory(schedule=schedule, audits=(), nodes=(line,))))

    assert "  attic: next at 2026-11-25" in told()
    assert "  attic: nothing to be read" in told(due=None)
    late = told(behind=2)
    assert "  attic: files of 2 jobs are due since 2026-11-25" in late
    assert "is it up, and its library there?" in late
    assert "  attic: suspended, it is not there\n" in told(suspended="it is not there")
    assert "  attic: suspended, it is not there; files of 1 job are due" in told(
        suspended="it is not there", behind=1
    )


def test_a_job_shows_what_is_damaged() -> None:
    job = JobView(job_id="0" * 16, url="u", state=State.ARCHIVED, damaged={"a": Trouble.ALTERED})
    assert "✗ 1 file damaged " in shown(render.jobs_table([job]))
    narrow = shown(render.jobs_table([msgspec.structs.replace(job, title="Long enough a title")]), 80)
    assert "Long enough a ti" in narrow


def test_events_of_audits_are_told_in_a_few_words() -> None:
    counted: dict[str, Any] = {"files": 2, "bytes": 3000, "depth": "content", "found": {"altered": 1}}
    finding = {"kind": "altered", "path": "a", "detail": "other"}
    told = {
        "audit.started": counted | {"scope": {"depth": "content"}},
        "fixity.checked": counted,
        "audit.finished": counted,
        "audit.scheduled": {"every": 86400.0},
        "audit.found": {"finding": finding},
        "fixity.failed": {"finding": finding | {"path": ""}},
        "fixity.repaired": {"path": "a", "how": "returned"},
        "job.archived": {},
    }
    assert [str(of_fixity(type_, data)) for type_, data in told.items()] == [
        "2 files, 3.0 kB (content): 1 altered",
        "2 files, 3.0 kB (content): 1 altered",
        "2 files, 3.0 kB: 1 altered",
        "every 1 days",
        "altered: a: other",
        "altered: other",
        "a returned",
        "None",
    ]
    assert str(of_fixity("audit.scheduled", {"every": None})) == "never"
