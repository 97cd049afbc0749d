"""What comes of a task, as the jobs actor is told it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas import codec, subjects
from schemas.common import Stage
from schemas.envelope import Envelope
from schemas.results import FilesChecked, Result, TaskFailed
from ytarchive.domain.about import aggregate_of
from ytarchive.errors import StageFailed
from ytarchive.recovery.classification import classify

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from schemas.commands import Task
    from ytarchive.runtime.process import Runtime

_MESSAGE: Final = 2000
"""Characters of a failure's message at most."""

_RESULTS: codec.Codec[Result] = codec.Codec(Result)


def attempt_of(task: "Task") -> int:
    """Give the number of the attempt; of what is no job's, 1."""
    return getattr(task, "attempt", 1)


def failed(
    error: Exception, task: "Task", log: "FilteringBoundLogger", *, stage: Stage, node: str, egress: str
) -> TaskFailed:
    """Give the result of a task that did not work, and log why."""
    failure = classify(error)
    if isinstance(error, StageFailed):
        log.warning("task failed", stage=stage, category=failure.category, error=failure.message)
    else:
        log.error("task crashed", stage=stage, category=failure.category, exc_info=error)
    told = msgspec.structs.replace(
        failure, message=failure.message[:_MESSAGE], hint=failure.hint.replace("JOB", task.job_id)
    )
    return TaskFailed(
        job_id=task.job_id, attempt=attempt_of(task), node=node, stage=stage, failure=told, egress=egress
    )


def readable(result: Result) -> Result:
    """Give it back as it is read: what the jobs actor could not read would leave the job waiting for ever."""
    return _RESULTS.decode(codec.encode(result))


async def report(
    runtime: "Runtime", task: "Envelope[Any]", result: Result | FilesChecked, name: str = "result"
) -> None:
    """Tell the jobs actor. The id follows from the task's, so what is repeated is reported once."""
    envelope = Envelope(
        id=f"{task.id}:{name}",
        at=datetime.now(UTC),
        correlation_id=task.correlation_id,
        causation_id=task.id,
        body=result,
        batch=task.batch,
        video=task.video,
    )
    subject, payload = subjects.result(aggregate_of(result)[1]), codec.encode(envelope)
    await runtime.recovery.execute_with_retry(
        "report a result", lambda: runtime.bus.publish(subject, payload, msg_id=envelope.id)
    )
