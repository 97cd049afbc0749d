from datetime import UTC, datetime, timedelta

import pytest

from schemas.common import Category, Severity, Stage
from ytarchive.domain.job import FailedAttempt
from ytarchive.recovery.severity import Escalation, escalated

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOTH = Escalation(count=3, age=HOUR)


def failed(count: int) -> tuple[FailedAttempt, ...]:
    return (FailedAttempt(Stage.METADATA, Category.NETWORK, AT),) * count


@pytest.mark.parametrize(
    ("count", "later", "severity"),
    [
        (0, HOUR, Severity.INFO),
        (2, HOUR / 2, Severity.INFO),
        (3, HOUR / 2, Severity.WARNING),
        (2, HOUR, Severity.WARNING),
        (3, HOUR, Severity.ERROR),
    ],
)
def test_what_happens_often_and_for_long_matters_more(
    count: int, later: timedelta, severity: Severity
) -> None:
    assert escalated(Severity.INFO, BOTH, failed(count), AT + later) is severity


def test_nothing_is_worse_than_critical() -> None:
    assert escalated(Severity.CRITICAL, BOTH, failed(9), AT + 9 * HOUR) is Severity.CRITICAL


def test_what_does_not_escalate_stays_as_it_is() -> None:
    assert escalated(Severity.WARNING, Escalation(), failed(99), AT + 99 * HOUR) is Severity.WARNING
