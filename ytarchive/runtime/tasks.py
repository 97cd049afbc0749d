"""How a worker actor works: a task in, a result out, whatever happens in between.

Every task ends in exactly one result, be it a failure. It ends in none where it was called off, where its job
has gone on without it, and where it comes again, because the worker stops or was killed over it. Work done
`InParts` reports each part before that, once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from structlog.contextvars import bind_contextvars

from schemas import codec, subjects
from schemas.common import Category, Failure, Stage
from schemas.queries import Leave
from schemas.results import Result, TaskFailed
from ytarchive.errors import StageFailed, Unfinished
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, NotNow, Queue, serve
from ytarchive.runtime.gate import Gate
from ytarchive.runtime.outcomes import failed, readable, report
from ytarchive.runtime.works import Works

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from schemas.commands import Task
    from schemas.envelope import Envelope
    from ytarchive.runtime.process import Runtime

_DELIVERIES = 25
"""Tries before a task is held to be what kills its workers. Stopping in good order counts as one too."""

_ALL_NODES = 1024
"""Tasks of one queue that may be worked on at a time, wherever: each node takes what it has slots for."""
_LONGEST_PAUSE = 30.0

T = TypeVar("T")
Perform = Callable[[T], Awaitable[Result]]
Tell = Callable[[Result, str], Awaitable[None]]
"""Reports a part of the result, under a name that no other part of the task has."""


class InParts(NamedTuple, Generic[T]):
    """Work that tells each part of its result at once, and by its `Leave` knows what was told before."""

    perform: Callable[[T, Leave, Tell], Awaitable[Result]]


async def serve_tasks(
    runtime: "Runtime",
    stage: Stage,
    expected: type[T],
    perform: Perform[T] | InParts[T],
    *,
    subject: str,
    durable: str,
    slots: int | Callable[[], int],
    grace: float,
    gate: Gate | None = None,
    ready: Callable[[], Awaitable[None]] | None = None,
    done: Callable[[T], Awaitable[None]] | None = None,
) -> None:
    """Perform the tasks found under `subject` until the runtime is stopping.

    None is taken before `ready` has returned, nor without leave of `gate`. `done` is called with one that
    went well, once its result is kept; where a worker is killed before, it is not.

    `perform` may raise `StageFailed`, or `NotNow` and `Unfinished` to have the task come again; of anything
    else it raises, `classify` says what it is. It is cancelled with the argument `KEEP` when what was done so
    far is to stay.
    """
    works = Works()
    runtime.pulse.serves(slots)
    egress = runtime.settings.egress if gate else ""

    async def enter() -> None:
        if ready:
            await ready()
        if gate:
            await gate.opened()

    async def called_off(message: "Msg") -> None:
        runtime.bus.clock.hear(message.headers)
        works.call_off(subjects.parse(message.subject).ids[-1], message.data.decode())

    async def handle(delivery: Delivery["Envelope[Task]"]) -> None:
        task, log = delivery.body.body, runtime.log
        if not isinstance(task, expected):
            raise TypeError(f"{type(task).__name__} is not work of the {stage} stage")
        key = delivery.body.id
        work, leave = works.of(task.job_id, key), Leave(wait=0)
        if not work and gate:
            taken = await gate.take(key, first=delivery.number == 1)
            if not taken:
                log.info("task overtaken", stage=stage)
                return
            work, leave = works.of(task.job_id, key), taken  # it may have come once more meanwhile
        if not work:
            log.info("task started", stage=stage, delivery=delivery.number)
            work = works.begin(task.job_id, key, _work(runtime, stage, perform, delivery, leave))
        with works.until_told(task.job_id, work):
            well = await _conclude(runtime, stage, egress, delivery.body, work)
        if well and done:
            await done(task)

    subscription = await runtime.bus.client.subscribe(subjects.CANCELLATIONS, cb=called_off)
    looking = asyncio.create_task(works.call_off_overtaken(gate)) if gate else None
    try:
        await serve(
            runtime,
            Queue(
                topology.COMMANDS,
                topology.work_consumer(
                    durable, subject, slots=_ALL_NODES, ack_wait=runtime.settings.task_timeout
                ),
                codec.tasks,
                handle,
                slots=slots,
                grace=grace,
                gate=enter,
            ),
        )
    finally:
        if looking:
            looking.cancel()
        await subscription.unsubscribe()


async def _conclude(
    runtime: "Runtime",
    stage: Stage,
    egress: str,
    envelope: "Envelope[Task]",
    work: "asyncio.Task[Result]",
) -> bool:
    """Report what came of the work, unless it was called off or is to be begun again.

    Gives whether it went well.
    """
    task, log = envelope.body, runtime.log
    try:
        result = await asyncio.shield(work)
    except asyncio.CancelledError:
        this = asyncio.current_task()
        if this and this.cancelling():  # it is we who are stopped: the task goes back to the queue
            work.cancel()
            await asyncio.wait({work})
            raise
        log.info("task called off", stage=stage)
        return False
    except NotNow as later:
        log.warning("task given back", stage=stage, wait=later.delay, error=str(later.__cause__ or later))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is becomes a result
        result = failed(error, task, log, stage=stage, node=runtime.node, egress=egress)
    if video := getattr(result, "video", None):
        bind_contextvars(video=video.video_id)
    log.info("task finished", stage=stage, result=type(result).__name__)  # before anybody acts on the result
    await report(runtime, envelope, result)
    return not isinstance(result, TaskFailed)


async def _work(
    runtime: "Runtime",
    stage: Stage,
    perform: Perform[Any] | InParts[Any],
    delivery: Delivery["Envelope[Task]"],
    leave: Leave,
) -> Result:
    if delivery.number > _DELIVERIES:
        raise StageFailed(
            Failure(
                category=Category.BUG,
                message=f"the task was begun {delivery.number - 1} times and never came to an end",
                hint="`ytarchive logs` tells what they were doing.",
            )
        )
    envelope, task = delivery.body, delivery.body.body

    async def tell(part: Result, name: str) -> None:
        await report(runtime, envelope, readable(part), name)

    try:
        with runtime.pulse.working(stage, task.job_id):
            if isinstance(perform, InParts):
                return readable(await perform.perform(task, leave, tell))
            return readable(await perform(task))
    except Unfinished as error:
        raise NotNow(min(2.0 ** (delivery.number - 1), _LONGEST_PAUSE)) from error
