"""Documents that no event refers to are removed once none can; what was ever referred to stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from actors.jobs.desk import Desk
from actors.jobs.sweep import sweep
from schemas import subjects
from schemas.commands import CancelJob, JobCommand, RetryJob
from schemas.envelope import Envelope
from schemas.results import MetadataFetched, Result
from tests.jobs import JOB, METADATA, OTHER, downloaded, fetched, stored, submit
from ytarchive.runtime import documents, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime

ORPHAN, NOW = "youtube/jNQXAC9IVRw/orphan", timedelta()


@pytest.fixture
async def desk(runtime: Runtime) -> Desk:
    """The log of one job, which has ended before anything was found out."""
    desk = Desk(runtime)
    await when(desk, submit(), CancelJob(job_id=JOB))
    return desk


async def when(desk: Desk, *messages: JobCommand | Result) -> None:
    for body in messages:
        message: Envelope[JobCommand] | Envelope[Result] = Envelope(  # type: ignore[assignment]  # either, as the body
            id=str(body), at=datetime.now(UTC), correlation_id="c", body=body
        )
        await desk.decide(message)


def referring(name: str, attempt: int = 1, *, job_id: str = OTHER) -> MetadataFetched:
    metadata = msgspec.structs.replace(METADATA, name=name)
    return msgspec.structs.replace(fetched(attempt, job_id=job_id), metadata=metadata)


async def kept(bus: Bus) -> set[str]:
    """Give the names of the documents there are."""
    store = await bus.js.object_store(topology.METADATA_BUCKET)
    messages = (await bus.js.stream_info(f"OBJ_{topology.METADATA_BUCKET}")).state.messages
    return {str(info.name) for info in await store.list()} if messages else set()


async def test_a_document_that_was_put_and_never_reported_is_removed_after_a_day(
    bus: Bus, runtime: Runtime, desk: Desk
) -> None:
    await documents.keep(bus, ORPHAN, b"document")
    await sweep(runtime, desk)
    assert await kept(bus) == {ORPHAN}
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == set()


async def test_what_any_job_ever_referred_to_stays_though_it_has_newer_metadata(
    bus: Bus, runtime: Runtime, desk: Desk
) -> None:
    for name in ("older", "newer", ORPHAN):
        await documents.keep(bus, name, b"document")
    await when(desk, submit(OTHER), referring("older"), CancelJob(job_id=OTHER), RetryJob(job_id=OTHER))
    await when(desk, referring("newer", 2), downloaded(job_id=OTHER), stored(job_id=OTHER))
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == {"older", "newer"}


async def test_what_only_another_jobs_actor_has_heard_of_stays(
    bus: Bus, runtime: Runtime, desk: Desk, runtime_on: Callable[[Bus], Runtime]
) -> None:
    await documents.keep(bus, "others", b"document")
    await when(Desk(runtime_on(bus)), submit(OTHER), referring("others"))
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == {"others"}


async def test_what_was_put_since_a_look_up_under_way_began_may_be_its(
    bus: Bus, runtime: Runtime, desk: Desk
) -> None:
    await documents.keep(bus, ORPHAN, b"document")
    await when(desk, submit(OTHER))
    await documents.keep(bus, "its", b"document")
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == {"its"}
    await when(desk, CancelJob(job_id=OTHER))
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == set()


async def test_what_is_older_than_the_log_is_not_the_logs_to_judge(bus: Bus, runtime: Runtime) -> None:
    await documents.keep(bus, ORPHAN, b"document")
    desk = Desk(runtime)
    await sweep(runtime, desk, grace=NOW)
    await when(desk, submit(), CancelJob(job_id=JOB))
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == {ORPHAN}


async def test_by_a_log_that_does_not_hold_together_nothing_is_removed(
    bus: Bus, runtime: Runtime, desk: Desk
) -> None:
    await documents.keep(bus, ORPHAN, b"document")
    await bus.js.publish(subjects.event("job", JOB), b"no commit")
    await sweep(runtime, desk, grace=NOW)
    assert await kept(bus) == {ORPHAN}


async def test_by_a_log_that_lacks_messages_nothing_is_removed(bus: Bus, runtime: Runtime) -> None:
    await bus.js.delete_stream(topology.EVENTS)
    await bus.js.add_stream(name=topology.EVENTS, subjects=[subjects.EVENTS], allow_direct=True)
    await when(Desk(runtime), submit(), submit(OTHER), CancelJob(job_id=JOB), CancelJob(job_id=OTHER))
    await documents.keep(bus, ORPHAN, b"document")
    await bus.js.delete_msg(topology.EVENTS, 3)
    await sweep(runtime, Desk(runtime), grace=NOW)
    assert await kept(bus) == {ORPHAN}
