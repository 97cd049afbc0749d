from typing import Any

import msgspec
import pytest

from cli import troubles
from schemas.common import Category, Severity, Stage, State
from schemas.events import AttemptFailed, JobEvent, JobSubmitted, StageBlocked, StageStarted
from schemas.options import ArchiveOptions
from schemas.queries import JobView
from schemas.recovery_reports import RecoveryCount
from schemas.reports import EventLine
from tests.jobs import AT, JOB, URL, failure
from tests.unit.cli.jobs import job

WAITING = job(State.WAITING, Category.NETWORK, due=AT)
REFUSED = job(State.PAUSED, Category.RATE_LIMIT, due=AT)
BY_HAND = job(State.PAUSED)
GONE = job(State.FAILED, Category.GONE, due=AT)
GIVEN_UP = job(State.FAILED, Category.DRM)
FINE = [job(state) for state in State if state not in troubles.LISTED]


def line(event: JobEvent, version: int) -> EventLine:
    data: dict[str, Any] = msgspec.to_builtins(event)
    return EventLine(seq=version, job_id=JOB, version=version, type=data.pop("type"), at=AT, data=data)


def test_more_is_expected_of_what_waits_rests_or_is_looked_at_again() -> None:
    assert [troubles.expected(one) for one in (WAITING, REFUSED, BY_HAND, GONE)] == [True] * 4
    assert not any(map(troubles.expected, [GIVEN_UP, *FINE]))


def test_all_that_failed_is_retried_but_not_what_a_person_stopped() -> None:
    assert [troubles.retriable(one) for one in (WAITING, REFUSED, GONE, GIVEN_UP)] == [True] * 4
    assert not any(map(troubles.retriable, [BY_HAND, *FINE]))


def test_jobs_are_chosen_by_the_kind_of_their_last_failure() -> None:
    everything = [WAITING, REFUSED, BY_HAND, GONE]
    assert troubles.of_kind(everything, ()) == everything
    assert troubles.of_kind(everything, [Category.NETWORK, Category.GONE]) == [WAITING, GONE]


def test_jobs_are_counted_by_state_and_kind_the_most_first() -> None:
    assert troubles.counted([BY_HAND, GONE, WAITING, GONE]) == (
        RecoveryCount(state=State.FAILED, category=Category.GONE, jobs=2),
        RecoveryCount(state=State.PAUSED, category=None, jobs=1),
        RecoveryCount(state=State.WAITING, category=Category.NETWORK, jobs=1),
    )


def test_states_are_counted_in_their_order_and_only_those_there_are() -> None:
    assert list(troubles.by_state([GONE, WAITING, GONE]).items()) == [(State.WAITING, 1), (State.FAILED, 2)]


def test_every_attempt_that_failed_is_told_with_who_asked_and_whether_it_counted() -> None:
    network, refused = failure(Category.NETWORK), failure(Category.BOT_CHECK)
    events: list[JobEvent] = [
        JobSubmitted(url=URL, options=ArchiveOptions()),
        AttemptFailed(stage=Stage.METADATA, attempt=1, failure=network, node="here"),
        StageBlocked(stage=Stage.DOWNLOAD, attempt=3, failure=refused, until=AT, egress="here-proxy"),
    ]
    tried = list(troubles.failed_tries(line(event, version) for version, event in enumerate(events, 1)))
    assert [(one.stage, one.attempt, one.failure, one.node, one.egress, one.blocked) for one in tried] == [
        (Stage.METADATA, 1, network, "here", "", False),
        (Stage.DOWNLOAD, 3, refused, None, "here-proxy", True),
    ]


def test_how_much_it_matters_grows_with_the_failures_since_somebody_tried_again() -> None:
    network = AttemptFailed(stage=Stage.METADATA, attempt=1, failure=failure(Category.NETWORK), node="here")
    many: list[JobEvent] = [network] * 8
    by_hand = StageStarted(stage=Stage.METADATA, attempt=9, by_hand=True)

    def severity(*events: JobEvent) -> Severity | None:
        return troubles.recovery(WAITING, [line(event, 1) for event in events], AT).severity

    assert severity(network) is Severity.INFO
    assert severity(*many) is Severity.WARNING
    assert severity(*many, by_hand, network) is Severity.INFO
    assert severity(*many, by_hand) is None


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (WAITING, ["Wait.", f"`ytarchive retry {JOB}` tries again now."]),
        (GIVEN_UP, ["Wait.", f"`ytarchive retry {JOB}` tries again now."]),
        (job(State.CANCELLED), [f"`ytarchive retry {JOB}` tries again now."]),
        (REFUSED, ["Wait."]),  # whom the site refuses gets no further by asking
        (BY_HAND, [f"`ytarchive resume {JOB}` goes on with it."]),
        (job(State.ARCHIVED), []),
    ],
)
def test_advice_begins_with_the_failure_s_own_and_ends_with_a_command(
    found: JobView, advice: list[str]
) -> None:
    report = troubles.recovery(found, [], AT)
    assert list(report.advice) == advice
    assert (report.job_id, report.state, report.error, report.tried) == (JOB, found.state, found.error, ())
