"""How a worker actor works: a task in, a result out, whatever happens in between.

Every task ends in exactly one result, be it a failure; only a task that was called off, or given back
because the worker stops, ends in none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from schemas import codec, subjects
from schemas.common import Category, Failure, Stage
from schemas.envelope import Envelope
from schemas.results import Result, TaskFailed
from ytarchive.errors import StageFailed
from ytarchive.recovery.classification import classify
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, Queue, serve
from ytarchive.runtime.gate import Gate

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from schemas.commands import Task
    from ytarchive.runtime.process import Runtime

_DELIVERIES = 25
"""Tries before a task is held to be what kills its workers. Stopping in good order counts as one too."""

KEEP = "keep"
"""Said with a job's cancellation when what was done so far is to stay."""

_MESSAGE = 2000
"""Characters of a failure's message at most."""

_RESULTS: codec.Codec[Result] = codec.Codec(Result)

T = TypeVar("T")
Perform = Callable[[T], Awaitable[Result]]


async def serve_tasks(
    runtime: "Runtime",
    stage: Stage,
    expected: type[T],
    perform: Perform[T],
    *,
    subject: str,
    durable: str,
    slots: int,
    grace: float,
    gate: Gate | None = None,
    ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Perform the tasks found under `subject` until the runtime is stopping.

    None is taken before `ready` has returned, nor without leave of `gate`.

    `perform` may raise `StageFailed`; of anything else it raises, `classify` says what it is. It is cancelled
    with the argument `KEEP` when what was done so far is to stay.
    """
    running: dict[str, asyncio.Task[Result]] = {}
    egress = runtime.settings.egress if gate else ""

    async def enter() -> None:
        if ready:
            await ready()
        if gate:
            await gate.opened()

    async def called_off(message: "Msg") -> None:
        if task := running.get(subjects.parse(message.subject).ids[-1]):
            task.cancel(KEEP if message.data == KEEP.encode() else "called off")

    async def handle(delivery: Delivery["Envelope[Task]"]) -> None:
        task, log = delivery.body.body, runtime.log.bind(job_id=delivery.body.body.job_id)
        if not isinstance(task, expected):
            raise TypeError(f"{type(task).__name__} is not work of the {stage} stage")
        attempt = getattr(task, "attempt", 1)
        if gate:
            await gate.take()
        log.info("task started", stage=stage, attempt=attempt, delivery=delivery.number)
        work = asyncio.ensure_future(_guarded(perform, task, delivery.number))
        running[task.job_id] = work
        try:
            result = await asyncio.shield(work)
        except asyncio.CancelledError:
            if not work.cancelled():  # it is we who are stopped: the task goes back to the queue
                work.cancel()
                await asyncio.wait({work})
                raise
            log.info("task called off", stage=stage)
            return
        except Exception as error:
            failure = classify(error)
            if isinstance(error, StageFailed):
                log.warning("task failed", stage=stage, category=failure.category, error=failure.message)
            else:
                log.exception("task crashed", stage=stage, category=failure.category)
            failure = msgspec.structs.replace(
                failure, message=failure.message[:_MESSAGE], hint=failure.hint.replace("JOB", task.job_id)
            )
            result = TaskFailed(
                job_id=task.job_id,
                attempt=attempt,
                node=runtime.node,
                stage=stage,
                failure=failure,
                egress=egress,
            )
        finally:
            running.pop(task.job_id, None)
        await report(runtime, delivery.body, result)
        log.info("task finished", stage=stage, result=type(result).__name__)

    subscription = await runtime.bus.client.subscribe(subjects.CANCELLATIONS, cb=called_off)
    try:
        await serve(
            runtime,
            Queue(
                topology.COMMANDS,
                topology.work_consumer(durable, subject, slots=slots, ack_wait=runtime.settings.task_timeout),
                codec.tasks,
                handle,
                slots=slots,
                grace=grace,
                gate=enter,
            ),
        )
    finally:
        await subscription.unsubscribe()


async def _guarded(perform: Perform[T], task: T, delivery: int) -> Result:
    if delivery > _DELIVERIES:
        raise StageFailed(
            Failure(
                category=Category.BUG,
                message=f"the task was begun {delivery - 1} times and never came to an end",
                hint="`ytarchive logs` tells what they were doing.",
            )
        )
    result = await perform(task)
    # what the jobs actor could not read would leave the job waiting for ever
    return _RESULTS.decode(codec.encode(result))


async def report(runtime: "Runtime", task: "Envelope[Task]", result: Result) -> None:
    """Tell the jobs actor. The id follows from the task's, so what is repeated is reported once."""
    envelope = Envelope(
        id=f"{task.id}:result",
        at=datetime.now(UTC),
        correlation_id=task.correlation_id,
        causation_id=task.id,
        body=result,
    )
    subject, payload = subjects.result(result.job_id), codec.encode(envelope)
    await runtime.recovery.execute_with_retry(
        "report a result", lambda: runtime.bus.publish(subject, payload, msg_id=envelope.id)
    )
