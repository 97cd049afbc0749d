"""Who may ask a site for something now: one door for all workers of an egress identity.

While the site refuses an identity nobody goes; then one goes first, to see, alone until its job has gone on.
Otherwise so many an hour: the tokens of a bucket, of which metadata and download take one each. What is
remembered here may be lost: the refusals are in the log, and a new bucket is full.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.common import State
from schemas.queries import AskLeave, Leave, PaceView
from ytarchive.domain.archive_saga import overtaken
from ytarchive.domain.breaker import Circuit
from ytarchive.domain.waits import left

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue

_PROBE_WAIT: Final = 5.0
_BURST: Final = 0.2
"""Share of an hour's tokens that may be taken at once."""
_TAKEN_PER_VIDEO: Final = 2
_LONG: Final = timedelta(seconds=10)
"""A wait that is worth telling."""
_ASKING: Final = frozenset({State.RESOLVING, State.DOWNLOADING})


class Bucket:
    """Tokens that come back steadily, up to `size`; `per_second` of them."""

    def __init__(self, size: float, per_second: float, now: datetime) -> None:
        self._size, self._per_second = size, per_second
        self._tokens, self._at = size, now

    def change(self, size: float, per_second: float, now: datetime) -> None:
        """Have tokens come back at another pace from now on. What was taken was taken."""
        self._fill(now)
        self._size, self._per_second = size, per_second

    def wait(self, now: datetime, *, take: bool) -> float:
        """Give the seconds until there is a token; with `take`, one that is there is gone."""
        self._fill(now)
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= take
        return 0.0

    def _fill(self, now: datetime) -> None:
        passed = max((now - self._at).total_seconds(), 0)  # clocks are set back
        self._tokens += passed * self._per_second
        self._tokens, self._at = min(self._tokens, self._size), now


class Probe(NamedTuple):
    """The task that went first. Unless its worker is heard of, it is taken for lost at `until`."""

    task: str
    until: datetime


class Door:
    """Gives leave. `videos_per_hour` 0 is no limit; a worker may be silent for `silence` seconds."""

    def __init__(self, catalogue: "Catalogue", videos_per_hour: int, silence: float) -> None:
        self._catalogue = catalogue
        self._hourly = videos_per_hour * _TAKEN_PER_VIDEO
        self._silence = timedelta(seconds=silence)
        self._buckets: dict[str, Bucket] = {}
        self._probes: dict[str, Probe] = {}
        self._next: dict[str, datetime] = {}

    @property
    def egresses(self) -> tuple[str, ...]:
        """Who has asked for leave where there was a limit."""
        return tuple(self._buckets)

    def limit(self, videos_per_hour: int, now: datetime) -> None:
        """Have another number of videos asked for in an hour from now on."""
        self._hourly = videos_per_hour * _TAKEN_PER_VIDEO
        for bucket in self._buckets.values() if self._hourly else ():
            bucket.change(*self._measures(), now)

    def answer(self, request: AskLeave, now: datetime) -> Leave:
        """Say yes, or how long to wait, or that nobody waits for the task any longer."""
        if self._overtaken(request.task):
            return Leave(wait=0.0, overtaken=True)
        if refused := self._catalogue.refusals.refused(request.egress):
            if self._catalogue.refusals.breaker(request.egress).circuit(now) is Circuit.OPEN:
                return Leave(wait=max((refused.until - now).total_seconds(), 0.1), blocked=refused)
            probe = self._probes.get(request.egress)
            goes_on = probe and request.task and probe.task == request.task
            if probe and not goes_on and self._out(probe, now) and not self._overtaken(probe.task):
                return Leave(wait=_PROBE_WAIT, blocked=refused)
            if request.take or goes_on:
                self._probes[request.egress] = Probe(request.task, now + self._silence)
            return self._leave(request.task)
        if not self._hourly:
            return self._leave(request.task)
        wait = self._bucket(request.egress, now).wait(now, take=request.take)
        self._next[request.egress] = now + timedelta(seconds=wait)
        return self._leave(request.task, wait)

    def paced(self, now: datetime) -> tuple[PaceView, ...]:
        """Give those that have asked for all an hour allows, where a job waits for that and it takes long."""
        return tuple(
            PaceView(egress=egress, until=until, per_hour=self._hourly // _TAKEN_PER_VIDEO)
            for egress, until in self._next.items()
            if until - now > _LONG and any(job.state in _ASKING for job in self._catalogue.unended())
        )

    def _leave(self, task: str, wait: float = 0.0) -> Leave:
        job = self._catalogue.job(_job_id(task))
        return Leave(wait=wait, pages=job.pages, resume=job.resume)

    def _out(self, probe: Probe, now: datetime) -> bool:
        return left(probe.until, probe.until - self._silence, now) > timedelta()

    def _overtaken(self, task: str) -> bool:
        return overtaken(self._catalogue.job(_job_id(task)), task)

    def _bucket(self, egress: str, now: datetime) -> Bucket:
        if egress not in self._buckets:
            self._buckets[egress] = Bucket(*self._measures(), now)
        return self._buckets[egress]

    def _measures(self) -> tuple[float, float]:
        return max(1.0, self._hourly * _BURST), self._hourly / 3600


def _job_id(task: str) -> str:
    return task.partition(":")[0]
