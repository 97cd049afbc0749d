"""What comes twice is done once."""

import asyncio
import fcntl
import os
from datetime import UTC, datetime

from schemas import codec, subjects
from schemas.commands import FetchMetadata, SubmitVideo
from schemas.common import Stage
from schemas.envelope import Envelope
from tests.e2e.bus import connected
from tests.e2e.home import Home, until
from tests.e2e.test_crashes import is_proved
from tests.ytsim.server import YtSim
from ytarchive.runtime import topology


def test_a_task_that_comes_again_when_its_job_has_gone_on_is_not_begun(running: Home, sim: YtSim) -> None:
    url = sim.watch_url(sim.ids[0])
    (job,) = running.submit(url)
    running.until_ended(job)
    sim.requests(clear=True)

    async def again() -> None:
        task = FetchMetadata(job_id=job, attempt=1, url=url)
        envelope = Envelope(id=f"{job}:2", at=datetime.now(UTC), correlation_id="c", body=task)
        async with connected(running, "admin") as bus:
            await bus.publish(
                subjects.task(Stage.METADATA, job, 2), codec.encode(envelope), msg_id="the same once more"
            )
            async with asyncio.timeout(60):
                while (await bus.js.stream_info(topology.COMMANDS)).state.messages:
                    await asyncio.sleep(0.05)

    asyncio.run(again())
    assert not sim.requests()
    is_proved(running)


def test_a_folder_in_which_another_actor_still_works_is_let_alone(running: Home, sim: YtSim) -> None:
    job = "cafe" * 4
    staging = running.library / ".ytarchive" / "staging" / job
    staging.mkdir(parents=True)
    other = os.open(staging, os.O_RDONLY)

    async def submit() -> None:
        asked = SubmitVideo(job_id=job, url=sim.watch_url(sim.ids[1]))
        envelope = Envelope(id=job, at=datetime.now(UTC), correlation_id="c", body=asked)
        async with connected(running, "cli") as bus:
            await bus.publish(subjects.job_command(job), codec.encode(envelope), msg_id=job)

    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        asyncio.run(submit())
        log = running.folder / "up.log"
        until(lambda: "task given back" in log.read_text(), "the task to be given back")
        assert not list(staging.iterdir())
    finally:
        os.close(other)
    running.until_ended(job)
    is_proved(running)
