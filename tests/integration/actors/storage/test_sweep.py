"""What nobody discarded is removed once nobody can need it, and nothing else is."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actors.jobs.answers import answer
from actors.storage.sweep import keep_tidy, sweep
from schemas import codec, subjects
from schemas.commands import CancelJob
from tests.jobs import JOB, OTHER, Desk, downloaded, fetched, submit
from ytarchive.library.staging import held
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

if TYPE_CHECKING:
    from nats.aio.msg import Msg

UNKNOWN, HOURS = "00000000000000ff", 3600


@pytest.fixture
async def desk(bus: Bus) -> AsyncIterator[Desk]:
    """Two jobs that were downloaded, and somebody who answers from what the log says of them."""
    desk = Desk(submit(), fetched(), downloaded(), submit(OTHER))
    desk.when(*(make(job_id=OTHER) for make in (fetched, downloaded)))

    async def reply(message: "Msg") -> None:
        await message.respond(answer(desk.catalogue, 1, codec.queries.decode(message.data)))

    subscription = await bus.client.subscribe(subjects.query("jobs"), cb=reply)
    yield desk
    await subscription.unsubscribe()


def lie(runtime: Runtime, name: str, *, hours: float) -> Path:
    """Leave a folder in staging, untouched for so long."""
    folder = runtime.settings.staging_dir / name
    folder.mkdir(parents=True)
    file = folder / "media.mp4.part"
    file.write_bytes(b"half of it")
    for path in (file, folder):
        os.utime(path, (time.time() - hours * HOURS,) * 2)
    return folder


async def test_staging_of_a_job_that_has_ended_is_removed(desk: Desk, runtime: Runtime) -> None:
    ended, active = lie(runtime, JOB, hours=2), lie(runtime, OTHER, hours=200)
    desk.when(CancelJob(job_id=JOB))
    await sweep(runtime)
    assert not ended.exists()
    assert active.exists()


async def test_staging_that_is_kept_stays(desk: Desk, runtime: Runtime) -> None:
    desk.when(CancelJob(job_id=OTHER, keep=True))
    kept = lie(runtime, OTHER, hours=200)
    assert await sweep(runtime)
    assert kept.exists()


async def test_staging_in_use_is_removed_once_it_is_not(desk: Desk, runtime: Runtime) -> None:
    used, active = lie(runtime, JOB, hours=0), lie(runtime, OTHER, hours=0)
    with held(used), held(active):
        assert await sweep(runtime)
        desk.when(CancelJob(job_id=JOB))
        assert not await sweep(runtime)
        assert used.exists()
    assert await sweep(runtime)
    assert (used.exists(), active.exists()) == (False, True)


async def test_it_is_swept_when_a_job_is_called_off(bus: Bus, desk: Desk, runtime: Runtime) -> None:
    tidy = asyncio.create_task(keep_tidy(runtime))
    folder = lie(runtime, JOB, hours=0)
    desk.when(CancelJob(job_id=JOB))
    async with asyncio.timeout(60):
        while folder.exists():
            await bus.client.publish(subjects.cancel_signal(JOB))
            await asyncio.sleep(0.05)
    runtime.stopping.set()
    await asyncio.wait_for(tidy, 60)


@pytest.mark.usefixtures("desk")
async def test_staging_the_log_knows_nothing_of_stays_for_a_week(runtime: Runtime) -> None:
    folder = lie(runtime, UNKNOWN, hours=24 * 6)
    await sweep(runtime)
    assert folder.exists()
    await sweep(runtime, old=24 * 5 * HOURS)
    assert not folder.exists()


@pytest.mark.usefixtures("desk")
async def test_what_is_no_job_s_folder_is_left_alone(runtime: Runtime) -> None:
    folder = lie(runtime, "mine", hours=10_000)
    await sweep(runtime, old=0)
    assert folder.exists()


async def test_while_nobody_answers_nothing_is_removed(bus: Bus, runtime: Runtime) -> None:
    folder = lie(runtime, UNKNOWN, hours=10_000)
    assert not await sweep(runtime)
    assert folder.exists()


async def test_where_there_is_no_library_yet_there_is_nothing_to_do(runtime: Runtime) -> None:
    await sweep(runtime)
    assert not runtime.settings.library_dir.exists()
