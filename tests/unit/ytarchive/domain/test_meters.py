"""What is counted of a log, and that it is the same however often it is folded."""

from datetime import timedelta

import pytest

from schemas import codec
from schemas.commands import CancelJob, JobCommand, PauseJob, RetryJob
from schemas.common import Category, Stage, State
from schemas.fixity import Depth, Finding, Trouble
from schemas.fixity_commands import FinishAudit
from schemas.fixity_events import FixityFailed, FixityRepaired
from schemas.results import Result
from tests.jobs import (
    JOB,
    MEDIA,
    OTHER,
    Begin,
    Desk,
    downloaded,
    failed,
    fetched,
    listed,
    listing,
    page,
    stored,
    submit,
)
from tests.logs import world
from tests.unit.ytarchive.domain.test_fixity import AUDIT, BEGIN, Auditor, record
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.meters import BUCKETS, Durations, Meters


def states(meters: Meters) -> dict[str, int]:
    return {state: number for state, number in meters.videos.items() if number}


def after(desk: Desk, **seconds: tuple[JobCommand | Result | Begin, float]) -> None:
    """Let so many seconds pass before each message."""
    for message, wait in seconds.values():
        desk.now += timedelta(seconds=wait)
        desk.when(message)


def lasted(desk: Desk, stage: Stage) -> tuple[int, float]:
    found = desk.meters.stages[stage]
    return found.up_to()[-1], found.seconds


def test_durations_are_counted_by_the_bounds_they_do_not_exceed() -> None:
    durations = Durations()
    for seconds in (0.2, 1, 1.1, 86_400, 86_401, -5):
        durations.add(timedelta(seconds=seconds))
    at_most = dict(zip(BUCKETS, durations.up_to(), strict=False))
    assert (at_most[1], at_most[2.5], at_most[6 * 3600], at_most[24 * 3600]) == (3, 4, 4, 5)
    assert durations.up_to()[-1] == 6
    assert durations.seconds == pytest.approx(0.2 + 1 + 1.1 + 86_400 + 86_401)


def test_each_stage_lasts_from_the_end_of_the_one_before() -> None:
    desk = Desk(submit())
    after(desk, a=(fetched(), 2), b=(downloaded(), 30), c=(stored(), 0.5))
    assert lasted(desk, Stage.METADATA) == (1, 2)
    assert lasted(desk, Stage.DOWNLOAD) == (1, 30)
    assert lasted(desk, Stage.STORAGE) == (1, 0.5)
    assert lasted(desk, Stage.LISTING) == (0, 0)


def test_a_stage_lasts_through_its_failures_and_waits() -> None:
    desk = Desk(submit(), fetched())
    after(desk, a=(failed(Stage.DOWNLOAD), 10), b=(RetryJob(job_id=JOB), 100), c=(downloaded(2), 5))
    assert lasted(desk, Stage.DOWNLOAD) == (1, 115)


def test_what_was_called_off_begins_anew_when_somebody_tries_again() -> None:
    desk = Desk(submit())
    after(desk, a=(CancelJob(job_id=JOB), 10), b=(RetryJob(job_id=JOB), 1000), c=(fetched(2), 3))
    assert lasted(desk, Stage.METADATA) == (1, 3)


def test_what_arrives_of_a_job_that_has_ended_is_no_duration_but_bytes() -> None:
    desk = Desk(submit(), fetched(), downloaded())
    after(desk, a=(CancelJob(job_id=JOB), 1), b=(stored(), 1))
    assert desk.job().state is State.ARCHIVED
    assert lasted(desk, Stage.STORAGE) == (0, 0)
    assert desk.meters.archived == {"here": 7}


def test_a_list_is_a_stage_of_its_own_and_counts_apart() -> None:
    desk = Desk(listing(OTHER), submit())
    after(desk, a=(page(1, "one", job_id=OTHER), 4), b=(listed(1, job_id=OTHER), 4))
    assert lasted(desk, Stage.LISTING) == (1, 8)
    assert states(desk.meters) == {State.RESOLVING: 1}
    assert desk.meters.lists[State.LISTED] == 1
    assert desk.meters.lists[State.LISTING] == 0


