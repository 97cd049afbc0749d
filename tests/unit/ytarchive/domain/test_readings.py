"""What the metrics say of a read model, and of actors."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.common import BatchState, Category, Stage, State
from schemas.fixity import SCHEDULE, Depth
from schemas.fixity_commands import FinishAudit, ScheduleAudit
from schemas.heartbeats import ActorState, ActorView
from tests.jobs import AT, JOB, OTHER, Desk, failed, fetched, listing, submit
from tests.unit.ytarchive.domain.test_fixity import AUDIT, BEGIN, Auditor, record
from ytarchive.domain import metrics
from ytarchive.domain.meters import Durations
from ytarchive.domain.metrics import Family
from ytarchive.domain.readings import absences, actors, archive
from ytarchive.domain.verdict import NAMES


def read(desk: Desk) -> dict[tuple[Family, tuple[str, ...]], float | Durations]:
    """Give the readings by family and labels: no two of them may be of the same."""
    found = list(archive(desk.catalogue, desk.meters, desk.now))
    by_labels = {(one.family, one.labels): one.value for one in found}
    assert len(by_labels) == len(found)
    assert all(len(one.labels) == len(one.family.labels) for one in found)
    return by_labels


def test_of_an_empty_archive_what_can_be_counted_is_0_and_what_cannot_is_not_told() -> None:
    found = read(Desk())
    assert all(found[metrics.JOBS, (kind, state)] == 0 for kind in ("video", "list") for state in State)
    assert all(found[metrics.RETRIES, (category,)] == 0 for category in Category)
    assert all(found[metrics.BATCHES, (state,)] == 0 for state in BatchState)
    assert found[metrics.AUDIT_EVERY, ()] == 0
    told = {family for family, _ in found}
    assert told.isdisjoint({metrics.ARCHIVED, metrics.BREAKER, metrics.CHECKED_AT, metrics.AUDITED_AT})


def test_jobs_are_told_by_what_they_are_for_and_their_state() -> None:
    found = read(Desk(submit(), submit(OTHER), fetched(job_id=OTHER), listing("00000000000000aa")))
    assert found[metrics.JOBS, ("video", State.RESOLVING)] == 1
    assert found[metrics.JOBS, ("video", State.DOWNLOADING)] == 1
    assert found[metrics.JOBS, ("list", State.LISTING)] == 1
    durations = found[metrics.STAGES, (Stage.METADATA,)]
    assert isinstance(durations, Durations)
    assert durations.up_to()[-1] == 1


@pytest.mark.parametrize(("later", "state"), [(0, "open"), (7 * 24, "half_open")])
def test_a_breaker_is_in_one_of_its_states(later: int, state: str) -> None:
    desk = Desk(submit(), failed(Stage.METADATA, Category.RATE_LIMIT, egress="here-1"))
    desk.now += timedelta(hours=later)
    found = read(desk)
    states = {labels[1]: value for (family, labels), value in found.items() if family is metrics.BREAKER}
    assert states == dict.fromkeys(("closed", "open", "half_open"), False) | {state: True}
    assert found[metrics.REFUSALS, ("here-1", Category.RATE_LIMIT)] == 1


def test_failed_attempts_and_retries_are_told_by_kind() -> None:
    found = read(Desk(submit(), failed(Stage.METADATA, Category.DISK)))
    assert found[metrics.FAILED_ATTEMPTS, (Stage.METADATA, Category.DISK)] == 1
    assert found[metrics.RETRIES, (Category.DISK,)] == 1
    assert found[metrics.FAILED_JOBS, (Category.DISK,)] == 0


def test_it_is_told_when_files_were_read_and_how_often_they_are_to_be() -> None:
    auditor = Auditor()
    archived_at = auditor.desk.now.timestamp()
    assert read(auditor.desk)[metrics.UNREAD_SINCE, ("here",)] == archived_at
    assert read(auditor.desk)[metrics.ARCHIVED, ("here",)] == 7
    assert read(auditor.desk)[metrics.DOWNLOADED, ("here",)] == 7
    auditor.when(ScheduleAudit(audit_id=SCHEDULE, every=86_400.0), BEGIN, record(1))
    found, now = read(auditor.desk), auditor.desk.now.timestamp()
    assert now > archived_at
    assert found[metrics.UNREAD_SINCE, ("here",)] == found[metrics.CHECKED_AT, ("here",)] == now
    assert found[metrics.CHECKED, ("here", Depth.CONTENT)] == 1
    assert found[metrics.CHECKED_BYTES, ("here", Depth.CONTENT)] == 7
    assert found[metrics.AUDIT_EVERY, ()] == 86_400
    auditor.when(FinishAudit(audit_id=AUDIT, parts=1))
    assert read(auditor.desk)[metrics.AUDITED_AT, ()] == auditor.desk.now.timestamp()
    assert auditor.catalogue.health.keeper(JOB) == "here"


def test_of_a_node_whose_archived_files_moved_nothing_is_told() -> None:
    auditor = Auditor()
    auditor.catalogue.health.hear_archived(JOB, "there", AT)
    found = read(auditor.desk)
    assert (metrics.UNREAD_SINCE, ("here",)) not in found
    assert found[metrics.UNREAD_SINCE, ("there",)] == AT.timestamp()


def actor(name: str, node: str = "here", **fields: Any) -> ActorView:
    values: dict[str, Any] = {
        "actor": name,
        "node": node,
        "instance": "i1",
        "pid": 1,
        "version": "1",
        "started": AT,
        "state": ActorState.READY,
        "here": True,
        "silent": 0.0,
    }
    return ActorView(**values | fields)


def heard(*views: ActorView) -> dict[tuple[Family, tuple[str, ...]], float | Durations]:
    return {(one.family, one.labels): one.value for one in actors(views)}


def test_an_actor_that_is_not_heard_of_is_told_to_be_gone_and_nothing_else() -> None:
    assert heard(actor("storage", here=False, free=7)) == {(metrics.ACTOR, ("storage", "here")): False}


def test_an_actor_that_stopped_in_good_order_is_no_more() -> None:
    assert heard(actor("storage", here=False, state=ActorState.STOPPED)) == {}


def test_of_each_name_it_is_told_whether_nobody_does_its_work() -> None:
    views = [actor(name, here=name != "logs") for name in NAMES]
    told = {one.labels: one.value for one in absences(views)}
    assert told == {(name,): name == "logs" for name in NAMES}


def test_actors_are_told_by_name_and_node_and_twins_count_together() -> None:
    later = AT + timedelta(hours=1)
    found = heard(
        actor("download", slots=2, busy=1, dropped=3, memory=40),
        actor("download", slots=2, busy=2, version="2", started=later, memory=2),
        actor("download", here=False, busy=9),
        actor("download", "there", twins=(5, 6), rests="no room"),
    )
    here = ("download", "here")
    assert found[metrics.ACTOR_TWINS, here] == found[metrics.ACTOR_RESTS, here] == 0
    assert found[metrics.ACTOR_RESTS, ("download", "there")] == 1
    assert found[metrics.ACTOR_TWINS, ("download", "there")] == 2
    assert found[metrics.ACTOR, here] == found[metrics.ACTOR, ("download", "there")] == 1
    assert found[metrics.ACTOR_TASKS, here] == 3
    assert found[metrics.ACTOR_SLOTS, here] == 4
    assert found[metrics.DROPPED, here] == 3
    assert found[metrics.MEMORY, here] == 42
    assert found[metrics.ACTOR_SINCE, here] == later.timestamp()
    assert {labels for family, labels in found if family is metrics.ACTOR_VERSION} == {
        (*here, "1"),
        (*here, "2"),
        ("download", "there", "1"),
    }


def test_the_room_on_a_disk_is_what_was_said_last() -> None:
    found = heard(
        actor("storage", free=5, silent=1.0),
        actor("download", free=6, silent=0.5),
        actor("metadata", free=4, silent=2.0),
        actor("jobs", free=9),
        actor("logs", "there", free=None),
    )
    assert {labels: value for (family, labels), value in found.items() if family is metrics.DISK} == {
        ("here", "library"): 6,
        ("here", "state"): 9,
    }
