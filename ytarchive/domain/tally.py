"""What the jobs of a batch come to, counted as they go on."""

from collections import Counter

from schemas.common import State
from ytarchive.domain.job import Job


class Tally:
    """What the jobs of one batch come to: how many are in each state, apart for those that make lists.

    `listed` entries are known, `in_flight` jobs are active or rest because the site refuses us, `unended` of
    them all have not ended, `damaged` have files that are not as they were archived.
    """

    def __init__(self) -> None:
        self.videos: Counter[State] = Counter()
        self.listings: Counter[State] = Counter()
        self.listed = 0
        self.in_flight = 0
        self.unended = 0
        self.damaged = 0

    @property
    def reads(self) -> bool:
        """Whether a list is being read, or will be."""
        return any(number and not state.final for state, number in self.listings.items())

    def count(self, before: Job, job: Job) -> None:
        """Take a job as it was and as it is."""
        states = self.listings if job.lists else self.videos
        if before.version:
            states[before.state] -= 1
        states[job.state] += 1
        self.unended += _unended(job) - _unended(before)
        self.damaged += bool(job.damaged) - bool(before.damaged)
        if not job.lists:
            self.in_flight += _in_flight(job) - _in_flight(before)


def _unended(job: Job) -> bool:
    return job.version > 0 and not job.state.final


def _in_flight(job: Job) -> bool:
    refused = job.state is State.PAUSED and not job.paused_by_hand
    return job.active or refused
