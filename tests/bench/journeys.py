"""Commits as real jobs make them: `decide` answers what is said about one video after another."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, count, cycle, islice
from typing import NamedTuple

from schemas import codec, subjects
from schemas.commands import JobCommand, PauseJob, ResumeJob, SubmitVideo
from schemas.common import (
    ArchivedFile,
    Category,
    Failure,
    MetadataRef,
    Role,
    Stage,
    StagedFile,
    Staging,
    Verified,
    Video,
)
from schemas.envelope import Commit
from schemas.events import JobEvent
from schemas.results import DownloadFinished, MediaStored, MetadataFetched, Result, TaskFailed
from ytarchive.domain.context import Context
from ytarchive.domain.decider import decide
from ytarchive.domain.evolve import fold
from ytarchive.domain.job import Job
from ytarchive.recovery import table

_FILES = (
    (".webm", Role.MEDIA, 48_123_456),
    (".info.json", Role.INFO, 41_234),
    (".jpg", Role.THUMBNAIL, 98_765),
    (".en.vtt", Role.SUBTITLES, 12_345),
    (".description", Role.DESCRIPTION, 1_234),
)
_NODE = "here"
_ADDRESS = "https://www.youtube.com/watch?v=v"
_START = datetime(2026, 1, 1, tzinfo=UTC)


class Decision(NamedTuple):
    """One commit as it is to be appended, under what message id, and where."""

    commit: Commit[JobEvent]
    subject: str
    payload: bytes
    identity: str


def decisions(number: int) -> Iterator[Decision]:
    """Give the commits of as many jobs as it takes; every tenth has one failure on its way."""
    return islice((one for job in count() for one in _journey(job)), number)


def restless(jobs: int, number: int) -> Iterator[Decision]:
    """Give the commits of a few jobs that are paused and resumed by turns, without an end."""
    lives = [_life(job) for job in range(jobs)]
    return islice((next(life) for _ in count() for life in lives), number)


def archived(jobs: int) -> Iterator[Decision]:
    """Give the commits of so many jobs, all of which end in the library."""
    return (one for job in islice((job for job in count() if not _fails(job)), jobs) for one in _journey(job))


def _fails(number: int) -> bool:
    return number % 10 == 9


def _journey(number: int) -> Iterator[Decision]:
    return _decided(number, _messages(number, f"{number:016x}"))


def _life(number: int) -> Iterator[Decision]:
    job_id = f"{number:016x}"
    turns: Iterator[JobCommand] = cycle((PauseJob(job_id=job_id), ResumeJob(job_id=job_id)))
    return _decided(number, chain([SubmitVideo(job_id=job_id, url=url(number))], turns))


def _decided(number: int, messages: Iterable[JobCommand | Result]) -> Iterator[Decision]:
    job = Job(job_id=f"{number:016x}")
    at, previous = _START + timedelta(seconds=number), ""
    for step, message in enumerate(messages):
        at += timedelta(seconds=min(step, 9))
        context = Context(
            at=at,
            retry=table.policy(at),
            archived=lambda _key: None,
            working=lambda _key: None,
            recheck=table.recheck,
            block=_never,
            job=lambda job_id: Job(job_id=job_id),
        )
        commit = Commit(
            aggregate="job",
            aggregate_id=job.job_id,
            version=job.version + 1,
            previous=previous,
            at=at,
            correlation_id=f"submission-{number}",
            causation_id=f"{job.job_id}:{job.version}:result",
            events=decide(job, message, context),
        )
        payload = codec.encode(commit)
        previous, job = hashlib.sha256(payload).hexdigest(), fold(job, commit)
        yield Decision(commit, subjects.event("job", job.job_id), payload, previous[:32])


def _messages(number: int, job_id: str) -> Iterator[JobCommand | Result]:
    """Give what is said to a job from its submission to its end in the library, or to its retry."""
    yield SubmitVideo(job_id=job_id, url=url(number))
    found = fetched(job_id, number)
    yield found
    if _fails(number):
        failure = Failure(category=Category.NETWORK, message="the connection was closed", hint="Tried again.")
        yield TaskFailed(job_id=job_id, attempt=1, node=_NODE, stage=Stage.DOWNLOAD, failure=failure)
        return
    yield staged(job_id)
    yield stored(job_id, found.video)


def url(number: int) -> str:
    """Give the address of one of many videos."""
    return f"{_ADDRESS}{number:010d}"


def number(address: str) -> int:
    """Give which of them has this address."""
    return int(address.removeprefix(_ADDRESS))


def fetched(job_id: str, number: int, attempt: int = 1, node: str = _NODE) -> MetadataFetched:
    """Report what is known of a video."""
    digest = _digest(job_id)
    video = Video(
        site="youtube",
        video_id=f"v{number:010d}",
        title=f"Lecture {number}: how things are kept, and what it takes to prove it",
        url=url(number),
        channel="A channel of lectures",
        channel_id="UC0123456789abcdefghijkl",
        upload_date="20251231",
        duration=1234.5,
        live_status="not_live",
    )
    reference = MetadataRef(name=f"youtube/{video.video_id}/{digest}", fingerprint=digest, stored=True)
    return MetadataFetched(
        job_id=job_id,
        attempt=attempt,
        node=node,
        video=video,
        metadata=reference,
        extraction=f"{job_id}/{attempt}",
    )


def staged(job_id: str, attempt: int = 1, node: str = _NODE) -> DownloadFinished:
    """Report media and sidecars in staging."""
    files = tuple(
        StagedFile(name=f"media{suffix}", suffix=suffix, role=role, bytes=size)
        for suffix, role, size in _FILES
    )
    return DownloadFinished(job_id=job_id, attempt=attempt, staging=Staging(node=node, files=files))


def stored(job_id: str, video: Video, attempt: int = 1, node: str = _NODE) -> MediaStored:
    """Report them in the library."""
    stem = f"{video.channel}/2025/2025-12-31 - {video.title} [{video.video_id}]"
    files = tuple(
        ArchivedFile(path=f"{stem}{suffix}", role=role, bytes=size, sha256=_digest(job_id))
        for suffix, role, size in _FILES
    )
    verified = Verified(duration=1234.5, video=True, audio=True)
    return MediaStored(job_id=job_id, attempt=attempt, node=node, files=files, verified=verified)


def _digest(job_id: str) -> str:
    return hashlib.sha256(job_id.encode()).hexdigest()


def _never(_egress: str, _category: Category) -> datetime:
    raise AssertionError("no journey here is refused")
