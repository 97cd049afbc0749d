"""What the metrics stand at, as the read model has it."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.common import BatchState, Category
from schemas.fixity import Trouble
from ytarchive.domain import metrics
from ytarchive.domain.breaker import Circuit
from ytarchive.domain.meters import REPAIRS
from ytarchive.domain.metrics import Reading

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.health import Health
    from ytarchive.domain.meters import Meters
    from ytarchive.domain.refusals import Refusals


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
    for (stage, category), number in meters.failed_attempts.items():
        yield Reading(metrics.FAILED_ATTEMPTS, (stage, category), number)
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
