"""Carrying out what the saga asks for. Each errand may be run any number of times."""

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.envelope import Envelope
from ytarchive.domain.archive_saga import Ask, Effect, Wake, Withdraw, pending
from ytarchive.runtime import topology
from ytarchive.runtime.bus import SequenceConflict
from ytarchive.runtime.tasks import KEEP

if TYPE_CHECKING:
    from ytarchive.domain.job import Job
    from ytarchive.runtime.process import Runtime


async def carry_out(runtime: "Runtime", job: "Job", *, again: str = "") -> None:
    """Do whatever the job in this state needs done.

    `again` marks messages that may be sent though the server has seen them lately, as it may have lost them.
    """
    for effect in pending(job):
        await _run(runtime, job, effect, again)


async def _run(runtime: "Runtime", job: "Job", effect: Effect, again: str) -> None:
    bus, now = runtime.bus, datetime.now(UTC)
    match effect:
        case Ask(key=key, subject=subject, task=task):
            envelope = Envelope(id=key, at=now, correlation_id=job.correlation_id, body=task)
            with contextlib.suppress(SequenceConflict):  # the task waits there already
                await bus.publish(
                    subject, codec.encode(envelope), msg_id=key + again, last_subject_sequence=0
                )
        case Wake(key=key, due=due, message=message):
            envelope_wake = Envelope(id=key, at=now, correlation_id=job.correlation_id, body=message)
            payload, target = codec.encode(envelope_wake), subjects.due(job.job_id)
            if due <= now:
                await bus.publish(target, payload, msg_id=key + again)
                return
            schedule = {
                "Nats-Schedule": f"@at {due.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}",
                "Nats-Schedule-Target": target,
            }
            await bus.publish(
                subjects.schedule(job.job_id), payload, msg_id=f"{key}:timer{again}", headers=schedule
            )
        case Withdraw(job_id=job_id, keep=keep):
            for waiting in subjects.withdrawable(job_id):
                await bus.js.purge_stream(topology.COMMANDS, subject=waiting)
            await bus.js.purge_stream(topology.TIMERS, subject=subjects.schedule(job_id))
            await bus.client.publish(subjects.cancel_signal(job_id), KEEP.encode() if keep else b"")
