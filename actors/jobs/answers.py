"""Answers from the read model."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from schemas import codec
from schemas.heartbeats import ActorList, ListActors
from schemas.queries import (
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
from ytarchive.domain.views import batch_view, view

if TYPE_CHECKING:
    from actors.jobs.feed import Feed
    from schemas.heartbeats import AbsentView, ActorView
    from schemas.queries import BatchView, PaceView, QueueView
    from ytarchive.domain.catalogue import Catalogue

_MATCHES: Final = 10
_ANSWER_BYTES: Final = codec.MAX_BYTES - (64 << 10)

T = TypeVar("T", bound=msgspec.Struct)


def answer(
    catalogue: "Catalogue",
    sequence: int,
    query: Query,
    *,
    feed: "Callable[[str], Feed | None]" = lambda _batch_id: None,
    paced: "tuple[PaceView, ...]" = (),
    absent: "tuple[AbsentView, ...]" = (),
    actors: "tuple[ActorView, ...]" = (),
    queues: "tuple[QueueView, ...]" = (),
) -> bytes:
    """Answer a query, with as much as one message holds; `total` tells whether there is more."""
    match query:
        case ListJobs(states=states, limit=limit, offset=offset, batch=batch):
            ids = catalogue.newest(states, batch)
            return _jobs(
                catalogue, sequence, ids[offset : offset + limit], len(ids), paced=paced, absent=absent
            )
        case GetJobs(prefix=prefix):
            ids = catalogue.matching(prefix)
            return _jobs(catalogue, sequence, ids[:_MATCHES], len(ids), paced=paced, absent=absent)
        case ListBatches(prefix=prefix, states=batch_states, limit=limit, offset=offset):
            found = [
                batch
                for batch in reversed(catalogue.batches())
                if batch.batch_id.startswith(prefix) and (not batch_states or batch.state in batch_states)
            ]
            shown: Iterator[BatchView] = (
                batch_view(batch, catalogue.tally(batch.batch_id), _passed(feed(batch.batch_id)))
                for batch in islice(found, offset, offset + limit)
            )
            return codec.encode(
                BatchList(
                    batches=_fitting(shown),
                    total=len(found),
                    sequence=sequence,
                    blocked=catalogue.all_refused(datetime.now(UTC)),
                    paced=paced,
                    absent=absent,
                )
            )
        case FindVideos(video_ids=video_ids, site=site):
            archived = {id_: catalogue.videos.archived((site, id_)) for id_ in video_ids}
            working = {id_: catalogue.videos.working((site, id_)) for id_ in video_ids}
            return codec.encode(
                VideoList(archived=_known(archived), working=_known(working), sequence=sequence)
            )
        case ListActors():
            return codec.encode(ActorList(actors=_fitting(actors)))
        case ListQueues():
            return codec.encode(QueueList(queues=_fitting(queues)))


def _jobs(
    catalogue: "Catalogue",
    sequence: int,
    ids: Iterable[str],
    total: int,
    *,
    paced: "tuple[PaceView, ...]",
    absent: "tuple[AbsentView, ...]",
) -> bytes:
    jobs = _fitting(view(catalogue.job(job_id)) for job_id in ids)
    blocked = catalogue.all_refused(datetime.now(UTC))
    return codec.encode(
        JobList(jobs=jobs, total=total, sequence=sequence, blocked=blocked, paced=paced, absent=absent)
    )


def _fitting(structs: Iterable[T]) -> tuple[T, ...]:
    """Take from the beginning what one message holds."""
    taken: list[T] = []
    size = 0
    for struct in structs:
        size += len(msgspec.json.encode(struct)) + 1
        if size > _ANSWER_BYTES:
            break
        taken.append(struct)
    return tuple(taken)


def _passed(feed: "Feed | None") -> tuple[int, int, int] | None:
    return (feed.known, feed.skipped, feed.walked) if feed else None


def _known(found: dict[str, str | None]) -> dict[str, str]:
    return {id_: job_id for id_, job_id in found.items() if job_id}
