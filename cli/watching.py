"""Watching jobs until they end, whatever happens to the server meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import nats.errors

from cli.away import Away
from cli.output import event_lines
from cli.screens import all_well
from cli.session import library_of
from cli.tail import Watched, tail
from schemas import subjects
from schemas.common import BatchState, Stage, State
from schemas.heartbeats import AbsentView
from schemas.progress import Progress
from schemas.queries import BatchView, EgressView, ListBatches
from ytarchive.domain.job import Job
from ytarchive.domain.registry import SILENCE
from ytarchive.errors import TimedOut, YtarchiveError
from ytarchive.runtime import event_log
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from cli.screens import Screen
    from cli.session import System
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_LOOK_SECONDS: Final = 1.0
_SOON: Final = 0.25
_ANSWER_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 5.0
"""What goes on by itself in a batch whose jobs all wait goes on within this time."""
_ENDED: Final = frozenset(state for state in State if state.final)


class Watch:
    """Jobs being watched on a screen. `urls` maps their ids to their addresses; None watches every job.

    With a `batch_id` it is that batch and its jobs.

    `timeout` bounds the whole of it, `patience` the waiting of what is left, both in seconds. Who watches
    `alone` waits for nobody else to bring a system that is gone back.
    """

    def __init__(
        self,
        settings: "Settings",
        screen: "Screen",
        urls: Mapping[str, str] | None,
        *,
        batch_id: str = "",
        timeout: float | None = None,
        patience: float | None = None,
        alone: bool = False,
    ) -> None:
        self.screen = screen
        self.library = library_of(settings)
        self.joined = False
        """Whether it is somebody else's system: it goes on when nobody watches any longer."""
        self.after = 0
        """The sequence of the last log message heard."""
        self.batch: BatchView | None = None
        """The batch as it was when we last asked."""
        self._settings = settings
        self.turn_to(urls, batch_id)
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._patience = None if patience is None else timedelta(seconds=patience)
        self._away = Away(settings, screen.away, alone=alone)
        self._mute_since: float | None = None
        self._refused: tuple[EgressView, ...] = ()
        self._idle_since: float | None = None
        """Since when no download was begun or went on, as there is no room on the disk."""
        self._next_look = 0.0
        self._next_check = 0.0
        self._heard = time.monotonic()
        self._asked_at = 0
        """The sequence of the last log message that `batch` takes into account."""

    def turn_to(self, urls: Mapping[str, str] | None, batch_id: str) -> None:
        """Watch these from now on, and nothing else."""
        self._urls = urls
        self._batch_id = batch_id
        self._watched = Watched(urls, batch_id, lambda job: all_well([job], self.library))
        self._going = {job_id: Job(job_id=job_id, url=url) for job_id, url in (urls or {}).items()}

    def jobs(self) -> list[Job]:
        """Give the jobs watched, in the order they were asked for; of a batch, not those that ended well."""
        if self._urls is None or self._batch_id:
            return self._watched.jobs
        return [self._going.get(job_id) or self._watched.job(job_id) for job_id in self._urls]

    @property
    def unended(self) -> bool:
        """Whether something that is watched has not ended."""
        return bool(self._going) or (self.batch is not None and not _over(self.batch))

    def all_well(self) -> bool:
        """Tell whether everything ended with the videos in the library."""
        whole = not self._batch_id or (self.batch is not None and self.batch.state is BatchState.FINISHED)
        return whole and all_well(self.jobs(), self.library)

    async def recall(self, bus: "Bus", job_id: str) -> None:
        """Show what happened to a job before. Raises a nats error, TimeoutError where the server is away."""
        async for entry in event_log.read(bus, subject=subjects.event("job", job_id)):
            self.hear(entry)
        if not self._watched.job(job_id).version:
            self._watched.forget(job_id)

    async def _take_in(self, system: "System", entry: event_log.Entry) -> None:
        """Take a message of the log; of a job unheard of until now, all there is, once that can be read."""
        while self._watched.lacks(entry):
            with contextlib.suppress(nats.errors.Error, TimeoutError):
                await self.recall(system.bus, entry.subject.rpartition(".")[2])
                return
            self._check(system)
            await asyncio.sleep(_SOON)
        self.hear(entry)

    async def until_ended(self, system: "System") -> None:
        """Watch until all jobs have ended, or what is left waits too long; every job, for ever.

        Raises `TimedOut`, `ServerUnavailable` when the server stays away, what made our own system fail, and
        `SystemGone`.
        """
        async for item in tail(system.bus, after=self.after):
            if isinstance(item, Progress):
                self._idle_since = None
                self.screen.progress(item)
            elif item is not None:
                self.after = item.sequence
                await self._take_in(system, item)
            await self._look(system.bus)
            self.screen.tick()
            if self.ended():
                return
            self._check(system)

    def hear(self, entry: event_log.Entry) -> None:
        """Take in a message of the log."""
        self._heard = time.monotonic()
        if self._batch_id and entry.subject == subjects.event("batch", self._batch_id):
            self._next_look = 0  # what it says is asked for now
        if heard := self._watched.apply(entry):
            job, commit = heard
            if job.state.final:
                self._going.pop(job.job_id, None)
            else:
                self._going[job.job_id] = job
            self.screen.event(job, list(event_lines(entry, commit)))

    def ended(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        if self._urls is None:
            return False
        if not self._batch_id:
            return not self._going or self._all_rest()
        if self.batch is None or self.after < self._asked_at:
            return False
        if self.batch.state is BatchState.RUNNING:
            quiet = time.monotonic() - self._heard > _QUIET_SECONDS
            return quiet and bool(self._going) and self._all_rest()
        return _over(self.batch)

    def _all_rest(self) -> bool:
        """Tell whether all that is left waits too long. There may be much of it: it is looked at seldom."""
        if self._patience is None or time.monotonic() < self._next_check:
            return False
        self._next_check = time.monotonic() + _LOOK_SECONDS
        return all(map(self._rests, self._going.values()))

    def _rests(self, job: Job) -> bool:
        if job.state is State.DOWNLOADING and self._idle_since is not None and self._patience is not None:
            return time.monotonic() - self._idle_since > self._patience.total_seconds()
        due = job.due if job.state in (State.WAITING, State.PAUSED) else self._held_back(job)
        return bool(due and self._patience is not None and due - datetime.now(UTC) > self._patience)

    def _held_back(self, job: Job) -> datetime | None:
        """Give when a job that nobody may begin yet, since we are refused, goes on."""
        ours = [one.until for one in self._refused if one.egress == self._settings.egress]
        return ours[0] if ours and job.state is State.RESOLVING else None

    async def _look(self, bus: "Bus") -> None:
        """Ask now and then how the batch is, and whom the site refuses: what waits for that says nothing."""
        if time.monotonic() < self._next_look or not bus.client.is_connected:
            return
        try:
            whole = ListBatches(prefix=self._batch_id, limit=1)
            answer = await ask(bus, whole, patience=_ANSWER_SECONDS)
        except (YtarchiveError, nats.errors.Error):
            self.screen.absent(self._mute())
        else:
            self._mute_since = None
            self._refused = answer.blocked
            self.screen.refused(self._refused)
            self.screen.paced(answer.paced)
            self.screen.absent(answer.absent)
            self._rest_for_room(answer.absent)
            if self._batch_id and answer.batches:
                self.batch, self._asked_at = answer.batches[0], answer.sequence
                self.screen.batch(self.batch)
        self._next_look = time.monotonic() + _LOOK_SECONDS

    def _rest_for_room(self, absent: Iterable[AbsentView]) -> None:
        """Note since when downloads wait for room on the disk, if they do."""
        if not any(one.rests and one.actor == Stage.DOWNLOAD for one in absent):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = time.monotonic()

    def _mute(self) -> tuple[AbsentView, ...]:
        """Give the jobs actor, of which all wait, once it has not answered for too long."""
        self._mute_since = self._mute_since or time.monotonic()
        seconds = time.monotonic() - self._mute_since
        node = "elsewhere" if self._settings.nats_url else self._settings.node
        return (AbsentView(actor="jobs", node=node, seconds=seconds),) if seconds > SILENCE else ()

    def _check(self, system: "System") -> None:
        if system.failure and system.failure.done():
            raise system.failure.result()
        if self._deadline and time.monotonic() > self._deadline:
            raise TimedOut(
                f"not done after {self._timeout:g} s",
                hint="The jobs are kept: `ytarchive watch` comes back to them.",
            )
        self._away.check(system)


def _over(batch: BatchView) -> bool:
    """Tell whether nothing of a batch goes on any more. A paused one does, one day."""
    going = {*batch.counts, *batch.listings} - _ENDED
    return batch.state in (BatchState.FINISHED, BatchState.CANCELLED) and not going
