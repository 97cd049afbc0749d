"""The jobs actor's process: three queues in, one desk, errands out, questions answered."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import nats.errors
from nats.js.errors import NotFoundError

from actors.jobs.answers import answer
from actors.jobs.desk import Desk
from actors.jobs.errands import carry_out
from actors.jobs.leave import Door
from actors.jobs.sweep import keep_tidy
from schemas import codec, subjects
from schemas.commands import WakeJob
from schemas.envelope import Envelope
from schemas.queries import Leave
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve

if TYPE_CHECKING:
    from nats.micro.request import Request

    from schemas.commands import JobCommand
    from schemas.results import Result
    from ytarchive.runtime.process import Runtime

_ACK_WAIT = 5.0
"""Seconds after which what a dead jobs actor had in hand comes again, and all queues up behind it. A decision
takes milliseconds, and one that takes longer is told to the server meanwhile."""
_TAKE_UP_EVERY = 300.0
_SOON = 0.2


async def run(runtime: "Runtime") -> None:
    """Fold the log, take up what it says is pending, then decide until told to stop."""
    desk = Desk(runtime)
    await desk.catch_up()
    runtime.log.info("log folded", messages=desk.last, jobs=len(desk.catalogue))

    door = Door(desk.catalogue, runtime.settings.videos_per_hour, runtime.settings.task_timeout)

    async def handle(delivery: "Delivery[Envelope[JobCommand]] | Delivery[Envelope[Result]]") -> None:
        message = delivery.body
        async with desk.turn:
            egress = getattr(message.body, "egress", "") or desk.catalogue.job(message.body.job_id).egress
            before = desk.catalogue.refused(egress)
            await carry_out(runtime, await desk.decide(message))
            if before != desk.catalogue.refused(egress):
                await _tell(runtime, desk, egress)

    async def ask(request: "Request") -> None:
        try:
            query = codec.queries.decode(request.data)
            async with desk.turn:
                await desk.is_current()
            await request.respond(answer(desk.catalogue, desk.last, query))
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))

    async def ask_leave(request: "Request") -> None:
        try:
            asked = codec.leave_requests.decode(request.data)
            waits = asked.take and asked.task and await _result_waits(runtime, asked.task.partition(":")[0])
            leave = Leave(wait=_SOON) if waits else door.answer(asked, datetime.now(UTC))
            await request.respond(codec.encode(leave))
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))

    await runtime.service.add_endpoint(name="jobs", subject=subjects.query("jobs"), handler=ask)
    await runtime.service.add_endpoint(name="leave", subject=subjects.query("leave"), handler=ask_leave)
    await runtime.bus.client.flush()  # who hears that we are ready may ask at once
    commands = Queue(
        topology.COMMANDS,
        topology.work_consumer("jobs", subjects.JOB_COMMANDS, slots=1, ack_wait=_ACK_WAIT),
        codec.job_commands,
        handle,
    )
    results = Queue(
        topology.RESULTS,
        topology.work_consumer("results", subjects.JOB_RESULTS, slots=1, ack_wait=_ACK_WAIT),
        codec.results,
        handle,
    )
    due = Queue(
        topology.TIMERS,
        topology.work_consumer("due", subjects.JOBS_DUE, slots=1, ack_wait=_ACK_WAIT),
        codec.job_commands,
        handle,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(runtime, results))
        group.create_task(serve(runtime, commands))
        group.create_task(serve(runtime, due))
        runtime.ready()
        group.create_task(_take_up(runtime, desk))
        group.create_task(keep_tidy(runtime, desk))


async def _result_waits(runtime: "Runtime", job_id: str) -> bool:
    """Tell whether a result of the job was reported and is not decided on yet."""
    subject = subjects.result(job_id)
    info = await runtime.bus.js.stream_info(topology.RESULTS, subjects_filter=subject)
    return bool(info.state.subjects)


async def _tell(runtime: "Runtime", desk: Desk, egress: str) -> None:
    """Tell the workers that an identity is refused, or no longer; then whoever rested for it goes on."""
    refused = desk.catalogue.refused(egress)
    for job in desk.catalogue.resting(egress) if refused is None else ():
        wake: Envelope[JobCommand] = Envelope(
            id=f"{job.job_id}:{job.version}:open",
            at=datetime.now(UTC),
            correlation_id=job.correlation_id,
            body=WakeJob(job_id=job.job_id, version=job.version),
        )
        await carry_out(runtime, await desk.decide(wake))
    runtime.log.warning(
        "the site refuses us" if refused else "the site answers us again",
        egress=egress,
        until=refused and refused.until.isoformat(),
    )
    await runtime.bus.client.publish(subjects.egress_signal(egress))


async def _take_up(runtime: "Runtime", desk: Desk) -> None:
    """Ask again for all the log says is pending, now and every few minutes: queues may lose what they have.

    Only once the results that wait have been heard, so that nothing is asked for that was done already.
    """
    number = 0
    while not runtime.stopping.is_set():
        number += 1
        await _all_heard(runtime)
        for job in [job for job in desk.catalogue if job.due or not job.state.final]:
            if runtime.stopping.is_set():
                return
            async with desk.turn:
                await carry_out(runtime, desk.catalogue.job(job.job_id), again=f":{os.getpid()}:{number}")
        await runtime.pause(_TAKE_UP_EVERY)


async def _all_heard(runtime: "Runtime") -> None:
    """Wait until no result waits."""
    while not runtime.stopping.is_set():
        with contextlib.suppress(NotFoundError, nats.errors.Error):
            info = await runtime.bus.js.consumer_info(topology.RESULTS, "results")
            if not info.num_pending and not info.num_ack_pending:
                return
        await runtime.pause(0.1)
