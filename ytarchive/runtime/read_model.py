"""Questions to the jobs actor's read model."""

from typing import Final, overload

import nats.errors
from nats.micro.request import ERROR_HEADER

from schemas import codec, subjects
from schemas.heartbeats import ActorList, ListActors
from schemas.queries import (
    Answer,
    BatchList,
    FindVideos,
    GetJobs,
    JobList,
    ListBatches,
    ListJobs,
    ListQueues,
    Query,
    QueueList,
    VideoList,
)
from ytarchive.errors import ServerUnavailable, TimedOut, YtarchiveError
from ytarchive.runtime.bus import Bus

_ANSWER_SECONDS: Final = 5.0


@overload
async def ask(bus: Bus, query: ListJobs | GetJobs, *, patience: float = ...) -> JobList: ...
@overload
async def ask(bus: Bus, query: ListBatches, *, patience: float = ...) -> BatchList: ...
@overload
async def ask(bus: Bus, query: FindVideos, *, patience: float = ...) -> VideoList: ...
@overload
async def ask(bus: Bus, query: ListActors, *, patience: float = ...) -> ActorList: ...
@overload
async def ask(bus: Bus, query: ListQueues, *, patience: float = ...) -> QueueList: ...
async def ask(bus: Bus, query: Query, *, patience: float = _ANSWER_SECONDS) -> Answer:
    """Ask the read model. Raises `ServerUnavailable` where no jobs actor runs, `TimedOut` if it is mute."""
    try:
        reply = await bus.client.request(subjects.query("jobs"), codec.encode(query), timeout=patience)
    except nats.errors.NoRespondersError as error:
        raise ServerUnavailable("no jobs actor runs", hint="`ytarchive actor jobs` starts one.") from error
    except nats.errors.TimeoutError as error:
        raise TimedOut(
            "the jobs actor does not answer", hint="`ytarchive logs --actor jobs` tells why."
        ) from error
    if refused := (reply.headers or {}).get(ERROR_HEADER):
        raise YtarchiveError(f"the jobs actor refuses: {refused}")
    return codec.answers.decode(reply.data)
