"""Who may ask a site for something now: one door for all workers of an egress identity.

While the site refuses an identity nobody goes; then one goes first, to see. Otherwise so many an hour: the
tokens of a bucket, of which metadata and download take one each. What is remembered here may be lost: the
refusals are in the log, and a new bucket is full.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from schemas.queries import AskLeave, Leave
from ytarchive.domain.archive_saga import overtaken

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue

_PROBE_LASTS: Final = 2.0
"""After so many times what a worker may be silent, the first one to go is given up and another is sent."""
_PROBE_WAIT: Final = 5.0
_BURST: Final = 0.2
"""Share of an hour's tokens that may be taken at once."""
_TAKEN_PER_VIDEO: Final = 2


class Bucket:
    """Tokens that come back steadily, up to `size`; `per_second` of them."""

    def __init__(self, size: float, per_second: float, now: datetime) -> None:
        self._size, self._per_second = size, per_second
        self._tokens, self._at = size, now

    def wait(self, now: datetime, *, take: bool) -> float:
        """Give the seconds until there is a token; with `take`, one that is there is gone."""
        passed = max((now - self._at).total_seconds(), 0)  # clocks are set back
        self._tokens += passed * self._per_second
        self._tokens, self._at = min(self._tokens, self._size), now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= take
        return 0.0


class Door:
    """Gives leave. `videos_per_hour` 0 is no limit; a worker may be silent for `silence` seconds."""

    def __init__(self, catalogue: "Catalogue", videos_per_hour: int, silence: float) -> None:
        self._catalogue = catalogue
        self._hourly = videos_per_hour * _TAKEN_PER_VIDEO
        self._lease = timedelta(seconds=_PROBE_LASTS * silence)
        self._buckets: dict[str, Bucket] = {}
        self._probes: dict[str, datetime] = {}

    def answer(self, request: AskLeave, now: datetime) -> Leave:
        """Say yes, or how long to wait, or that nobody waits for the task any longer."""
        if request.task and overtaken(self._catalogue.job(request.task.partition(":")[0]), request.task):
            return Leave(wait=0.0, overtaken=True)
        if refused := self._catalogue.refused(request.egress):
            if now < refused.until:
                return Leave(wait=max((refused.until - now).total_seconds(), 0.1), blocked=refused)
            if now < self._probes.get(request.egress, now):
                return Leave(wait=_PROBE_WAIT, blocked=refused)
            if request.take:
                self._probes[request.egress] = now + self._lease
            return Leave(wait=0)
        if not self._hourly:
            return Leave(wait=0)
        return Leave(wait=self._bucket(request.egress, now).wait(now, take=request.take))

    def heard(self, egress: str) -> None:
        """Note that whoever went first is back."""
        self._probes.pop(egress, None)

    def _bucket(self, egress: str, now: datetime) -> Bucket:
        if egress not in self._buckets:
            self._buckets[egress] = Bucket(max(1.0, self._hourly * _BURST), self._hourly / 3600, now)
        return self._buckets[egress]
