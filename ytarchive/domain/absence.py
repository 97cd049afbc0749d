"""Actors that are not there, or rest, and that jobs wait for. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from schemas.common import Stage, State
from schemas.heartbeats import AbsentView, ActorState, ActorView
from ytarchive.domain.job import Job

_WAITED_FOR: Final = {
    State.LISTING: Stage.METADATA,
    State.RESOLVING: Stage.METADATA,
    State.DOWNLOADING: Stage.DOWNLOAD,
    State.STORING: Stage.STORAGE,
}
_ON_ITS_NODE: Final = frozenset({Stage.STORAGE})
"""What nobody does for another node."""


def missed(actors: Sequence[ActorView], jobs: Iterable[Job]) -> tuple[AbsentView, ...]:
    """Give the actors that are gone or rest, whose work nobody else does, and that one of the jobs waits for.

    What an actor that is there has in hand waits for nobody.
    """
    away = {_work(one): one for one in actors if not one.here}
    here = [one for one in actors if one.here and one.state is not ActorState.STANDBY]
    away |= {_work(one): one for one in here if one.rests}
    for one in here:
        if not one.rests:
            away.pop(_work(one), None)
    if not away:
        return ()
    in_hand = {task.about for one in here for task in one.in_flight}
    idle = (job for job in jobs if job.job_id not in in_hand)
    return tuple(_absent(away[work]) for work in _waiting(away, idle))


def _work(one: ActorView) -> tuple[str, str]:
    """Give what an actor does: of whichever node, or of its own."""
    return one.actor, one.node if one.actor in _ON_ITS_NODE else ""


def _waiting(away: Iterable[tuple[str, str]], jobs: Iterable[Job]) -> Iterator[tuple[str, str]]:
    """Give those works that a job waits for. There may be many jobs: it ends when all are found."""
    left = set(away)
    for job in jobs:
        stage = _WAITED_FOR.get(job.state)
        node = job.staging.node if stage is Stage.STORAGE and job.staging else ""
        if stage and (stage, node) in left:
            left.remove((stage, node))
            yield stage, node
        if not left:
            return


def _absent(one: ActorView) -> AbsentView:
    stopped = one.state is ActorState.STOPPED
    seconds, rests = round(one.silent, 1), one.rests if one.here else ""
    return AbsentView(actor=one.actor, node=one.node, seconds=seconds, stopped=stopped, rests=rests)
