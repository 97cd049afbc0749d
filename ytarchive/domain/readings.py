"""What the metrics stand at, as the read model has it, and as the actors say."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Final

from schemas.common import BatchState, Category, Stage
from schemas.fixity import Trouble
from ytarchive.domain import metrics
from ytarchive.domain.breaker import Circuit
from ytarchive.domain.meters import REPAIRS
from ytarchive.domain.metrics import Reading
from ytarchive.domain.verdict import NAMES, missing, vanished

if TYPE_CHECKING:
    from schemas.heartbeats import ActorView
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.health import Health
    from ytarchive.domain.meters import Meters
    from ytarchive.domain.refusals import Refusals

_BESIDE_THE_SERVER: Final = frozenset({"jobs", "logs"})
"""Actors that tell the room on the disk of the state directory; the others tell that of the library."""


def actors(views: Iterable["ActorView"]) -> Iterator[Reading]:
    """Give how the actors are. Those that run twice at one place count together; who stopped is no more."""
    places: dict[tuple[str, str], list[ActorView]] = {}
    for view in views:
        places.setdefault((view.actor, view.node), []).append(view)
    disks: dict[tuple[str, str], ActorView] = {}
    for place, found in places.items():
        here = [view for view in found if view.here]
        if here or any(map(vanished, found)):
            yield Reading(metrics.ACTOR, place, bool(here))
        if not here:
            continue
        yield Reading(metrics.ACTOR_RESTS, place, all(view.rests for view in here))
        yield Reading(metrics.ACTOR_TWINS, place, max(len(view.twins) for view in here))
        for version in sorted({view.version for view in here}):
            yield Reading(metrics.ACTOR_VERSION, (*place, version), 1)
        started = [view.started.timestamp() for view in here if view.started]
        yield Reading(metrics.ACTOR_SINCE, place, max(started, default=0.0))
        yield Reading(metrics.ACTOR_TASKS, place, sum(view.busy for view in here))
        yield Reading(metrics.ACTOR_SLOTS, place, sum(view.slots for view in here))
        yield Reading(metrics.MEMORY, place, sum(view.memory or 0 for view in here))
        yield Reading(metrics.DROPPED, place, sum(view.dropped for view in here))
        for view in here:
            disk = view.node, "state" if view.actor in _BESIDE_THE_SERVER else "library"
            if view.free is not None and (disk not in disks or view.silent < disks[disk].silent):
                disks[disk] = view
    for disk, view in disks.items():
        yield Reading(metrics.DISK, disk, view.free or 0)


def absences(views: Iterable["ActorView"]) -> Iterator[Reading]:
    """Give of each name whether nobody does its work: of all nodes."""
    away = missing(views)
    for name in NAMES:
        yield Reading(metrics.ACTOR_MISSING, (name,), name in away)


def archive(catalogue: "Catalogue", meters: "Meters", now: datetime) -> Iterator[Reading]:
    """Give all that the log says. What can be known to be 0 is said to be, so that its growth is seen."""
    for kind, states in (("video", meters.videos), ("list", meters.lists)):
        for state, number in states.items():
            yield Reading(metrics.JOBS, (kind, state), number)
    batches = [batch.state for batch in catalogue.batches()]
    for batch_state in BatchState:
        yield Reading(metrics.BATCHES, (batch_state,), batches.count(batch_state))
    for stage, durations in meters.stages.items():
        yield Reading(metrics.STAGES, (stage,), durations)
    yield from _work(meters)
    yield from _breakers(catalogue.refusals, now)
    yield from _fixity(catalogue.health, meters)


def _work(meters: "Meters") -> Iterator[Reading]:
    for node, size in meters.downloaded.items():
        yield Reading(metrics.DOWNLOADED, (node,), size)
    for node, size in meters.archived.items():
        yield Reading(metrics.ARCHIVED, (node,), size)
    for stage, category in product(Stage, Category):
        yield Reading(metrics.FAILED_ATTEMPTS, (stage, category), meters.failed_attempts[stage, category])
    for category in Category:
        yield Reading(metrics.RETRIES, (category,), meters.retries[category])
        yield Reading(metrics.FAILED_JOBS, (category,), meters.failed[category])
    for (egress, category), number in meters.refusals.items():
        yield Reading(metrics.REFUSALS, (egress, category), number)


def _breakers(refusals: "Refusals", now: datetime) -> Iterator[Reading]:
    for egress in refusals:
        circuit = refusals.breaker(egress).circuit(now)
        for state in Circuit:
            yield Reading(metrics.BREAKER, (egress, state), state is circuit)


def _fixity(health: "Health", meters: "Meters") -> Iterator[Reading]:
    for (node, depth), number in meters.checked.items():
        yield Reading(metrics.CHECKED, (node, depth), number)
        yield Reading(metrics.CHECKED_BYTES, (node, depth), meters.checked_bytes[node, depth])
    for trouble in Trouble:
        yield Reading(metrics.FOUND, (trouble,), meters.found[trouble])
    for how in (*REPAIRS, "other"):
        yield Reading(metrics.REPAIRED, (how,), meters.repaired[how])
    yield Reading(metrics.DAMAGED, (), meters.damaged)
    for node, at in meters.checked_at.items():
        yield Reading(metrics.CHECKED_AT, (node,), at.timestamp())
    for node, read in health.nodes.items():
        if oldest := next(iter(read.values()), None):
            yield Reading(metrics.UNREAD_SINCE, (node,), oldest.timestamp())
    if meters.audited_at:
        yield Reading(metrics.AUDITED_AT, (), meters.audited_at.timestamp())
    yield Reading(metrics.AUDIT_EVERY, (), health.schedule.every or 0)
