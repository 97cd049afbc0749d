"""Questions to the jobs actor's read model, and how a job is shown: also the CLI's JSON contract."""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile, BatchState, Failure, Priority, State
from schemas.envelope import (
    END,
    BatchId,
    EgressId,
    JobId,
    Message,
    Moment,
    PublicKey,
    Seconds,
    Text,
    Token,
    VideoId,
    Wire,
)
from schemas.fixity import Trouble
from schemas.heartbeats import AbsentView, ActorList, ListActors


class JobView(Wire, frozen=True, kw_only=True):
    """One job as people and programs see it.

    `due` is set while waiting, `of` names the job a duplicate repeats, or that is followed, `kept` means that
    its staging stays though it has ended, `lists` that it lists a collection: so many `entries`, and from
    `met` on, in one of its tabs, as it was known before. `reason` is why it was paused, cancelled or skipped.
    `damaged` are the files that were found not to be as they were archived, by path. `version` counts its
    events.
    """

    job_id: JobId
    url: Text
    state: State
    video_id: Text | None = None
    title: Text | None = None
    files: tuple[ArchivedFile, ...] = ()
    error: Failure | None = None
    attempts: int = 0
    due: Moment | None = None
    of: JobId | None = None
    kept: bool = False
    batch: BatchId = ""
    lists: bool = False
    entries: int = 0
    met: VideoId | None = None
    reason: Text = ""
    damaged: dict[str, Trouble] = {}
    submitted_at: Moment | None = None
    updated_at: Moment | None = None
    version: int = 0


class BatchView(Wire, frozen=True, kw_only=True):
    """One batch as people and programs see it.

    `counts` are its jobs by state, of videos alone; `listings` those that list its collections. Of what was
    listed, `known` were archived before, `skipped` left out, and `queued` have no job yet. Of `damaged` jobs
    some files are not as they were archived.
    """

    batch_id: BatchId
    title: Text
    state: BatchState
    priority: Priority = Priority.NORMAL
    sources: int = 0
    counts: dict[State, int] = {}
    listings: dict[State, int] = {}
    known: int = 0
    skipped: int = 0
    queued: int = 0
    damaged: int = 0
    reason: Text = ""
    submitted_at: Moment | None = None
    updated_at: Moment | None = None
    version: int = 0


class ListJobs(Message, frozen=True, kw_only=True, tag="query.jobs"):
    """Jobs by submission, newest first, at most `limit` from `offset`; empty `states` means all.

    Only those of `batch`; where that is None, those of no batch; where it is empty, all.
    """

    states: tuple[State, ...] = ()
    batch: BatchId | None = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000
    offset: Annotated[int, Meta(ge=0)] = 0


class GetJobs(Message, frozen=True, kw_only=True, tag="query.job"):
    """The jobs whose id begins with `prefix`, at most ten."""

    prefix: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,16}" + END)]


class ListBatches(Message, frozen=True, kw_only=True, tag="query.batches"):
    """Batches whose id begins with `prefix`, newest first, at most `limit` from `offset`."""

    prefix: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,16}" + END)] = ""
    states: tuple[BatchState, ...] = ()
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000
    offset: Annotated[int, Meta(ge=0)] = 0


class FindVideos(Message, frozen=True, kw_only=True, tag="query.videos"):
    """Tell which of these videos of one site are archived, and which are being archived."""

    video_ids: Annotated[tuple[VideoId, ...], Meta(max_length=500)]
    site: VideoId = "youtube"


class EgressView(Wire, frozen=True, kw_only=True):
    """An egress identity that a site refuses, until when, and why; `refusals` in a row.

    `resting` counts the jobs that rest until then, where identities are listed.
    """

    egress: EgressId
    until: Moment
    refusals: int
    failure: Failure
    resting: int = 0


class PaceView(Wire, frozen=True, kw_only=True):
    """An egress identity that has asked for as many videos as an hour allows, and asks for the next then."""

    egress: EgressId
    until: Moment
    per_hour: int


class JobList(Message, frozen=True, kw_only=True, tag="jobs"):
    """The answer: `sequence` is the last message of the event log it takes into account."""

    jobs: tuple[JobView, ...]
    total: int
    sequence: int
    blocked: tuple[EgressView, ...] = ()
    paced: tuple[PaceView, ...] = ()
    absent: tuple[AbsentView, ...] = ()


class BatchList(Message, frozen=True, kw_only=True, tag="batches"):
    """The answer: `sequence` is the last message of the event log it takes into account."""

    batches: tuple[BatchView, ...]
    total: int
    sequence: int
    blocked: tuple[EgressView, ...] = ()
    paced: tuple[PaceView, ...] = ()
    absent: tuple[AbsentView, ...] = ()


class VideoList(Message, frozen=True, kw_only=True, tag="videos"):
    """The answer: the job that archived each video which is, and the one at work on it where one is."""

    archived: dict[VideoId, JobId]
    working: dict[VideoId, JobId]
    sequence: int


class AskLeave(Message, frozen=True, kw_only=True, tag="query.leave"):
    """May a task be begun from this egress identity? With `take` it is, if the answer allows it.

    `task` is the id of the task in hand. Named without `take`, the work on it goes on. With `first` nobody
    had it in hand before, so that nobody can have reported on it.
    """

    egress: EgressId
    take: bool = False
    task: Text = ""
    first: bool = False


class Leave(Message, frozen=True, kw_only=True, tag="leave"):
    """The answer: yes if `wait` is 0, else ask again after so many seconds.

    `overtaken` is the task whose job has gone on without it: it is not to be begun at all. Of a collection
    `pages` are listed already, and `resume` is what the site wants to hear for the next.
    """

    wait: Seconds
    blocked: EgressView | None = None
    overtaken: bool = False
    pages: int = 0
    resume: Text = ""


class AskCheckpoint(Message, frozen=True, kw_only=True, tag="query.checkpoint"):
    """Is the log up to the message `sequence` covered by signed checkpoints? If not, one is made first.

    Where it is not the one that was signed before, that is only done where it is to be begun `anew`.
    """

    sequence: Annotated[int, Meta(ge=0)]
    anew: bool = False


class Checkpoint(Message, frozen=True, kw_only=True, tag="checkpoint"):
    """The answer: up to the message `sequence`. `key` is what is signed with; None where there is none.

    `refused` says why no more was signed.
    """

    sequence: int
    key: PublicKey | None
    refused: Text = ""


class ListQueues(Message, frozen=True, kw_only=True, tag="query.queues"):
    """What waits in each work queue."""


class QueueView(Wire, frozen=True, kw_only=True):
    """One work queue: how many messages nobody has yet, how many are in hand, how many of these once more.

    The oldest, waiting or in hand, is there since then, where that is known.
    """

    stream: Token
    name: Token
    waiting: Annotated[int, Meta(ge=0)]
    in_hand: Annotated[int, Meta(ge=0)]
    again: Annotated[int, Meta(ge=0)] = 0
    since: Moment | None = None


class QueueList(Message, frozen=True, kw_only=True, tag="queues"):
    """The answer: all queues that anybody ever served."""

    queues: tuple[QueueView, ...]


Query = ListJobs | GetJobs | ListBatches | FindVideos | ListActors | ListQueues
Answer = JobList | BatchList | VideoList | ActorList | QueueList
