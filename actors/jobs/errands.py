"""Carrying out what the saga asks for. Each errand may be run any number of times."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.envelope import Envelope
from ytarchive.domain.about import video_of
from ytarchive.domain.archive_saga import Ask, Effect, Wake, Withdraw
from ytarchive.domain.waits import left
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Outgoing
from ytarchive.runtime.works import KEEP

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.process import Runtime


async def run(
    runtime: "Runtime", catalogue: "Catalogue", effects: Iterable[Effect], *, again: str = ""
) -> None:
    """Do what needs to be done.

    `again` marks messages that may be sent though the server has seen them lately, as it may have lost them.
    """
    outgoing: list[Outgoing] = []
    for effect in effects:
        if isinstance(effect, Withdraw):
            await _withdraw(runtime, effect)
        else:
            job = catalogue.job(effect.key.partition(":")[0])
            outgoing.append(await _message(runtime, effect, job, again))
    if outgoing:
        await runtime.bus.publish_all(outgoing)  # a conflict says that the task waits there already


async def _message(runtime: "Runtime", effect: Ask | Wake, job: "Job", again: str) -> Outgoing:
    now, correlation_id = datetime.now(UTC), job.correlation_id
    match effect:
        case Ask(key=key, subject=subject, task=task):
            envelope = Envelope(
                id=key,
                at=now,
                correlation_id=correlation_id,
                body=task,
                batch=job.batch,
                video=video_of(job),
            )
            return Outgoing(subject, codec.encode(envelope), key + again, last_subject_sequence=0)
        case Wake(key=key, since=since, due=due, message=message):
            payload = codec.encode(Envelope(id=key, at=now, correlation_id=correlation_id, body=message))
            wait = left(due, since, now)
            return await timed(runtime.bus, message.job_id, payload, wait, key=key, again=again)


async def timed(
    bus: "Bus", name: str, payload: bytes, wait: timedelta, *, key: str, again: str = ""
) -> Outgoing:
    """Give a message that comes back after a wait: the one timer of what has that name.

    Raises nats errors: it rings by the server's clock, which is asked.
    """
    target = subjects.due(name)
    if not wait:
        return Outgoing(target, payload, key + again)
    due = await bus.server_clock.now() + wait
    schedule = {
        "Nats-Schedule": f"@at {due.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}",
        "Nats-Schedule-Target": target,
    }
    return Outgoing(subjects.schedule(name), payload, f"{key}:timer{again}", headers=schedule)


async def _withdraw(runtime: "Runtime", effect: Withdraw) -> None:
    for waiting in subjects.withdrawable(effect.job_id):
        await runtime.bus.js.purge_stream(topology.COMMANDS, subject=waiting)
    await runtime.bus.js.purge_stream(topology.TIMERS, subject=subjects.schedule(effect.job_id))
    signal = subjects.cancel_signal(effect.job_id)
    await runtime.bus.signal(signal, KEEP.encode() if effect.keep else b"")
