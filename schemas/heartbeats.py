"""How an actor is: what each says of itself every few seconds, and what the jobs actor makes of that."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.envelope import ByteCount, Message, Moment, NodeName, Seconds, Text, Token, Wire

Count = Annotated[int, Meta(ge=0)]


class ActorState(StrEnum):
    """What an actor is doing. One that is `STANDBY` waits for another to go that does what only one may do.

    `STOPPED` is its last word.
    """

    STARTING = "starting"
    STANDBY = "standby"
    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"


class InFlight(Wire, frozen=True, kw_only=True):
    """Work in hand: the stage, or what else is done, the job or audit it is about, and for how long."""

    what: Text
    about: Text = ""
    seconds: Seconds = 0.0


class LastError(Wire, frozen=True, kw_only=True):
    """The newest line of the level `error` that an actor logged."""

    at: Moment
    text: Text


class Vitals(Wire, frozen=True, kw_only=True):
    """What an actor says of itself.

    `instance` is new with every start, `slots` how many tasks it may have in hand. Of `busy` tasks it names
    the first. `free` are the bytes left on its disk: the library's, or the state directory's. So many log
    lines were `dropped`, because they came faster than they could be sent. `memory` are the bytes its own
    process has resident, its workers not counted. `trouble` is what it has to do without now, and why: the
    work goes on. One that `rests` takes no task, and says why. `barred` is why it cannot write to the
    library.
    """

    actor: Token
    node: NodeName
    instance: Token
    pid: Count
    version: Text
    started: Moment | None = None
    state: ActorState
    slots: Count = 0
    busy: Count = 0
    in_flight: Annotated[tuple[InFlight, ...], Meta(max_length=64)] = ()
    error: LastError | None = None
    free: ByteCount | None = None
    dropped: Count = 0
    memory: ByteCount | None = None
    trouble: Text = ""
    rests: Text = ""
    barred: Text = ""


class Heartbeat(Vitals, frozen=True, kw_only=True, tag_field="type", tag="heartbeat"):
    """One beat: sent every two seconds, and at once when the state changes. Kept nowhere."""


class ActorView(Vitals, frozen=True, kw_only=True):
    """An actor as the registry has it.

    It is `here` until it has said that it stops, or nothing was heard of it for too long; the last was heard
    so many seconds ago (`silent`). `twins` are the process ids of others of its name that are at work too, on
    its node, or of jobs on any.
    """

    here: bool
    silent: Seconds
    twins: tuple[Count, ...] = ()


class AbsentView(Wire, frozen=True, kw_only=True):
    """An actor that jobs wait for and that is not there: not heard of, or `stopped`, for so many seconds.

    Or it is there, and `rests`, which says why. Where there is none on whatever node, and nobody knows since
    when, the node is `-`, for 0 seconds.
    """

    actor: Token
    node: NodeName
    seconds: Seconds
    stopped: bool = False
    rests: Text = ""


class ListActors(Message, frozen=True, kw_only=True, tag="query.actors"):
    """Which actors are there, and how they are."""


class ActorList(Message, frozen=True, kw_only=True, tag="actors"):
    """The answer: by node and name, also those that are not here, for a day."""

    actors: tuple[ActorView, ...]
