"""How all of it is, in one word, and why: from what actors, queues, disk and site say. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from schemas.diagnostics_reports import DiskReport, HealthReport, Reason, StoreReport, Verdict
from schemas.heartbeats import ActorState, ActorView
from schemas.queries import EgressView, QueueView
from ytarchive.amounts import amount
from ytarchive.domain.registry import duty

NAMES: Final = ("jobs", "metadata", "download", "storage", "logs")
"""The actors of which there must be one."""
ROOM: Final = 16 << 20
"""Free bytes with which a server keeps something new at all."""
LITTLE: Final = 256 << 20
"""Free bytes with which it will not do so for long."""
STUCK: Final = 60.0
"""Seconds for which a message may wait in a queue of which nothing is in hand."""
_WORSE: Final = (Verdict.OK, Verdict.DEGRADED, Verdict.DOWN)
_ASKING: Final = frozenset({"metadata", "listing", "download"})
"""Queues that rest with whoever is refused, or has no room."""
_ACTORS: Final = "ytarchive diagnostics actors"
_DISK: Final = "ytarchive diagnostics disk"
_ELSEWHERE: Final = (
    "the disk of the server: one elsewhere tells what it keeps of ours, and nothing of its disk, nor that a "
    "write failed"
)


class Seen(NamedTuple):
    """What was found out. `registry` is whether the jobs actor told of the actors, not they themselves."""

    actors: Sequence[ActorView]
    registry: bool
    queues: Sequence[QueueView] = ()
    blocked: Sequence[EgressView] = ()
    letters: int = 0


def missing(actors: Iterable[ActorView]) -> tuple[str, ...]:
    """Give the names of which there is no actor at work."""
    there = {one.actor for one in actors if one.here and one.state is not ActorState.STANDBY}
    return tuple(name for name in NAMES if name not in there)


def health(
    at: datetime, disk: DiskReport, seen: Seen | None, trouble: str = "", command: str = "ytarchive up"
) -> HealthReport:
    """Judge what was seen; nothing could be where there is no server, for the reason `trouble`.

    That is mended by `command`, or shown by it.
    """
    away = seen is None and not (disk.store and disk.store.fault)  # else that is why
    server = [Reason(verdict=Verdict.DOWN, text=trouble, command=command)] if away else []
    reasons = [*server, *_disk(disk), *(_system(seen, disk, at) if seen else ())]
    reasons.sort(key=lambda reason: -_WORSE.index(reason.verdict))
    return HealthReport(
        verdict=reasons[0].verdict if reasons else Verdict.OK,
        at=at,
        reasons=tuple(reasons),
        unjudged=(_ELSEWHERE,) if disk.store and not disk.store.pid else (),
    )


def vanished(one: ActorView) -> bool:
    """Tell whether an actor is gone without a word. One that stopped in good order did so on purpose."""
    return not one.here and one.state is not ActorState.STOPPED


def missed(one: ActorView, names: Iterable[str]) -> bool:
    """Tell whether an actor that is not here is missed: it vanished, or nobody else does its work."""
    return vanished(one) or (not one.here and one.actor in names)


def absent(one: ActorView) -> str:
    """Say that an actor is gone."""
    who = f"{one.actor} on node {one.node}"
    if one.state is ActorState.STOPPED:
        return f"{who} stopped {spoken(one.silent)} ago"
    return f"{who} has not been heard of for {spoken(one.silent)}"


def spoken(seconds: float) -> str:
    """Give a duration in its largest unit, rounded down: ``12 s``, ``3 min``, ``5 h``, ``2 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def _disk(disk: DiskReport) -> Iterator[Reason]:
    state = next((place for place in disk.places if place.what == "state"), None)
    where = state.path if state else "the state directory"
    if disk.full:
        text = f"the disk of {where} is full: the server keeps nothing new, and goes on once there is room"
        yield Reason(verdict=Verdict.DOWN, text=text, command=_DISK)
    else:
        yield from _store(disk.store)
        if state and state.free < LITTLE and (disk.store is None or disk.store.pid):
            left = f"{amount(state.free)} are left on the disk of {where}"
            text = f"{left}: soon the server keeps nothing new"
            yield Reason(verdict=Verdict.DEGRADED, text=text, command=_DISK)
    if disk.resting:
        text = "the library's disk has less room than is kept free: downloads rest"
        yield Reason(verdict=Verdict.DEGRADED, text=text, command=_DISK)


