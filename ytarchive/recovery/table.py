"""Which failure is tried again, when, how often, and how much it matters: the one place to look.

`TREATMENTS` are for jobs: the log carries them, for days and through restarts. `SHORT` is for single
requests, repeated inside the process for less than a minute; what outlasts that is a job's failure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.common import Category, Severity, Stage
from ytarchive.domain.breaker import Delay
from ytarchive.domain.context import RetryPolicy
from ytarchive.domain.job import FailedAttempt
from ytarchive.recovery.severity import Escalation, escalated
from ytarchive.recovery.strategies import (
    AdaptiveStrategy,
    Chain,
    CircuitBreakerStrategy,
    ExponentialBackoffStrategy,
    FixedDelayStrategy,
    GiveUp,
    Strategy,
    doubled,
)

_SECOND, _MINUTE, _HOUR, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


class Treatment(msgspec.Struct, frozen=True):
    """What is done about a failure. `recheck` is when one given up for good may be looked at again."""

    strategy: Strategy
    severity: Severity
    escalation: Escalation = Escalation()
    recheck: timedelta | None = None


_LOOKUPS: Final = ExponentialBackoffStrategy(
    first=5 * _SECOND, longest=10 * _MINUTE, floor=_SECOND, attempts=12
)
_DOWNLOADS: Final = msgspec.structs.replace(_LOOKUPS, attempts=40)
"""Each goes on where the one before ended, so that many are worth it."""
_TROUBLES: Final = ExponentialBackoffStrategy(
    first=30 * _SECOND, longest=15 * _MINUTE, floor=5 * _SECOND, attempts=12
)
_HOURLY: Final = FixedDelayStrategy(delay=_HOUR, attempts=24)
_PAUSES: Final = ExponentialBackoffStrategy(first=15 * _MINUTE, longest=6 * _HOUR, floor=6 * _HOUR)
"""No jitter below the floor: who was told to stay away does so for all of that time."""
_SUSPICIONS: Final = msgspec.structs.replace(_PAUSES, first=_HOUR, longest=_DAY, floor=_DAY)

_EXPIRED_AGAIN: Final = ExponentialBackoffStrategy(
    first=5 * _MINUTE, longest=6 * _HOUR, floor=_MINUTE, attempts=8
)
"""New addresses that are of no use either are the site's doing, and may be so for a while."""

