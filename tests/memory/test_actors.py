"""What each actor leaves in its memory, a round after the other, and open when it ends."""

import asyncio
import itertools
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

import actors.download.actor
import actors.jobs.actor
import actors.logs.actor
import actors.metadata.actor
import actors.storage.actor
from schemas import codec, subjects
from schemas.commands import JobCommand, PauseJob, ResumeJob, StoreMedia, SubmitVideo
from schemas.common import Stage, Staging, State
from schemas.envelope import Envelope
from schemas.logs import LogRecord
from schemas.options import ArchiveOptions
from schemas.queries import AskLeave, ListJobs
from schemas.results import MetadataFetched, Result
from tests.integration.actors.storage.node import Node
from tests.jobs import VIDEO, downloaded, fetched, job_list, stored, submit
from tests.media import Samples, samples
from tests.memory.actors import at_work, beside, idle
from tests.memory.conftest import Told
from tests.memory.leaks import left_by
from tests.ytsim.server import YtSim
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.settings import Settings

__all__ = ["samples"]

RESIDENT = 8 << 20
"""Bytes that a process may grow by in all: what allocators keep in reserve comes in pieces of this order."""

LITTLE = 16 << 10
"""Bytes a round may leave by chance: cancelled timers stay with the loop until they would be due."""

KNOWN = 15
NEW = 10
ARCHIVED_JOB = 4 << 10
"""Bytes the jobs actor may keep of an archived job: its read model is in memory, by design."""
LINES = 200
STORED = 8
VIDEOS = 5

_ids = (f"{number:016x}" for number in itertools.count(1))


async def send(bus: Bus, *messages: JobCommand | Result) -> None:
    """Publish commands and results, and wait until the jobs actor has dealt with them."""

    async def publish(body: JobCommand | Result) -> None:
        message = Envelope(id=uuid4().hex, at=datetime.now(UTC), correlation_id="c", body=body)
        command = isinstance(body, JobCommand)
        subject = (subjects.job_command if command else subjects.result)(body.job_id)
        await bus.publish(subject, codec.encode(message), msg_id=message.id)

    await asyncio.gather(*map(publish, messages))
    await idle(bus, topology.COMMANDS, "jobs")
    await idle(bus, topology.RESULTS, "results")


def take(number: int) -> list[str]:
    return list(itertools.islice(_ids, number))


async def test_the_jobs_actor_keeps_nothing_of_what_is_said_of_jobs_it_knows(
    bus: Bus, nats_url: str, settings: Settings, rounds: int, told: Told
) -> None:
    jobs = take(KNOWN)

    async def work() -> None:
        await send(bus, *(PauseJob(job_id=job) for job in jobs))
        await send(bus, *(ResumeJob(job_id=job) for job in jobs))
        await send(bus, *map(submit, jobs), *(stored(job_id=job) for job in jobs))
        for query, question in (("jobs", ListJobs()), ("leave", AskLeave(egress="here", take=True))):
            await bus.client.request(subjects.query(query), codec.encode(question), timeout=60)

    async with at_work(settings, nats_url, jobs=actors.jobs.actor.run):
        await send(bus, *map(submit, jobs))
        left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=LITTLE, resident=RESIDENT)


def found(job: str) -> MetadataFetched:
    """Give the result of a look-up: each job's video is another."""
    return msgspec.structs.replace(
        fetched(job_id=job), video=msgspec.structs.replace(VIDEO, video_id=job, title=f"Title {job}")
    )


async def test_of_an_archived_job_the_jobs_actor_keeps_so_much_and_no_more(
    bus: Bus, nats_url: str, settings: Settings, rounds: int, told: Told
) -> None:
    async def work() -> None:
        jobs = take(NEW)
        await send(bus, *map(submit, jobs))
        await send(bus, *map(found, jobs))
        await send(bus, *(downloaded(job_id=job) for job in jobs))
        await send(bus, *(stored(job_id=job) for job in jobs))

    async with at_work(settings, nats_url, jobs=actors.jobs.actor.run):
        left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=NEW * ARCHIVED_JOB, resident=RESIDENT + rounds * NEW * ARCHIVED_JOB)


async def test_the_logs_actor_keeps_nothing_of_the_lines_it_has_written(
    bus: Bus, nats_url: str, settings: Settings, rounds: int, told: Told
) -> None:
    async def work() -> None:
        for number in range(LINES):
            line = LogRecord(
                at=datetime.now(UTC),
                level="info",
                actor="jobs",
                node="here",
                event="a line " * (number % 50),
                context={"number": number},
            )
            await bus.client.publish(subjects.log("jobs", "info"), codec.encode(line))
        await bus.client.flush()
        await idle(bus, topology.LOGS, "logs-here")

    async with at_work(settings, nats_url, logs=actors.logs.actor.run):
        left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=LITTLE, resident=RESIDENT)


async def test_the_storage_actor_keeps_nothing_of_the_files_it_has_stored(  # noqa: PLR0917 - fixtures
    bus: Bus, nats_url: str, settings: Settings, samples: Samples, rounds: int, told: Told
) -> None:
    node = Node(settings.library_dir, samples["av.mp4"])

    async def store(jobs: Iterable[str]) -> None:
        for job in jobs:
            node.staging = settings.staging_dir / job
            video = msgspec.structs.replace(VIDEO, video_id=job, duration=12.0)
            task = StoreMedia(
                job_id=job,
                attempt=1,
                video=video,
                options=ArchiveOptions(),
                staging=Staging(node="here", files=node.stage()),
            )
            envelope = Envelope(id=job, at=datetime.now(UTC), correlation_id=job, body=task)
            subject = subjects.task(Stage.STORAGE, job, 1, node="here")
            await bus.publish(subject, codec.encode(envelope), msg_id=job)
        await idle(bus, topology.COMMANDS, "storage-here")

    async def work() -> None:
        before = (await bus.js.stream_info(topology.RESULTS)).state.messages
        await store(take(STORED))
        assert (await bus.js.stream_info(topology.RESULTS)).state.messages == before + STORED

    async with at_work(settings, nats_url, storage=actors.storage.actor.run):
        left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=2 * LITTLE, resident=RESIDENT)


async def downloaded_all(bus: Bus, jobs: Iterable[str]) -> None:
    """Wait until all jobs wait to be stored."""
    question = codec.encode(ListJobs(states=(State.STORING,)))
    async with asyncio.timeout(60):
        while True:
            reply = await bus.client.request(subjects.query("jobs"), question, timeout=60)
            if {*jobs} <= {job.job_id for job in job_list(reply.data).jobs}:
                return
            await asyncio.sleep(0.1)


async def test_looking_up_and_downloading_leave_nothing_in_actors_and_workers(  # noqa: PLR0917 - fixtures
    bus: Bus, nats_url: str, settings: Settings, spawned: YtSim, rounds: int, told: Told
) -> None:
    settings = msgspec.structs.replace(
        settings, ytdlp_options=f"--proxy {spawned.proxy} --no-check-certificates", videos_per_hour=0
    )
    videos = iter(spawned.ids)

    async def work() -> None:
        asked = {job: spawned.watch_url(next(videos)) for job in take(VIDEOS)}
        await send(bus, *(SubmitVideo(job_id=job, url=url) for job, url in asked.items()))
        await downloaded_all(bus, asked)
        for job in asked:
            shutil.rmtree(settings.staging_dir / job)

    with beside("jobs", settings, nats_url):
        both = {"metadata": actors.metadata.actor.run, "download": actors.download.actor.run}
        async with at_work(settings, nats_url, **both):
            left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=2 * LITTLE, resident=RESIDENT)
