"""How much a failure matters, and when the same failure begins to matter more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.common import Severity
from ytarchive.recovery.strategies import Failed

_SCALE: Final = tuple(Severity)


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """One step up from the `count`-th failure on, and one more when the first is `age` old. None is never."""

    count: int | None = None
    age: timedelta | None = None


def escalated(base: Severity, escalation: Escalation, history: Sequence[Failed], now: datetime) -> Severity:
    """Give the severity after these failures, the newest last."""
    many = escalation.count is not None and len(history) >= escalation.count
    long = escalation.age is not None and bool(history) and now - history[0].at >= escalation.age
    return _SCALE[min(_SCALE.index(base) + many + long, len(_SCALE) - 1)]
