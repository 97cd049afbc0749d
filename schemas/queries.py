"""Questions to the jobs actor's read model, and how a job is shown: also the CLI's JSON contract."""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile, Failure, State
from schemas.envelope import END, EgressId, JobId, Message, Moment, Seconds, Text, Wire


class JobView(Wire, frozen=True, kw_only=True):
    """One job as people and programs see it.

    `due` is set while waiting, `of` names the job a duplicate repeats, `kept` means that its staging stays
    though it has ended, `reason` is what was said when it was paused or cancelled by hand, `version` counts
    its events.
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
    reason: Text = ""
    submitted_at: Moment | None = None
    updated_at: Moment | None = None
    version: int = 0


class ListJobs(Message, frozen=True, kw_only=True, tag="query.jobs"):
    """Jobs by submission, newest first, at most `limit` from `offset`; empty `states` means all."""

    states: tuple[State, ...] = ()
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000
    offset: Annotated[int, Meta(ge=0)] = 0


class GetJobs(Message, frozen=True, kw_only=True, tag="query.job"):
    """The jobs whose id begins with `prefix`, at most ten."""

    prefix: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,16}" + END)]


class EgressView(Wire, frozen=True, kw_only=True):
    """An egress identity that a site refuses, until when, and why; `refusals` in a row.

    `resting` counts the jobs that rest until then, where identities are listed.
    """

    egress: EgressId
    until: Moment
    refusals: int
    failure: Failure
    resting: int = 0


class JobList(Message, frozen=True, kw_only=True, tag="jobs"):
    """The answer: `sequence` is the last message of the event log it takes into account."""

    jobs: tuple[JobView, ...]
    total: int
    sequence: int
    blocked: tuple[EgressView, ...] = ()


class AskLeave(Message, frozen=True, kw_only=True, tag="query.leave"):
    """May a task be begun from this egress identity? With `take` it is, if the answer allows it.

    `task` is the id of the task in hand. Named without `take`, the work on it goes on.
    """

    egress: EgressId
    take: bool = False
    task: Text = ""


class Leave(Message, frozen=True, kw_only=True, tag="leave"):
    """The answer: yes if `wait` is 0, else ask again after so many seconds.

    `overtaken` is the task whose job has gone on without it: it is not to be begun at all.
    """

    wait: Seconds
    blocked: EgressView | None = None
    overtaken: bool = False


Query = ListJobs | GetJobs
