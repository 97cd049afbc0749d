"""Scheduled audits on a real server: the jobs actor gives out portions, the storage actor reads its files."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.jobs.desk import Desk
from actors.storage.checks import check, serve_checks
from schemas import codec, subjects
from schemas.common import ArchivedFile, Role, Verified
from schemas.envelope import Envelope
from schemas.events import JobSubmitted, VideoArchived
from schemas.fixity import SCHEDULE, Depth, JobFiles, Trouble
from schemas.fixity_commands import AuditCommand, CheckFiles, ScheduleAudit
from schemas.fixity_events import FixityChecked, FixityFailed, FixityRepaired
from schemas.options import ArchiveOptions
from tests.integration.actors.jobs.system import Person, Site, System, empty
from tests.jobs import URL
from ytarchive.domain.fixity import standing_audit
from ytarchive.library.scan import LibraryAway
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.event_log import Decision
from ytarchive.runtime.process import Runtime

EVERY = 1.5
JOBS = [f"{number:016x}" for number in range(1, 151)]
CONTENT = b"what was archived"
FILES = {
    job_id: ArchivedFile(
        path=f"{job_id}.mp4", role=Role.MEDIA, bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest()
    )
    for job_id in JOBS
}


@pytest.fixture
async def library(bus: Bus, runtime: Runtime) -> Path:
    """A library of 150 files, which were archived one after the other."""
    library = runtime.settings.library_dir
    library.mkdir()
    desk = Desk(runtime)
    await desk.catch_up()
    for job_id, file in FILES.items():
        (library / file.path).write_bytes(CONTENT)
        archived = VideoArchived(
            node="here", files=(file,), verified=Verified(duration=1, video=True, audio=True)
        )
        events = (JobSubmitted(url=URL, options=ArchiveOptions()), archived)
        recorded = desk.decision("job", job_id, events, "c", "m")
        await desk.record(partial(_once, desk, recorded))
    return library


def _once(desk: Desk, decision: Decision, _at: datetime) -> list[Decision]:
    """Decide on a job, unless that is done."""
    return [] if decision.aggregate_id in desk.catalogue else [decision]


@pytest.fixture
async def jobs(nats_url: str, bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> AsyncIterator[System]:
    jobs = System(nats_url, bus, runtime_on, Site())
    await jobs.start()
    yield jobs
    await jobs.stop()


@contextlib.asynccontextmanager
async def reading(runtime: Runtime) -> AsyncIterator[None]:
    """A storage actor that reads what it is asked to."""
    serving = asyncio.create_task(serve_checks(runtime, ffmpeg=""))
    yield
    runtime.stopping.set()
    await serving


async def schedule(bus: Bus, every: float | None) -> None:
    body: AuditCommand = ScheduleAudit(audit_id=SCHEDULE, every=every)
    message: Any = Envelope(id=f"schedule {every}", at=datetime.now(UTC), correlation_id="c", body=body)
    await bus.publish(subjects.job_command(SCHEDULE), codec.encode(message), msg_id=message.id)


async def until(person: Person, kind: type[Any], number: int) -> list[Any]:
    """Wait until so many events of that kind are there."""
    async with asyncio.timeout(60):
        while len(found := [event for _, event in await person.log() if isinstance(event, kind)]) < number:
            await asyncio.sleep(0.05)
    return found


async def test_everything_is_read_in_portions_what_was_read_longest_ago_first_whoever_dies(
    library: Path, bus: Bus, runtime: Runtime, jobs: System
) -> None:
    """Given a damaged file, and a jobs actor killed with a portion out, then the schedule is kept."""
    person = Person(bus)
    (library / FILES[JOBS[3]].path).write_bytes(CONTENT.upper())
    await asyncio.sleep(EVERY)
    await schedule(bus, EVERY)
    async with asyncio.timeout(60):
        while not (await bus.js.stream_info(topology.COMMANDS, subjects.CHECKS)).state.subjects:
            await asyncio.sleep(0.05)
    await jobs.kill()
    await jobs.start()
    async with reading(runtime):
        first, second, *_ = await until(person, FixityChecked, 2)
        assert (first.part, first.files, first.jobs, first.found) == (
            1,
            100,
            tuple(JOBS[:100]),
            {Trouble.ALTERED: 1},
        )
        assert (second.part, second.jobs) == (2, tuple(JOBS[100:]))
        (failed,) = await until(person, FixityFailed, 1)
        assert (failed.audit, failed.finding.path) == (standing_audit("here"), FILES[JOBS[3]].path)

        (library / FILES[JOBS[3]].path).write_bytes(CONTENT)
        (repaired,) = await until(person, FixityRepaired, 1)  # it was due again, and was told so
        assert (repaired.path, repaired.how) == (FILES[JOBS[3]].path, "replaced")

        await schedule(bus, None)
        await empty(bus, topology.COMMANDS, subjects.CHECKS)
        await empty(bus, topology.TIMERS, subjects.schedule(SCHEDULE))
        number = len(await until(person, FixityChecked, 3))
        await asyncio.sleep(1.5 * EVERY)
        assert len(await until(person, FixityChecked, number)) <= number + 1


def asked(*, rate: float = 0.0) -> CheckFiles:
    job = JobFiles(job_id=JOBS[0], files=(FILES[JOBS[0]],))
    return CheckFiles(audit_id=standing_audit("here"), part=1, depth=Depth.CONTENT, checks=(job,), rate=rate)


async def test_a_library_that_is_not_there_or_empty_has_lost_nothing(tmp_path: Path) -> None:
    with pytest.raises(LibraryAway, match="is not there"):
        await check(asked(), tmp_path / "gone", "")
    (tmp_path / ".ytarchive" / "staging").mkdir(parents=True)
    with pytest.raises(LibraryAway, match="is empty"):
        await check(asked(), tmp_path, "")
    (tmp_path / "NOT MOUNTED").touch()
    with pytest.raises(LibraryAway, match="has none of the files that must be there, nor a list"):
        await check(asked(), tmp_path, "")
    (tmp_path / "Channel").mkdir()
    (tmp_path / "Channel" / "SHA256SUMS").touch()
    (found,) = await check(asked(), tmp_path, "")
    assert found.kind is Trouble.MISSING


async def test_where_another_of_the_files_is_one_is_missing(tmp_path: Path) -> None:
    jobs = tuple(JobFiles(job_id=id_, files=(FILES[id_],)) for id_ in JOBS[:2])
    (tmp_path / FILES[JOBS[0]].path).write_bytes(CONTENT)
    (found,) = await check(msgspec.structs.replace(asked(), checks=jobs), tmp_path, "")
    assert (found.kind, found.path) == (Trouble.MISSING, FILES[JOBS[1]].path)
