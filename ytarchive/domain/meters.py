"""What was done, counted from the events: so counters never go back, and a restart counts the same again."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from schemas.common import Category, Stage, State
from schemas.events import (
    AttemptFailed,
    JobEvent,
    JobFailed,
    JobSubmitted,
    ListingFinished,
    MediaDownloaded,
    MetadataRecorded,
    RetryScheduled,
    StageBlocked,
    StageStarted,
    VideoArchived,
)
from schemas.fixity_events import AuditEvent, AuditFinished, FixityChecked, FixityFailed, FixityRepaired
from ytarchive.domain.job import Job

if TYPE_CHECKING:
    from schemas.fixity import Depth, Trouble

BUCKETS: Final = (1, 2.5, 5, 10, 30, 60, 150, 300, 600, 1800, 3600, 6 * 3600, 24 * 3600)
"""Seconds: from a look-up that nobody had to wait for to a download that a site refused for a day."""
REPAIRS: Final = ("returned", "copied", "downloaded", "replaced")
"""How a file may become whole again. Whatever else a message says counts as another."""
_ENDS: Final[dict[type, Stage]] = {
    MetadataRecorded: Stage.METADATA,
    MediaDownloaded: Stage.DOWNLOAD,
    VideoArchived: Stage.STORAGE,
    ListingFinished: Stage.LISTING,
}
"""With which event a stage is done."""
_PASSED_OVER: Final = frozenset({JobSubmitted, StageStarted, MetadataRecorded})
"""Three of four events, about which there is nothing else to count."""
_ENDED: Final = frozenset(state for state in State if state.final)


class Durations:
    """A histogram: how many lasted how long, and all of them together `seconds`."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def add(self, lasted: timedelta) -> None:
        """Count one. Clocks are set back: what lasted less than nothing lasted nothing."""
        seconds = max(lasted.total_seconds(), 0.0)
        self._counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds

    def up_to(self) -> list[int]:
        """Give how many lasted no longer than each of `BUCKETS`, and last how many there were."""
        return list(accumulate(self._counts))


class Meters:
    """Folded from the log. Memory: a moment for each job that has not ended, and the counters.

    Bytes are by node, checks by node and depth, failed attempts by stage and kind, refusals by identity and
    kind, retries and jobs that failed by kind, repairs by how.
    """

    def __init__(self) -> None:
        self.videos = dict.fromkeys(State, 0)
        self.lists = dict.fromkeys(State, 0)
        """How many jobs are in each state, apart for those that make lists."""
        self.stages = {stage: Durations() for stage in Stage}
        self.downloaded: Counter[str] = Counter()
        self.archived: Counter[str] = Counter()
        self.failed_attempts: Counter[tuple[Stage, Category]] = Counter()
        self.refusals: Counter[tuple[str, Category]] = Counter()
        self.retries: Counter[Category] = Counter()
        self.failed: Counter[Category] = Counter()
        self.checked: Counter[tuple[str, Depth]] = Counter()
        self.checked_bytes: Counter[tuple[str, Depth]] = Counter()
        self.checked_at: dict[str, datetime] = {}
        """When files of a node were looked at last."""
        self.audited_at: datetime | None = None
        """When an audit that somebody began was finished last."""
        self.found: Counter[Trouble] = Counter()
        self.repaired: Counter[str] = Counter()
        self.damaged = 0
        """Files that are not as they were archived."""
        self._since: dict[str, datetime] = {}
        """When the stage that a job is in began: with its beginning, or the end of the stage before."""

    def hear(self, before: Job, job: Job, events: Iterable[JobEvent], at: datetime) -> None:
        """Take a job as it was and as it is, and what happened to it."""
        states = self.lists if job.lists else self.videos
        states[job.state] += 1
        if before.version:
            states[before.state] -= 1
        ended = job.state in _ENDED
        if not ended and (not before.version or before.state in _ENDED):
            self._since[job.job_id] = at
        for event in events:
            if stage := _ENDS.get(type(event)):
                self._ended(stage, job.job_id, at)
            if type(event) not in _PASSED_OVER:
                self._count(event, job)
        if ended:
            self._since.pop(job.job_id, None)
            self.damaged += len(job.damaged) - len(before.damaged)

    def hear_audit(self, event: AuditEvent, node: str, at: datetime) -> None:
        """Count an event of an audit of what a node keeps."""
        match event:
            case FixityChecked(files=files, bytes=size, depth=depth):
                self.checked[node, depth] += files
                self.checked_bytes[node, depth] += size if depth.reads else 0
                self.checked_at[node] = at
            case AuditFinished():
                self.audited_at = at
            case _:
                pass

    def _count(self, event: JobEvent, job: Job) -> None:
        match event:
            case MediaDownloaded(staging=staging):
                self.downloaded[staging.node] += sum([file.bytes for file in staging.files])
            case VideoArchived(node=node, files=files):
                self.archived[node] += sum([file.bytes for file in files])
            case AttemptFailed(stage=stage, failure=failure):
                self.failed_attempts[stage, failure.category] += 1
            case RetryScheduled() if job.failure:
                self.retries[job.failure.category] += 1
            case StageBlocked(egress=egress, failure=failure):
                self.refusals[egress, failure.category] += 1
            case JobFailed(failure=failure):
                self.failed[failure.category] += 1
            case FixityFailed(finding=finding):
                self.found[finding.kind] += 1
            case FixityRepaired(how=how):
                self.repaired[how if how in REPAIRS else "other"] += 1
            case _:
                pass

    def _ended(self, stage: Stage, job_id: str, at: datetime) -> None:
        if since := self._since.get(job_id):
            self.stages[stage].add(at - since)
            self._since[job_id] = at