def _store(store: StoreReport | None) -> Iterator[Reason]:
    """Judge what the server says. Who keeps ours running starts it again when it ends, and with more room."""
    if store is None:
        return
    left = None if store.pid or store.limit is None else store.limit - store.used
    if store.fault:
        how = "it must be started anew" if store.pid else "who runs it must mend that"
        text = f"the server keeps nothing new, {how}: {store.fault}"
        yield Reason(verdict=Verdict.DOWN, text=text, command=f"kill {store.pid}" if store.pid else _DISK)
    elif left is not None and left < LITTLE:
        limit = f"of the {amount(store.limit or 0)} that we may keep on the server"
        down = left < ROOM
        text = f"{amount(max(left, 0))} are left {limit}: {'' if down else 'soon '}it keeps nothing new"
        yield Reason(verdict=Verdict.DOWN if down else Verdict.DEGRADED, text=text, command=_DISK)


def _system(seen: Seen, disk: DiskReport, at: datetime) -> Iterator[Reason]:
    if not seen.registry:
        yield Reason(
            verdict=Verdict.DOWN,
            text="no jobs actor answers: nothing is decided",
            command="ytarchive logs --actor jobs",
        )
    yield from _actors(seen)
    for one in seen.blocked:
        text = f"the site refuses {one.egress or 'us'}: {one.failure.message}"
        yield Reason(verdict=Verdict.DEGRADED, text=text, command="ytarchive diagnostics breakers")
    resting = bool(seen.blocked) or disk.resting
    for queue in seen.queues:
        age = (at - queue.since).total_seconds() if queue.since else 0.0
        if queue.waiting and not queue.in_hand and age > STUCK and not (resting and queue.name in _ASKING):
            text = (
                f"nobody takes the {queue.waiting} waiting in the queue {queue.name}, for {spoken(age)} now"
            )
            yield Reason(verdict=Verdict.DEGRADED, text=text, command="ytarchive diagnostics queues")
    if seen.letters:
        yield Reason(
            verdict=Verdict.DEGRADED,
            text=f"{seen.letters} dead letter{'s' * (seen.letters != 1)}: messages that nobody could handle",
            command="ytarchive recovery letters",
        )


def _actors(seen: Seen) -> Iterator[Reason]:
    away = [one for one in seen.actors if not one.here]
    there = [one for one in seen.actors if one.here]
    for name in missing(seen.actors):
        if name != "jobs" and not any(one.actor == name for one in away):
            command = f"ytarchive actor {name}"
            yield Reason(verdict=Verdict.DEGRADED, text=f"no {name} actor is at work", command=command)
    for one in away:
        if missed(one, missing(there)):
            yield Reason(verdict=Verdict.DEGRADED, text=absent(one), command=_ACTORS)
    for one in there:
        if one.trouble:
            text = f"{one.actor} on node {one.node}: {one.trouble}"
            yield Reason(verdict=Verdict.DEGRADED, text=text, command=f"ytarchive logs --actor {one.actor}")
    for node, why in dict.fromkeys((one.node, one.barred) for one in there if one.barred):
        text = f"node {node} archives nothing: {why}"
        yield Reason(verdict=Verdict.DEGRADED, text=text, command="ytarchive diagnostics doctor")
    yield from _twins(there)
    versions = sorted({one.version for one in there})
    if len(versions) > 1:
        text = f"the actors are of different versions: {', '.join(versions)}"
        yield Reason(verdict=Verdict.DEGRADED, text=text, command=_ACTORS)


def _twins(there: Iterable[ActorView]) -> Iterator[Reason]:
    """Tell of those of which there is to be one, once; the last is to go."""
    duties: dict[tuple[str, str], list[ActorView]] = {}
    for one in there:
        if one.twins:
            duties.setdefault(duty(one), []).append(one)
    for (actor, node), found in duties.items():
        pids = [one.pid for one in found]
        if node:
            text = f"{actor} runs more than once on node {node}: processes {', '.join(map(str, pids))}"
            alone = len(set(pids)) == len(pids)  # else they are in containers, with numbers of their own
        else:
            where = ", ".join(f"{one.pid} on node {one.node}" for one in found)
            text = f"{actor} is at work more than once, and each keeps the pace by itself: processes {where}"
            text += f"; one is to go, such as that on node {found[-1].node}"
            alone = len({(one.node, one.pid) for one in found}) == len(found)
        command = f"kill {pids[-1]}" if alone else _ACTORS
        yield Reason(verdict=Verdict.DEGRADED, text=text, command=command)
