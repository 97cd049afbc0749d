"""Answers from the read model."""

from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from schemas import codec
from schemas.queries import GetJobs, JobList, JobView, ListJobs, Query
from ytarchive.domain.views import view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ytarchive.domain.catalogue import Catalogue

_MATCHES: Final = 10
_ANSWER_BYTES: Final = codec.MAX_BYTES - (64 << 10)


def answer(catalogue: "Catalogue", sequence: int, query: Query) -> bytes:
    """Answer a query, with as many jobs as one message holds; `total` tells whether there are more."""
    match query:
        case ListJobs(states=states, limit=limit, offset=offset):
            found = [job for job in reversed(catalogue) if not states or job.state in states]
            jobs: Iterator[JobView] = (view(job) for job in islice(found, offset, offset + limit))
            total = len(found)
        case GetJobs(prefix=prefix):
            matching = [job for job in catalogue if job.job_id.startswith(prefix)]
            jobs, total = (view(job) for job in matching[:_MATCHES]), len(matching)
    taken: list[JobView] = []
    size = 0
    for job in jobs:
        size += len(msgspec.json.encode(job)) + 1
        if size > _ANSWER_BYTES:
            break
        taken.append(job)
    blocked = catalogue.all_refused()
    return codec.encode(JobList(jobs=tuple(taken), total=total, sequence=sequence, blocked=blocked))
