"""Which failure is tried again, when, and how often: the one place to look."""

from datetime import datetime, timedelta
from typing import Final

from schemas.common import Category
from ytarchive.domain.job import FailedAttempt, RetryPolicy
from ytarchive.recovery.strategies import ExponentialBackoffStrategy, FixedDelayStrategy, GiveUp, Strategy

_SECOND, _MINUTE, _HOUR, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)

STRATEGIES: Final[dict[Category, Strategy]] = {
    Category.NETWORK: ExponentialBackoffStrategy(5 * _SECOND, 10 * _MINUTE, 8),
    Category.RATE_LIMIT: ExponentialBackoffStrategy(30 * _MINUTE, 6 * _HOUR, 12),
    Category.URL_EXPIRED: FixedDelayStrategy(timedelta(), 2),
    Category.NEEDS_AUTH: GiveUp(),
    Category.GONE: GiveUp(),
    Category.UNAVAILABLE: FixedDelayStrategy(_DAY, 2),
    Category.GEO: GiveUp(),
    Category.NOT_YET: FixedDelayStrategy(_HOUR, 24 * 14),
    Category.DRM: GiveUp(),
    Category.EXTRACTOR: ExponentialBackoffStrategy(6 * _HOUR, _DAY, 5),
    Category.REQUEST: GiveUp(),
    Category.MEDIA: ExponentialBackoffStrategy(_MINUTE, 10 * _MINUTE, 3),
    Category.DISK: FixedDelayStrategy(5 * _MINUTE, 288),
    Category.ENVIRONMENT: GiveUp(),
    Category.BUG: FixedDelayStrategy(_HOUR, 2),
}


def policy(now: datetime) -> RetryPolicy:
    """Give the table as the domain's retry policy, seen from `now`. Failures of the newest kind count."""

    def due(job_id: str, failures: tuple[FailedAttempt, ...]) -> datetime | None:
        category = failures[-1].category
        failed = sum(failure.category is category for failure in failures)
        delay = STRATEGIES[category].delay(failed, job_id)
        return None if delay is None else now + delay

    return due
