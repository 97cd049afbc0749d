"""Which tasks are put on the queues now: no more than there are workers for, and those whose turn it is.

What waits in a queue is taken in its order, whatever comes later. So what waits, waits here, where a video
asked for by itself can go before a batch, and one batch need not wait for another. Nothing of this is
recorded: the log says which tasks are wanted, and a task that is put there twice is there once.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from schemas.common import Stage
from ytarchive.domain.archive_saga import Ask, pending
from ytarchive.domain.job import ACTIVE
from ytarchive.domain.turns import Turns

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job

STAGES: Final = (Stage.LISTING, Stage.METADATA, Stage.DOWNLOAD)
"""Those whose tasks any node can do. What a node has downloaded, it stores."""

_TAKE_TURNS: Final = frozenset(ACTIVE[stage] for stage in STAGES)
_AHEAD: Final = 4
"""One task for so many workers waits in the queue, for whoever is free first."""


class Dispatch:
    """Who waits for a worker of each stage, and whose task is on a queue. `slots` are the workers there."""

    def __init__(self, catalogue: "Catalogue", slots: dict[Stage, int]) -> None:
        self._catalogue = catalogue
        self.slots = slots
        self._turns = {stage: Turns() for stage in STAGES}
        self._out: dict[Stage, dict[str, int]] = {stage: {} for stage in STAGES}

    def note(self, job: "Job") -> None:
        """Take a job as it is now: whether it waits for a worker, and of which stage."""
        for stage in STAGES:
            if job.state is not ACTIVE[stage]:
                self._turns[stage].drop(job.job_id)
                self._out[stage].pop(job.job_id, None)
            elif self._out[stage].get(job.job_id) != job.asked:
                self._out[stage].pop(job.job_id, None)
                self._turns[stage].put(job.job_id, job.priority, job.batch)

    def is_out(self, job: "Job") -> bool:
        """Tell whether the task of a job was put on its queue."""
        return any(out.get(job.job_id) == job.asked for out in self._out.values())

    def held(self) -> dict[Stage, int]:
        """Tell how many wait here for a worker of each stage."""
        return {stage: len(turns) for stage, turns in self._turns.items()}

    def take_back(self, asks: Iterable[Ask]) -> None:
        """Let those wait again whose tasks could not be put on their queues."""
        for ask in asks:
            job = self._catalogue.job(ask.task.job_id)
            for out in self._out.values():
                out.pop(job.job_id, None)
            self.note(job)

    def due(self) -> Iterator[Ask]:
        """Give the tasks that are to be put on their queues now."""
        for stage in STAGES:
            out, turns = self._out[stage], self._turns[stage]
            room = self.slots[stage] + max(1, self.slots[stage] // _AHEAD)
            while len(out) < room and (job_id := turns.take()):
                job = self._catalogue.job(job_id)
                out[job_id] = job.asked
                yield from (effect for effect in pending(job) if isinstance(effect, Ask))


def takes_turns(job: "Job") -> bool:
    """Tell whether what a job asks for now waits for its turn first."""
    return job.state in _TAKE_TURNS