def test_bytes_count_once_they_are_whole_where_they_are() -> None:
    desk = Desk(submit(), fetched(), downloaded(node="there"))
    assert (desk.meters.downloaded, desk.meters.archived) == ({"there": 7}, {})
    desk.when(stored())
    assert desk.meters.archived == {"here": 7}


def test_failures_and_what_follows_from_them_are_counted() -> None:
    desk = Desk(submit(), failed(Stage.METADATA), RetryJob(job_id=JOB))
    desk.when(failed(Stage.METADATA, Category.SERVER_ERROR, 2), RetryJob(job_id=JOB))
    desk.wait = None
    desk.when(failed(Stage.METADATA, Category.GONE, 3))
    assert desk.meters.failed_attempts == {
        (Stage.METADATA, Category.NETWORK): 1,
        (Stage.METADATA, Category.SERVER_ERROR): 1,
        (Stage.METADATA, Category.GONE): 1,
    }
    assert desk.meters.retries == {Category.NETWORK: 1, Category.SERVER_ERROR: 1}
    assert desk.meters.failed == {Category.GONE: 1}


def test_refusals_are_no_failed_attempts() -> None:
    desk = Desk(submit(), failed(Stage.METADATA, Category.RATE_LIMIT, egress="here"))
    assert desk.meters.refusals == {("here", Category.RATE_LIMIT): 1}
    assert not desk.meters.failed_attempts
    assert not desk.meters.retries


@pytest.mark.parametrize(("how", "counted"), [("returned", "returned"), ("by magic", "other")])
def test_damage_and_repair_are_counted(how: str, counted: str) -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored())
    finding = Finding(kind=Trouble.MISSING, path=MEDIA.path, job_id=JOB, detail="not on disk")
    desk.record(FixityFailed(audit=AUDIT, finding=finding))
    assert (desk.meters.found, desk.meters.damaged) == ({Trouble.MISSING: 1}, 1)
    desk.record(FixityRepaired(path=MEDIA.path, file=MEDIA, how=how))
    assert (desk.meters.repaired, desk.meters.damaged) == ({counted: 1}, 0)
    assert states(desk.meters) == {State.ARCHIVED: 1}


def test_audits_are_counted_where_and_how_closely_they_looked() -> None:
    auditor = Auditor(BEGIN, record(1, depth=Depth.NAMES), record(2))
    meters = auditor.desk.meters
    assert meters.checked == {("here", Depth.NAMES): 1, ("here", Depth.CONTENT): 1}
    assert +meters.checked_bytes == {("here", Depth.CONTENT): 7}
    assert (meters.checked_at, meters.audited_at) == ({"here": auditor.desk.now}, None)
    auditor.when(FinishAudit(audit_id=AUDIT, parts=2))
    assert meters.audited_at == auditor.desk.now


def test_folding_the_log_again_counts_the_same() -> None:
    once, again = Meters(), Meters()
    for meters in (once, again):
        catalogue = Catalogue(meters)
        for message in world(3):
            catalogue.apply(codec.commits.decode(message.payload))
        assert sum(meters.videos.values()) == len(catalogue) == 2
    assert _plain(once) == _plain(again)


def test_a_read_model_without_meters_is_the_same() -> None:
    auditor, metered = Auditor(), Auditor()
    auditor.catalogue = Catalogue()
    for payload in auditor.desk.log:
        auditor.catalogue.apply(codec.commits.decode(payload))
    for one in (auditor, metered):
        one.when(BEGIN, record(1), FinishAudit(audit_id=AUDIT, parts=1))
    assert list(auditor.catalogue) == list(metered.catalogue)
    assert auditor.audit == metered.audit


def test_only_what_has_not_ended_takes_memory() -> None:
    desk = Desk(submit(), submit(OTHER))
    assert len(desk.meters._since) == 2
    desk.when(PauseJob(job_id=JOB), CancelJob(job_id=OTHER))
    assert len(desk.meters._since) == 1
    desk.when(CancelJob(job_id=JOB))
    assert not desk.meters._since


def _plain(meters: Meters) -> dict[str, object]:
    return vars(meters) | {"stages": {stage: vars(found) for stage, found in meters.stages.items()}}
