import asyncio
from datetime import UTC, datetime

from actors.logs.actor import run
from schemas import codec, subjects
from schemas.logs import LogRecord
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime


async def all_taken(bus: Bus) -> None:
    """Wait until the actor has its consumer and has taken every line there is."""
    async with asyncio.timeout(20):
        while True:
            consumers = await bus.js.consumers_info(topology.LOGS)
            if consumers and not any(each.num_pending or each.num_ack_pending for each in consumers):
                return
            await asyncio.sleep(0.02)


async def test_everybodys_lines_end_in_one_file(bus: Bus, runtime: Runtime) -> None:
    now = datetime.now(UTC)
    records = [
        LogRecord(at=now, level=level, actor=actor, node="here", event=f"{actor} {level}")
        for actor in ("jobs", "download")
        for level in ("info", "error")
    ]
    async with asyncio.TaskGroup() as group:
        group.create_task(run(runtime))
        for number, record in enumerate(records):
            await bus.publish(
                subjects.log(record.actor, record.level), codec.encode(record), msg_id=f"{number}"
            )
        await all_taken(bus)
        runtime.stopping.set()

    (file,) = (runtime.settings.state_dir / "logs" / "archive").iterdir()
    assert file.name == f"{now.date()}.jsonl"
    assert [codec.logs.decode(line) for line in file.read_bytes().splitlines()] == records
