"""What audits record: once, of jobs and of the audit, whoever is killed between."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.commands import CancelJob
from schemas.common import ArchivedFile, Role
from schemas.envelope import Commit
from schemas.events import JobCancelled
from schemas.fixity import SCHEDULE, Depth, Finding, Scope, Trouble
from schemas.fixity_commands import (
    AuditCommand,
    BeginAudit,
    FinishAudit,
    RecordAudit,
    RecordRepair,
    ScheduleAudit,
    WakeAudit,
)
from schemas.fixity_events import (
    AuditFinished,
    AuditFound,
    AuditScheduled,
    AuditStarted,
    FixityChecked,
    FixityFailed,
    FixityRepaired,
)
from schemas.results import FilesChecked
from tests.jobs import AT, JOB, MEDIA, OTHER, Desk, downloaded, fetched, stored, submit
from ytarchive.domain.findings import absent, broken_log, other_content, other_size, renamed, unexpected
from ytarchive.domain.fixity import Audit, Recorded, decide_audit, standing_audit
from ytarchive.domain.health import Health
from ytarchive.domain.replay import Break
from ytarchive.domain.views import view

AUDIT = "3ab1c07d52e94f68"
BEGIN = BeginAudit(audit_id=AUDIT, node="here", scope=Scope(depth=Depth.CONTENT), files=1, bytes=7)


def record(part: int = 1, *findings: Finding, depth: Depth = Depth.CONTENT) -> RecordAudit:
    return RecordAudit(
        audit_id=AUDIT, part=part, jobs=(JOB,), files=1, bytes=7, depth=depth, findings=findings
    )


def checked(part: int = 1, *findings: Finding) -> FilesChecked:
    return FilesChecked(
        audit_id=standing_audit("here"),
        part=part,
        node="here",
        jobs=(JOB,),
        files=1,
        bytes=7,
        depth=Depth.CONTENT,
        findings=findings,
    )


class Auditor:
    """An archive of one video, and the part of the jobs actor that hears of audits."""

    def __init__(self, *messages: AuditCommand | FilesChecked) -> None:
        self.desk = Desk(submit(), fetched(), downloaded(), stored())
        self.catalogue = self.desk.catalogue
        self.when(*messages)

    def when(self, *messages: AuditCommand | FilesChecked) -> list[Any]:
        """Hear messages, and give the events that followed from the last."""
        events: list[Any] = []
        for message in messages:
            events = []
            for recorded in self.decided(message):
                self.record(recorded)
                events += recorded.events
        return events

    def decided(self, message: AuditCommand | FilesChecked) -> tuple[Recorded, ...]:
        return decide_audit(self.catalogue.health.audit(message.audit_id), message, self.catalogue.job)

    def record(self, recorded: Recorded) -> None:
        self.desk.now += timedelta(seconds=1)
        known: Any = self.catalogue.job if recorded.aggregate == "job" else self.catalogue.health.audit
        commit: Commit[Any] = Commit(
            aggregate=recorded.aggregate,
            aggregate_id=recorded.aggregate_id,
            version=known(recorded.aggregate_id).version + 1,
            previous="",
            at=self.desk.now,
            correlation_id="conversation",
            causation_id="cause",
            events=recorded.events,
        )
        self.catalogue.apply(commit)

    @property
    def audit(self) -> Audit:
        return self.catalogue.health.audit(AUDIT)

    @property
    def damaged(self) -> dict[str, Trouble]:
        assert view(self.desk.job()).damaged == self.desk.job().damaged
        return self.desk.job().damaged


def test_an_audit_is_begun_told_of_and_finished() -> None:
    auditor = Auditor()
    assert auditor.when(BEGIN) == [AuditStarted(node="here", scope=BEGIN.scope, files=1, bytes=7)]
    stray = unexpected("x", 1)
    assert auditor.when(record(1, stray)) == [
        FixityChecked(
            part=1, jobs=(JOB,), files=1, bytes=7, depth=Depth.CONTENT, found={Trouble.UNEXPECTED: 1}
        ),
        AuditFound(finding=stray),
    ]
    auditor.when(record(2, absent(JOB, MEDIA)))
    audit = auditor.audit
    assert (audit.node, audit.due_files, audit.due_bytes) == ("here", 1, 7)
    assert (audit.parts, audit.files, audit.bytes) == (2, 2, 14)
    assert auditor.when(FinishAudit(audit_id=AUDIT, parts=2)) == [
        AuditFinished(files=2, bytes=14, found={Trouble.MISSING: 1, Trouble.UNEXPECTED: 1})
    ]
    assert auditor.audit.finished_at == auditor.desk.now
    assert auditor.audit.correlation_id == "conversation"


@pytest.mark.parametrize(
    "late",
    [
        BEGIN,
        record(1),
        record(3),
        FinishAudit(audit_id=AUDIT, parts=2),
        WakeAudit(audit_id=SCHEDULE),
        RecordAudit(audit_id=OTHER, part=1, jobs=(), files=0, bytes=0, depth=Depth.NAMES),
    ],
    ids=["begun", "told", "too early", "not all told", "woken", "of no audit"],
)
def test_what_is_late_repeated_or_early_leads_to_nothing(late: AuditCommand) -> None:
    assert Auditor(BEGIN, record(1)).when(late) == []


def test_what_has_finished_hears_no_more() -> None:
    auditor = Auditor(BEGIN, record(1), FinishAudit(audit_id=AUDIT, parts=1))
    assert auditor.when(record(2)) == auditor.when(FinishAudit(audit_id=AUDIT, parts=1)) == []


def test_a_damaged_file_is_news_of_its_job_which_stays_archived() -> None:
    auditor = Auditor(BEGIN)
    found = absent(JOB, MEDIA)
    first, second = auditor.decided(record(1, found))
    assert first == Recorded("job", JOB, (FixityFailed(audit=AUDIT, finding=found),))
    assert second.aggregate == "audit"
    auditor.when(record(1, found))
    assert auditor.damaged == {MEDIA.path: Trouble.MISSING}
    assert auditor.catalogue.archived(("youtube", "jNQXAC9IVRw"))


def test_who_is_killed_between_the_job_and_the_audit_says_nothing_twice() -> None:
    auditor = Auditor(BEGIN)
    part = record(1, absent(JOB, MEDIA))
    auditor.record(auditor.decided(part)[0])
    assert [one.aggregate for one in auditor.decided(part)] == ["audit"]


def test_the_same_damage_is_said_once_and_another_again() -> None:
    auditor = Auditor(BEGIN, record(1, absent(JOB, MEDIA)))
    assert [type(one) for one in auditor.when(record(2, absent(JOB, MEDIA)))] == [FixityChecked]
    auditor.when(record(3, renamed(JOB, MEDIA, "x")))
    assert auditor.damaged == {MEDIA.path: Trouble.RENAMED}


def test_what_reads_back_whole_again_was_repaired_and_what_was_only_looked_at_was_not() -> None:
    auditor = Auditor(BEGIN, record(1, other_content(JOB, MEDIA, 7, "c" * 64)))
    assert len(auditor.when(record(2, depth=Depth.NAMES))) == 1
    repaired, _ = auditor.when(record(3))
    assert repaired == FixityRepaired(path=MEDIA.path, file=MEDIA, how="replaced")
    assert auditor.damaged == {}


def test_a_repair_of_what_is_damaged_is_recorded_once_with_the_file_that_is_there_now() -> None:
    auditor = Auditor(BEGIN, record(1, absent(JOB, MEDIA)))
    other = ArchivedFile(path="jawed/2005/new.webm", role=Role.MEDIA, bytes=9, sha256="d" * 64)
    repair = RecordRepair(job_id=JOB, path=MEDIA.path, file=other, how="downloaded", of=OTHER)
    assert auditor.desk.when(repair) == (
        FixityRepaired(path=MEDIA.path, file=other, how="downloaded", of=OTHER),
    )
    assert auditor.desk.job().files == (other,)
    assert auditor.damaged == {}
    assert auditor.desk.when(repair) == ()


@pytest.mark.parametrize("of_its_size", [True, False])
def test_who_audited_by_an_old_log_finds_no_damage_in_what_was_repaired_with_another_file(
    of_its_size: bool,
) -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored())
    desk.record(FixityFailed(finding=absent(JOB, MEDIA)))
    other = ArchivedFile(path=MEDIA.path, role=Role.MEDIA, bytes=9, sha256="c" * 64)
    desk.record(FixityRepaired(path=MEDIA.path, file=other, how="downloaded", of=OTHER))
    audit = Audit(audit_id=AUDIT, version=1)
    found = other_size(JOB, MEDIA, 9) if of_its_size else other_content(JOB, MEDIA, 9, other.sha256)
    assert [one.aggregate for one in decide_audit(audit, record(1, found), desk.job)] == ["audit"]
    bad = other_content(JOB, other, 9, "d" * 64)
    assert [one.aggregate for one in decide_audit(audit, record(1, bad), desk.job)] == ["job", "audit"]


def test_what_is_said_of_no_file_of_an_archived_job_is_the_audits_alone() -> None:
    """Given a job that is no longer archived, and one that never had the file, then they have no news."""
    auditor = Auditor(BEGIN)
    log = broken_log(Break(job_id=JOB, sequence=3, detail="x"))
    strange = Finding(kind=Trouble.MISSING, path="another", job_id=JOB, detail="")
    _, found = auditor.when(record(1, log, strange, absent(OTHER, MEDIA)))
    assert found == AuditFound(finding=log)
    assert auditor.damaged == {}


def test_the_scheduled_audit_of_a_node_begins_with_what_it_first_tells_and_never_ends() -> None:
    auditor = Auditor()
    started, told = auditor.when(checked(1))
    assert started == AuditStarted(node="here", scope=Scope(depth=Depth.CONTENT), standing=True)
    assert isinstance(told, FixityChecked)
    assert auditor.when(checked(1)) == auditor.when(checked(3)) == []
    failed, _ = auditor.when(checked(2, absent(JOB, MEDIA)))
    assert isinstance(failed, FixityFailed)
    name = standing_audit("here")
    assert auditor.when(FinishAudit(audit_id=name, parts=2)) == []
    assert standing_audit("there") != name


def test_a_schedule_is_recorded_when_it_is_another() -> None:
    auditor = Auditor()
    monthly = ScheduleAudit(audit_id=SCHEDULE, every=2592000, depth=Depth.PACKETS, rate=1e6)
    assert auditor.when(monthly) == [AuditScheduled(every=2592000, depth=Depth.PACKETS, rate=1e6)]
    assert auditor.when(monthly) == []
    schedule = auditor.catalogue.health.schedule
    assert (schedule.every, schedule.depth, schedule.rate) == (2592000, Depth.PACKETS, 1e6)
    assert auditor.when(ScheduleAudit(audit_id=SCHEDULE, every=None)) == [AuditScheduled(every=None)]
    assert list(auditor.catalogue.health.audits()) == []


def test_an_audits_commit_may_hold_whatever_somebody_wrote() -> None:
    auditor = Auditor(BEGIN)
    auditor.record(Recorded("audit", AUDIT, (JobCancelled(),)))
    assert auditor.audit.version == 2


def test_a_job_that_was_called_off_after_all_has_no_files_that_could_be_damaged() -> None:
    auditor = Auditor(BEGIN)
    auditor.desk.record(JobCancelled(reason="forged"))
    assert auditor.desk.when(CancelJob(job_id=JOB)) == ()
    assert [type(one) for one in auditor.when(record(1, absent(JOB, MEDIA)))] == [FixityChecked]


# what is known of the archive's health


def test_what_was_read_longest_ago_comes_first() -> None:
    auditor = Auditor()
    auditor.desk.now += timedelta(days=1)
    desk = auditor.desk
    desk.when(
        submit(OTHER, force=True), fetched(job_id=OTHER), downloaded(job_id=OTHER), stored(job_id=OTHER)
    )
    health = auditor.catalogue.health
    assert list(health.nodes["here"].items()) == [(JOB, AT), (OTHER, AT + timedelta(days=1))]
    auditor.when(BEGIN, record(1, depth=Depth.NAMES))
    assert list(health.nodes["here"]) == [JOB, OTHER]
    auditor.when(record(2))
    assert list(health.nodes["here"]) == [OTHER, JOB]
    assert health.nodes["here"][JOB] == desk.now


def test_what_is_archived_again_elsewhere_is_read_there() -> None:
    health = Health()
    health.hear_archived(JOB, "here", AT)
    health.hear_archived(JOB, "there", AT)
    health.hear_check(FixityChecked(part=1, jobs=(OTHER,), files=0, bytes=0, depth=Depth.CONTENT), AT)
    assert {node: list(jobs) for node, jobs in health.nodes.items()} == {"here": [], "there": [JOB]}


def test_the_latest_audits_are_kept_and_those_that_stand() -> None:
    health = Health()
    health.hear_audit(Audit(audit_id="s" * 16, version=1, standing=True))
    for number in range(1, 151):
        health.hear_audit(Audit(audit_id=f"{number:016x}", version=1))
    kept = [audit.audit_id for audit in health.audits()]
    assert kept == ["s" * 16, *(f"{number:016x}" for number in range(51, 151))]
    assert health.audit(f"{1:016x}").version == 0
