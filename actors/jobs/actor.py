"""The jobs actor's process: two queues in, one desk, errands out, questions answered."""

import asyncio
from typing import TYPE_CHECKING

from nats.js.errors import NotFoundError

from actors.jobs.answers import answer
from actors.jobs.desk import Desk
from actors.jobs.errands import carry_out
from schemas import codec, subjects
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve

if TYPE_CHECKING:
    from nats.micro.request import Request

    from schemas.commands import JobCommand
    from schemas.envelope import Envelope
    from schemas.results import Result
    from ytarchive.runtime.process import Runtime

_ACK_WAIT = 30.0


async def run(runtime: "Runtime") -> None:
    """Fold the log, take up what it says is pending, then decide until told to stop."""
    desk = Desk(runtime)
    await desk.catch_up()
    runtime.log.info("log folded", messages=desk.last, jobs=len(desk.catalogue))

    async def handle(delivery: "Delivery[Envelope[JobCommand]] | Delivery[Envelope[Result]]") -> None:
        async with desk.turn:
            await carry_out(runtime, await desk.decide(delivery.body))

    async def ask(request: "Request") -> None:
        try:
            await request.respond(answer(desk.catalogue, desk.last, codec.queries.decode(request.data)))
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))

    await runtime.service.add_endpoint(name="jobs", subject=subjects.query("jobs"), handler=ask)
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
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(runtime, results))
        group.create_task(serve(runtime, commands))
        runtime.ready()
        group.create_task(_take_up(runtime, desk))


async def _take_up(runtime: "Runtime", desk: Desk) -> None:
    """Ask again for everything the log says is pending, once the results that wait have been heard."""
    while not runtime.stopping.is_set():
        try:
            info = await runtime.bus.js.consumer_info(topology.RESULTS, "results")
        except NotFoundError:
            await runtime.pause(0.1)
            continue
        if not info.num_pending and not info.num_ack_pending:
            break
        await runtime.pause(0.1)
    for job in [job for job in desk.catalogue if not job.state.final]:
        if runtime.stopping.is_set():
            return
        async with desk.turn:
            await carry_out(runtime, desk.catalogue.job(job.job_id))
