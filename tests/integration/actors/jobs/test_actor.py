"""The jobs actor on a real server: its queues and its timers."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import time_machine
from nats.js.api import RetentionPolicy, StreamConfig
from structlog.testing import capture_logs

from schemas import codec, subjects
from schemas.commands import PauseJob, WakeJob
from schemas.common import Category, Stage, State
from schemas.envelope import Envelope
from tests.integration.jobs_actor import jobs_actor
from tests.jobs import JOB, failed, submit
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

RuntimeOn = Callable[[Bus], Runtime]
HOUR = timedelta(hours=1)

COMMANDS_BEFORE = StreamConfig(
    name=topology.COMMANDS,
    subjects=[subjects.COMMANDS, f"{subjects.ROOT}.timer.>"],
    retention=RetentionPolicy.WORK_QUEUE,
    allow_direct=True,
    allow_msg_schedules=True,
    allow_msg_ttl=True,
)
"""The stream as it was when it had the timers too."""


def paced(runtime: Runtime, pace: float) -> Runtime:
    """Have every wait be another."""
    runtime.limit(msgspec.structs.replace(runtime.settings, retry_pace=pace))
    return runtime


async def empty(bus: Bus, stream: str, subject: str) -> None:
    """Wait until nothing is left of a subject."""
    async with asyncio.timeout(60):
        while (await bus.js.stream_info(stream, subject)).state.subjects:
            await asyncio.sleep(0.02)


async def test_what_a_jobs_actor_that_died_had_in_hand_is_decided_within_seconds(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    async with jobs_actor(runtime_on(bus)) as jobs:  # which makes the queues
        pass
    await jobs.tell(submit())
    await (await bus.js.pull_subscribe_bind("jobs", topology.COMMANDS)).fetch(1)
    async with jobs_actor(runtime_on(bus)) as jobs, asyncio.timeout(25):
        await jobs.until(State.RESOLVING)


async def test_a_refusal_of_nobody_knows_whom_has_the_job_rest_and_is_no_trouble(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    with capture_logs() as lines:
        async with jobs_actor(runtime_on(bus)) as jobs:
            await jobs.tell(submit())
            await jobs.until(State.RESOLVING)
            await jobs.tell(failed(Stage.METADATA, Category.BOT_CHECK))
            await jobs.until(State.PAUSED)
            await empty(bus, topology.RESULTS, ">")
            assert (await jobs.ask()).blocked == ()
    assert [line for line in lines if line["log_level"] in ("warning", "error")] == []


async def test_a_job_that_waits_goes_on_when_it_is_due(bus: Bus, runtime_on: RuntimeOn) -> None:
    async with jobs_actor(runtime_on(bus)) as jobs:
        await jobs.until_waiting()
        await jobs.until(State.RESOLVING)
        await empty(bus, topology.TIMERS, ">")


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
async def test_a_job_waits_as_long_as_is_planned_though_our_clock_is_not_the_servers(
    bus: Bus, runtime_on: RuntimeOn, ahead: timedelta
) -> None:
    runtime = paced(runtime_on(bus), 0.3)
    with time_machine.travel(datetime.now(UTC) + ahead):
        async with jobs_actor(runtime) as jobs:
            due = await jobs.until_waiting()
            planned, began = due - datetime.now(UTC), time.monotonic()
            await jobs.until(State.RESOLVING)
            assert time.monotonic() - began > planned.total_seconds() * 0.9


async def test_a_job_does_not_wait_for_a_day_because_the_clock_was_set_back_by_one(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    runtime = paced(runtime_on(bus), 100)
    with time_machine.travel(datetime.now(UTC)) as clock:
        async with jobs_actor(runtime) as jobs:
            await jobs.until_waiting()
            clock.shift(-24 * HOUR)
            assert [job.state for job in (await jobs.ask()).jobs] == [State.WAITING]
            runtime.clock_set.set()  # as is noticed within a second
            await jobs.until(State.RESOLVING)


async def test_the_timer_of_a_job_that_is_paused_is_withdrawn(bus: Bus, runtime_on: RuntimeOn) -> None:
    async with jobs_actor(runtime_on(bus)) as jobs:
        await jobs.until_waiting()
        await jobs.tell(PauseJob(job_id=JOB))
        await jobs.until(State.PAUSED)
        await empty(bus, topology.TIMERS, subjects.schedule(JOB))
        (job,) = (await jobs.ask()).jobs
        assert (job.state, job.due) == (State.PAUSED, None)


@pytest.mark.parametrize("kept", [True, False], ids=["its old timer rings too", "its old timer is lost"])
async def test_a_job_that_waits_since_commands_and_timers_were_one_stream_goes_on_once(
    bus: Bus, runtime_on: RuntimeOn, settings: Settings, *, kept: bool
) -> None:
    # Given a job that waits, and the streams of then
    async with jobs_actor(runtime_on(bus)) as jobs:
        await jobs.until_waiting()
        (job,) = (await jobs.ask()).jobs
    for stream in (topology.COMMANDS, topology.TIMERS):
        await bus.js.delete_stream(stream)
    await bus.js.add_stream(COMMANDS_BEFORE)
    due = max(job.due or datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=0.3))
    if kept:
        wake = Envelope(id="wake", at=due, correlation_id=JOB, body=WakeJob(job_id=JOB, version=job.version))
        schedule = {
            "Nats-Schedule": f"@at {due.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}",
            "Nats-Schedule-Target": subjects.job_command(JOB),
        }
        old = f"{subjects.ROOT}.timer.job.{JOB}"
        await bus.publish(old, codec.encode(wake), msg_id="wake", headers=schedule)

    # When the jobs actor of today comes
    await topology.ensure(bus.js, settings)
    async with jobs_actor(runtime_on(bus)) as jobs:
        await jobs.until(State.RESOLVING)
        # Then it goes on, and once
        await empty(bus, topology.TIMERS, ">")
        await empty(bus, topology.COMMANDS, f"{subjects.ROOT}.timer.>")
        await empty(bus, topology.COMMANDS, subjects.JOB_COMMANDS)
        (again,) = (await jobs.ask()).jobs
    assert (again.attempts, again.version) == (2, job.version + 1)
