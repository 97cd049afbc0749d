"""The job: one request for one video, from the submission to the verified file; or for a list of videos.

    state    submitted → resolving → downloading → storing → archived
             resolving, downloading → duplicate · resolving → skipped
             submitted → listing → listed
             any active ⇄ waiting · any → failed, cancelled
             any active ⇄ paused, by hand or because the site refuses whoever asks
             resolving → waiting → duplicate, downloading: it follows another job of the same video
             cancelled, failed → its beginning, by hand; failed → its beginning when it is looked at again

`decider` says what happens to it, `evolve` what that makes of it.
"""

from datetime import datetime
from typing import Final

import msgspec

from schemas.common import (
    ArchivedFile,
    Category,
    Failure,
    MetadataRef,
    Priority,
    Stage,
    Staging,
    State,
    Verified,
    Video,
)
from schemas.fixity import Repair, Trouble
from schemas.options import ArchiveOptions

ACTIVE: Final = {
    Stage.LISTING: State.LISTING,
    Stage.METADATA: State.RESOLVING,
    Stage.DOWNLOAD: State.DOWNLOADING,
    Stage.STORAGE: State.STORING,
}
_AT_WORK: Final = frozenset(ACTIVE.values())


class FailedAttempt(msgspec.Struct, frozen=True):
    """One line of a job's history of failures."""

    stage: Stage
    category: Category
    at: datetime


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about one job. `version` 0 means that it says nothing yet.

    `asked` is its version when the present stage was begun, `started` counts the attempts begun at each
    stage, `failures` those that failed since the job was submitted or last retried by hand, `blocked` the
    attempts that ended because the site refused whoever asked, `nodes` the machines that may hold staged
    files of it. `kept` means that these stay though the job has ended, `egress` who was refused last, `of`
    the job that is repeated or followed. An archived job stays so whatever becomes of its `files`: `damaged`
    says what is wrong, by path.

    One that `lists` has found so many `pages` and `entries`, goes on with `resume`, and met what it had
    `known` of the list of job `previous` at `met`, in the first tab that it left there. One that
    `repairs` files of another has none of its own.
    """

    job_id: str
    version: int = 0
    state: State = State.SUBMITTED
    url: str = ""
    options: ArchiveOptions = ArchiveOptions()
    batch: str = ""
    priority: Priority = Priority.HIGH
    correlation_id: str = ""
    title: str = ""
    stage: Stage = Stage.METADATA
    asked: int = 0
    started: dict[Stage, int] = {}
    failures: tuple[FailedAttempt, ...] = ()
    blocked: int = 0
    egress: str = ""
    nodes: frozenset[str] = frozenset()
    kept: bool = False
    reason: str = ""
    video: Video | None = None
    metadata: MetadataRef | None = None
    extraction: str | None = None
    staging: Staging | None = None
    files: tuple[ArchivedFile, ...] = ()
    damaged: dict[str, Trouble] = {}
    verified: Verified | None = None
    archived_at: datetime | None = None
    failure: Failure | None = None
    due: datetime | None = None
    of: str | None = None
    lists: bool = False
    known: tuple[str, ...] = ()
    previous: str | None = None
    pages: int = 0
    entries: int = 0
    resume: str = ""
    met: str | None = None
    repairs: Repair | None = None
    submitted_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def attempt(self) -> int:
        """How often the present stage was begun."""
        return self.started.get(self.stage, 0)

    @property
    def first(self) -> Stage:
        """The stage it begins with."""
        return Stage.LISTING if self.lists else Stage.METADATA

    @property
    def active(self) -> bool:
        """Whether somebody is at work on it, or will be as soon as a worker is free."""
        return self.version > 0 and self.state in _AT_WORK

    @property
    def follows(self) -> bool:
        """Whether it waits for another job of the same video."""
        return self.state is State.WAITING and self.due is None

    @property
    def paused_by_hand(self) -> bool:
        """Whether a person paused it; one that a site refuses is paused until it is due."""
        return self.state is State.PAUSED and self.due is None
