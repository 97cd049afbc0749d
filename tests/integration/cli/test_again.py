"""What is asked for again while it goes on is not begun beside itself."""

from typing import Any

import msgspec
import pytest

from cli.again import Wanted, ask_for, submitted
from cli.submission import Submission
from schemas import codec
from schemas.batch_events import BatchExtended, BatchFinished, BatchPaused, BatchSubmitted
from schemas.commands import (
    ExtendBatch,
    JobCommand,
    ResumeBatch,
    ResumeJob,
    RetryJob,
)
from schemas.common import Priority, Stage
from schemas.events import Event, JobCancelled, JobPaused, JobSubmitted, RetryScheduled
from schemas.options import ArchiveOptions, Quality
from tests.integration.cli.history import record
from tests.integration.cli.test_submission import commands
from tests.jobs import AT, BATCH, CHANNEL, JOB, OTHER, URL
from ytarchive.runtime.bus import Bus

PLAIN, AUDIO = ArchiveOptions(), ArchiveOptions(quality=Quality.AUDIO)
VIDEO = JobSubmitted(url=URL, options=PLAIN)
LIST = BatchSubmitted(title=CHANNEL, sources=(CHANNEL,), options=PLAIN)
MANY = tuple(f"{CHANNEL}{number}" for number in range(300))
NEW = "1234567812345678"


def wanted(
    options: ArchiveOptions = PLAIN, priority: Priority | None = None, *, whole: bool = False
) -> Wanted:
    return Wanted((), (), options, priority, whole)


def batch_of(*urls: str) -> Submission:
    return Submission({}, NEW, urls, urls[0])


async def told(bus: Bus) -> list[Any]:
    return [codec.job_commands.decode(payload).body for payload in await commands(bus)]


async def ask_for_the_video(bus: Bus, how: Wanted) -> str:
    asked, going = await ask_for(bus, Submission({NEW: URL}, "", (URL,), URL), how)
    (name,) = asked.jobs
    assert [one.since for one in submitted(asked, going).jobs] == [AT if going else None]
    return name


async def ask_for_all(bus: Bus, asked: Submission, how: Wanted) -> str:
    asked, going = await ask_for(bus, asked, how)
    assert submitted(asked, going).since == (AT if going else None)
    return asked.batch_id


@pytest.mark.parametrize(
    ("history", "how", "same"),
    [
        ((VIDEO,), wanted(), True),
        ((VIDEO,), wanted(AUDIO), False),
        ((VIDEO,), wanted(priority=Priority.HIGH), True),
        ((VIDEO,), wanted(priority=Priority.LOW), False),
        ((VIDEO,), wanted(ArchiveOptions(force=True)), False),
        ((VIDEO, JobCancelled()), wanted(), False),
        ((msgspec.structs.replace(VIDEO, url=CHANNEL),), wanted(), False),
        ((msgspec.structs.replace(VIDEO, batch=BATCH),), wanted(), False),
    ],
)
async def test_a_video_that_is_asked_for_again_in_the_same_way_is_gone_on_with(
    bus: Bus, history: tuple[Event, ...], how: Wanted, *, same: bool
) -> None:
    await record(bus, ("job", JOB, history))
    assert await ask_for_the_video(bus, how) == (JOB if same else NEW)


async def test_of_several_jobs_of_a_video_the_first_is_gone_on_with(bus: Bus) -> None:
    await record(bus, ("job", OTHER, (VIDEO,)), ("job", JOB, (VIDEO,)))
    assert await ask_for_the_video(bus, wanted()) == OTHER


@pytest.mark.parametrize(
    ("rests", "command"),
    [
        (JobPaused(), ResumeJob(job_id=JOB)),
        (RetryScheduled(stage=Stage.METADATA, due=AT), RetryJob(job_id=JOB)),
    ],
)
async def test_a_video_that_rests_goes_on_at_once(bus: Bus, rests: Event, command: JobCommand) -> None:
    await record(bus, ("job", JOB, (VIDEO, rests)))
    assert await ask_for_the_video(bus, wanted()) == JOB
    assert (await told(bus))[1:] == [command]


@pytest.mark.parametrize(
    ("history", "how", "same"),
    [
        ((LIST,), wanted(), True),
        ((LIST,), wanted(AUDIO), False),
        ((LIST,), wanted(whole=True), False),
        ((LIST,), wanted(priority=Priority.HIGH), False),
        ((LIST, BatchFinished(counts={})), wanted(), False),
        ((msgspec.structs.replace(LIST, sources=(URL,)),), wanted(), False),
    ],
)
async def test_a_batch_that_is_asked_for_again_in_the_same_way_is_gone_on_with(
    bus: Bus, history: tuple[Event, ...], how: Wanted, *, same: bool
) -> None:
    await record(bus, ("batch", BATCH, history))
    assert await ask_for_all(bus, batch_of(CHANNEL), how) == (BATCH if same else NEW)


async def test_a_batch_that_was_paused_goes_on(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    await record(bus, ("batch", BATCH, (LIST, BatchPaused())))
    assert await ask_for_all(bus, batch_of(CHANNEL), wanted()) == BATCH
    assert (await told(bus))[1:] == [ResumeBatch(batch_id=BATCH)]
    assert capsys.readouterr().err.startswith(f"Goes on with batch {BATCH}, begun at 20")


async def test_a_batch_whose_sender_was_stopped_gets_the_rest_of_its_addresses(bus: Bus) -> None:
    begun = msgspec.structs.replace(LIST, title=MANY[0], sources=MANY[:200], more=True)
    await record(bus, ("batch", BATCH, (begun,)))
    assert await ask_for_all(bus, batch_of(*MANY), wanted()) == BATCH
    extend = (await told(bus))[-1]
    assert extend == ExtendBatch(batch_id=BATCH, part=1, sources=MANY[200:])


async def test_a_batch_that_was_asked_for_in_parts_is_the_same_by_all_of_them(bus: Bus) -> None:
    begun = msgspec.structs.replace(LIST, title=MANY[0], sources=MANY[:200], more=True)
    rest = BatchExtended(part=1, sources=MANY[200:])
    await record(bus, ("batch", BATCH, (begun, rest)))
    assert await ask_for_all(bus, batch_of(*MANY[:200]), wanted()) == NEW
    assert await ask_for_all(bus, batch_of(*MANY), wanted()) == BATCH
