"""Whom a site refuses: what the log says about how it treated whoever asked, folded into a breaker each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from schemas.common import Category, Failure
from schemas.events import (
    AttemptFailed,
    JobEvent,
    ListingFinished,
    MediaDownloaded,
    MetadataRecorded,
    PageRecorded,
    StageBlocked,
    StageStarted,
    VideoSkipped,
)
from schemas.queries import EgressView
from ytarchive.domain.breaker import Breaker


class Refusals:
    """The breakers of all egress identities that were ever refused."""

    def __init__(self) -> None:
        self._breakers: dict[str, Breaker] = {}
        self._why: dict[str, Failure] = {}

    def __iter__(self) -> Iterator[str]:
        """Iterate over all identities that were ever refused."""
        return iter(self._breakers)

    def breaker(self, egress: str) -> Breaker:
        """Give the breaker of an egress identity; of one that was never refused, a closed one."""
        return self._breakers.get(egress, _CLOSED)

    def refused(self, egress: str) -> EgressView | None:
        """Tell until when, and why, the site refuses an identity; until then, and until one got through."""
        breaker = self.breaker(egress)
        if breaker.open_until is None:
            return None
        failure = self._why[egress]
        return EgressView(egress=egress, until=breaker.open_until, refusals=breaker.level, failure=failure)

    def hear(self, event: JobEvent, at: datetime, rested_for: str) -> None:
        """Learn from an event of a job that rested for an identity before, or for none."""
        match event:
            case StageStarted(by_hand=True) if rested_for in self._breakers:  # somebody wants to see now
                self._breakers[rested_for] = self.breaker(rested_for).half_open(at)
            case StageBlocked(egress=egress, until=until, failure=failure) if egress:  # else it is nobody's
                self._breakers[egress] = self.breaker(egress).failed(at, lambda _level: until - at)
                self._why[egress] = failure
            case AttemptFailed(failure=Failure(category=category)) if category not in _TELLING:
                pass
            case (
                MetadataRecorded(egress=egress)
                | VideoSkipped(egress=egress)
                | PageRecorded(egress=egress)
                | ListingFinished(egress=egress)
                | MediaDownloaded(egress=egress)
                | AttemptFailed(egress=egress)
            ) if egress in self._breakers:
                self._breakers[egress] = self.breaker(egress).succeeded(at)
            case _:
                pass


_CLOSED: Final = Breaker()
_TELLING: Final = frozenset(
    {
        Category.NEEDS_AUTH,
        Category.GONE,
        Category.UNAVAILABLE,
        Category.GEO,
        Category.NOT_YET,
        Category.DRM,
        Category.MEDIA,
    }
)
"""Failures that show that the site did answer whoever asked."""
