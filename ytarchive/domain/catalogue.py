"""Everything the log says, folded: jobs, batches, audits, which videos are archived, whom a site refuses."""

import zlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.common import State, VideoKey
from schemas.envelope import Commit
from schemas.events import Event, LogCheckpointed, MetadataRecorded, VideoArchived
from schemas.fixity_events import FixityChecked
from schemas.queries import EgressView
from ytarchive.domain.batch import Batch, fold_batch
from ytarchive.domain.checkpoints import Covered
from ytarchive.domain.context import Archived
from ytarchive.domain.evolve import fold
from ytarchive.domain.fixity import Audit, fold_audit
from ytarchive.domain.health import Health
from ytarchive.domain.job import Job
from ytarchive.domain.limits import Limits, fold_limits
from ytarchive.domain.lists import Lists
from ytarchive.domain.meters import Meters
from ytarchive.domain.refusals import Refusals
from ytarchive.domain.tally import Tally
from ytarchive.domain.videos import Videos

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Job)


def _packed(job: Job) -> bytes:
    return zlib.compress(_encoder.encode(job), 1)  # to a third, in 13 µs


def _unpacked(packed: bytes) -> Job:
    return _decoder.decode(zlib.decompress(packed))


_TRYING: Final = timedelta(hours=1)


class Catalogue:
    """The read model. It can be thrown away: the log folds into the same again.

    Jobs that have ended are kept packed: there may be hundreds of thousands. `meters` count along.
    """

    def __init__(self, meters: Meters | None = None) -> None:
        self._jobs: dict[str, Job | bytes] = {}
        self._states: dict[str, State] = {}
        self._open: dict[str, None] = {}
        self._members: dict[str, list[str]] = {}
        self._batches: dict[str, Batch] = {}
        self._tallies: dict[str, Tally] = {}
        self._documents: set[str] = set()
        self.covered = Covered()
        """Up to where signed checkpoints cover the log."""
        self.limits = Limits()
        self.videos = Videos()
        self.lists = Lists()
        self.refusals = Refusals()
        self.health = Health()
        self._meters = meters

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def __iter__(self) -> Iterator[Job]:
        """Iterate over all jobs, oldest first."""
        return map(self.job, tuple(self._jobs))

    def __reversed__(self) -> Iterator[Job]:
        """Iterate over all jobs, newest first."""
        return map(self.job, reversed(self._jobs))

    def unended(self) -> Iterator[Job]:
        """Iterate over the jobs that go on by themselves some time, oldest first."""
        return map(self.job, tuple(self._open))

    def newest(self, states: tuple[State, ...] = (), batch: str | None = "") -> list[str]:
        """Give the ids of jobs in some states, newest first: of one batch, of none (None), of all (empty)."""
        ids = self._jobs if batch == "" else self._members.get(batch or "", [])
        return [job_id for job_id in reversed(ids) if not states or self._states[job_id] in states]

    def matching(self, prefix: str) -> list[str]:
        """Give the ids of the jobs that begin so."""
        return [job_id for job_id in self._jobs if job_id.startswith(prefix)]

    def job(self, job_id: str) -> Job:
        """Give a job as it stands; one the log does not know has version 0."""
        found = self._jobs.get(job_id) or Job(job_id=job_id)
        return _unpacked(found) if isinstance(found, bytes) else found

    def batches(self) -> tuple[Batch, ...]:
        """Give all batches, oldest first."""
        return tuple(self._batches.values())

    def batch(self, batch_id: str) -> Batch:
        """Give a batch as it stands; one the log does not know has version 0."""
        return self._batches.get(batch_id) or Batch(batch_id=batch_id)

    def members(self, batch_id: str) -> Iterator[Job]:
        """Iterate over the jobs of a batch, oldest first."""
        return map(self.job, tuple(self._members.get(batch_id, ())))

    def tally(self, batch_id: str) -> Tally:
        """Give what the jobs of a batch come to."""
        return self._tallies.get(batch_id) or Tally()

    def archived(self, key: VideoKey) -> Archived | None:
        """Tell where a video is archived; the latest copy counts."""
        job_id = self.videos.archived(key)
        return Archived(job_id, self.job(job_id).files) if job_id else None

    @property
    def documents(self) -> AbstractSet[str]:
        """The names of all metadata documents, and thumbnails, that were ever referred to."""
        return self._documents

    def all_refused(self, at: datetime) -> tuple[EgressView, ...]:
        """Give every identity that is refused, and how many jobs rest because of that.

        One that may try again for an hour, and for which nobody rests, is left out: its node may be gone.
        """
        views = (
            msgspec.structs.replace(refused, resting=len(self.resting(egress)))
            for egress in self.refusals
            if (refused := self.refusals.refused(egress))
        )
        return tuple(one for one in views if one.resting or at < one.until + _TRYING)

    def resting(self, egress: str) -> list[Job]:
        """Give the jobs that rest because the site refuses an identity."""
        return [
            job for job in self.unended() if job.state is State.PAUSED and job.due and job.egress == egress
        ]

    def apply(self, commit: Commit[Event]) -> Job | Batch | Audit | Covered | Limits:
        """Fold one commit, and give what it was about."""
        anything: Commit[Any] = commit  # what an aggregate's commits hold is up to who wrote them
        if commit.aggregate == "log":
            for event in anything.events:
                if isinstance(event, LogCheckpointed):
                    self.covered = self.covered.further(event, commit.at)
            return self.covered
        if commit.aggregate == "batch":
            batch = fold_batch(self.batch(commit.aggregate_id), anything)
            self._batches[batch.batch_id] = batch
            return batch
        if commit.aggregate == "audit":
            return self._audited(anything)
        if commit.aggregate == "limits":
            self.limits = fold_limits(self.limits, anything)
            return self.limits
        before = self.job(commit.aggregate_id)
        job = fold(before, anything)
        for event in anything.events:
            self.refusals.hear(event, commit.at, before.egress)
            listed = self.lists.hear(event, job)
            if job.batch:
                self._tallies.setdefault(job.batch, Tally()).listed += listed
            if isinstance(event, MetadataRecorded):
                self._documents.update(kept.name for kept in (event.metadata, event.thumbnail) if kept)
            if isinstance(event, VideoArchived) and not job.repairs:
                self.health.hear_archived(job.job_id, event.node, commit.at)
        if self._meters:
            self._meters.hear(before, job, anything.events, commit.at)
        self.videos.hear(before, job)
        self._keep(before, job)
        return job

    def _audited(self, commit: Commit[Any]) -> Audit:
        audit = fold_audit(self.health.audit(commit.aggregate_id), commit)
        self.health.hear_audit(audit)
        for event in commit.events:
            if self._meters:
                self._meters.hear_audit(event, audit.node, commit.at)
            if isinstance(event, FixityChecked):
                self.health.hear_check(event, commit.at)
        return audit

    def _keep(self, before: Job, job: Job) -> None:
        if job.job_id not in self._jobs:
            self._members.setdefault(job.batch, []).append(job.job_id)
        ended = job.state.final and not job.due
        self._jobs[job.job_id] = _packed(job) if ended else job
        self._states[job.job_id] = job.state
        if ended:
            self._open.pop(job.job_id, None)
        else:
            self._open[job.job_id] = None
        if job.batch:
            self._tallies.setdefault(job.batch, Tally()).count(before, job)