TREATMENTS: Final[dict[tuple[Category, Stage | None], Treatment]] = {
    (Category.NETWORK, None): Treatment(
        Chain((_LOOKUPS, _HOURLY)), Severity.INFO, Escalation(count=8, age=6 * _HOUR)
    ),
    (Category.NETWORK, Stage.DOWNLOAD): Treatment(
        Chain((_DOWNLOADS, _HOURLY)), Severity.INFO, Escalation(count=20, age=6 * _HOUR)
    ),
    (Category.SERVER_ERROR, None): Treatment(
        Chain((_TROUBLES, _HOURLY)), Severity.INFO, Escalation(count=8, age=6 * _HOUR)
    ),
    # these spend nobody's attempts: the breaker of the egress identity opens for their times
    (Category.RATE_LIMIT, None): Treatment(
        CircuitBreakerStrategy(opening=_PAUSES), Severity.WARNING, Escalation(count=6, age=_DAY)
    ),
    (Category.BOT_CHECK, None): Treatment(
        CircuitBreakerStrategy(opening=_SUSPICIONS), Severity.ERROR, Escalation(count=3, age=_DAY)
    ),
    (Category.URL_EXPIRED, None): Treatment(
        Chain((FixedDelayStrategy(delay=timedelta(), attempts=2), _EXPIRED_AGAIN)),
        Severity.INFO,
        Escalation(count=3),
    ),
    (Category.NOT_YET, None): Treatment(
        ExponentialBackoffStrategy(first=_HOUR, longest=_HOUR, floor=30 * _MINUTE, age=60 * _DAY),
        Severity.INFO,
        Escalation(age=30 * _DAY),
    ),
    (Category.UNAVAILABLE, None): Treatment(
        Chain((FixedDelayStrategy(delay=_DAY, attempts=1), FixedDelayStrategy(delay=7 * _DAY, attempts=1))),
        Severity.WARNING,
        recheck=90 * _DAY,
    ),
    (Category.EXTRACTOR, None): Treatment(
        ExponentialBackoffStrategy(first=12 * _HOUR, longest=_DAY, floor=6 * _HOUR, attempts=5),
        Severity.WARNING,
        Escalation(count=3),
    ),
    (Category.MEDIA, None): Treatment(
        ExponentialBackoffStrategy(first=_MINUTE, longest=10 * _MINUTE, floor=10 * _SECOND, attempts=3),
        Severity.WARNING,
        Escalation(count=3),
    ),
    (Category.DISK, None): Treatment(
        FixedDelayStrategy(delay=5 * _MINUTE, age=7 * _DAY),
        Severity.ERROR,
        Escalation(age=_HOUR),
    ),
    (Category.BUG, None): Treatment(
        FixedDelayStrategy(delay=_HOUR, attempts=2), Severity.ERROR, Escalation(count=3)
    ),
    (Category.GONE, None): Treatment(GiveUp(), Severity.WARNING, recheck=90 * _DAY),
    (Category.NEEDS_AUTH, None): Treatment(GiveUp(), Severity.WARNING, recheck=30 * _DAY),
    (Category.GEO, None): Treatment(GiveUp(), Severity.WARNING, recheck=30 * _DAY),
    (Category.DRM, None): Treatment(GiveUp(), Severity.WARNING),
    (Category.REQUEST, None): Treatment(GiveUp(), Severity.WARNING),
    (Category.ENVIRONMENT, None): Treatment(GiveUp(), Severity.CRITICAL),
}

SHORT: Final[dict[Category, Strategy]] = {
    Category.NETWORK: AdaptiveStrategy(shortest=_SECOND / 10, longest=5 * _SECOND, attempts=10),
}


def treatment(category: Category, stage: Stage) -> Treatment:
    """Give what is done about a failure at a stage."""
    return TREATMENTS.get((category, stage)) or TREATMENTS[category, None]


def short(category: Category) -> Strategy:
    """Give the strategy for a single request inside the process."""
    return SHORT.get(category, GiveUp())


def policy(now: datetime, pace: float = 1.0) -> RetryPolicy:
    """Give the table as the domain's retry policy, seen from `now`. Failures of the newest kind count.

    `pace` is a factor on every wait.
    """

    def due(job_id: str, failures: tuple[FailedAttempt, ...]) -> datetime | None:
        found = treatment(failures[-1].category, failures[-1].stage)
        wait = found.strategy.next(_alike(failures), now, job_id)
        return None if wait is None else now + wait * pace

    return due


def pause(category: Category, pace: float = 1.0) -> Delay:
    """Give how long an egress identity stays away, by how often in a row it was refused."""
    found = _SUSPICIONS if category is Category.BOT_CHECK else _PAUSES
    return lambda level: doubled(found.first, found.longest, level) * pace


def recheck(category: Category, pace: float = 1.0) -> timedelta | None:
    """Give after how long to look again at what was given up; None for never."""
    found = TREATMENTS[category, None].recheck
    return None if found is None else found * pace


def severity(failures: Sequence[FailedAttempt], now: datetime) -> Severity:
    """Say how much the newest of these failures matters, at least one, after those like it."""
    found = treatment(failures[-1].category, failures[-1].stage)
    return escalated(found.severity, found.escalation, _alike(failures), now)


def _alike(failures: Sequence[FailedAttempt]) -> tuple[FailedAttempt, ...]:
    """Give the failures that get the treatment of the newest."""
    category, stage = failures[-1].category, failures[-1].stage
    stages = {other for other in Stage if treatment(category, other) is treatment(category, stage)}
    return tuple(one for one in failures if one.category is category and one.stage in stages)
