"""Everybody's lines end in one archive, each once, and are found there, whatever happens to whom."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from nats.micro import add_service
from nats.micro.service import ServiceConfig

from actors.logs.actor import run
from cli.logs_asked import ask_pages
from schemas import codec, subjects
from schemas.logs import AskLogs, KeptLine, LogRecord
from tests.disks import filled
from tests.integration.test_health import disk
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.logging import configure
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.shipper import Shipper

__all__ = ["disk"]

ask = partial(AskLogs, limit=1000)
RuntimeOn = Callable[[Bus], Runtime]
JOB = "0123456789abcdef"


def said(number: int, *, actor: str = "jobs", job: str | None = None) -> LogRecord:
    at = datetime.now(UTC)
    return LogRecord(at=at, level="info", actor=actor, node="here", event=f"{number}", job_id=job)


async def say(bus: Bus, *lines: LogRecord) -> None:
    for line in lines:
        await bus.client.publish(subjects.log(line.actor, line.level), codec.encode(line))
    await bus.client.flush()


@contextlib.asynccontextmanager
async def keeping(runtime: Runtime) -> AsyncIterator[None]:
    """Run the actor as long as the block lasts."""
    runtime.stopping.clear()
    service = await add_service(runtime.bus.client, ServiceConfig(name="ytarchive-logs", version="1.0.0"))
    async with service:
        runtime.service = service
        running = asyncio.create_task(run(runtime))
        try:
            yield
        finally:
            runtime.stopping.set()
            await running


async def kept(bus: Bus, number: int, asked: AskLogs | None = None) -> list[KeptLine]:
    """Wait until all up to message `number` is kept, and give the lines that fit."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(Exception):
                pages = [page async for page in ask_pages(bus, asked or ask())]
                if pages[-1].last >= number:
                    return [line for page in pages for line in page.lines]
            await asyncio.sleep(0.05)


async def test_everybodys_lines_are_kept_once_and_found_though_the_actor_was_away(
    bus: Bus, runtime: Runtime
) -> None:
    await say(bus, *(said(number) for number in range(10)))
    async with keeping(runtime):
        await say(bus, *(said(number, actor="download", job=JOB) for number in range(10, 20)))
        lines = await kept(bus, 20)
        assert [line.seq for line in lines] == list(range(1, 21))
        assert all(line.stored_at for line in lines)
        assert {line.event for line in await kept(bus, 20, ask(jobs=(JOB,)))} == set(map(str, range(10, 20)))
    await say(bus, *(said(number) for number in range(20, 30)))
    async with keeping(runtime):
        assert [line.event for line in await kept(bus, 30)] == list(map(str, range(30)))


async def test_what_the_server_delivers_again_is_kept_no_second_time(bus: Bus, runtime: Runtime) -> None:
    """As after a kill of the server, which forgets acknowledgements of such streams."""
    async with keeping(runtime):
        await say(bus, *(said(number) for number in range(10)))
        await kept(bus, 10)
    await bus.js.delete_consumer(topology.LOGS, "logs-here")
    async with keeping(runtime):
        await say(bus, said(10))
        assert [line.event for line in await kept(bus, 11)] == list(map(str, range(11)))
        async with asyncio.timeout(60):
            while (await bus.js.consumer_info(topology.LOGS, "logs-here")).num_ack_pending:
                await asyncio.sleep(0.02)
        assert len(await kept(bus, 11)) == 11


async def test_another_stream_begins_anew_behind_the_lines_of_the_one_before(
    bus: Bus, runtime: Runtime
) -> None:
    async with keeping(runtime):
        await say(bus, *(said(number) for number in range(10)))
        await kept(bus, 10)
    for count in (3, 12):  # shorter than the one before, and longer
        await bus.js.delete_stream(topology.LOGS)
        await topology.ensure(bus.js, runtime.settings)
        await say(bus, *(said(1000 * count + number) for number in range(count)))
        async with keeping(runtime):
            newest = [line.event for line in await kept(bus, count)][-count:]
            assert newest == [f"{1000 * count + number}" for number in range(count)]
    async with keeping(runtime):
        assert len(await kept(bus, 12)) == 10 + 3 + 12


async def test_an_archive_of_version_0_1_is_gone_on_with_where_its_actor_left_it(
    bus: Bus, runtime: Runtime
) -> None:
    lines = [said(number) for number in range(5)]
    await say(bus, *lines)
    folder = runtime.settings.state_dir / "logs" / "archive"
    folder.mkdir(parents=True)
    old = [
        {"type": "log", "at": line.at, "level": "info", "actor": "jobs", "node": "here", "event": line.event}
        for line in lines[:3]
    ]
    (folder / f"{datetime.now(UTC).date()}.jsonl").write_bytes(
        b"".join(msgspec.json.encode(one) + b"\n" for one in old)
    )
    consumer = topology.work_consumer("logs-here", subjects.LOGS, slots=1, ack_wait=30)
    await bus.js.add_consumer(topology.LOGS, consumer)
    subscription = await bus.js.pull_subscribe_bind("logs-here", topology.LOGS)
    for _ in range(3):
        (message,) = await subscription.fetch(1, timeout=20)
        await message.ack_sync(timeout=20)
    async with keeping(runtime):
        assert [line.event for line in await kept(bus, 5)] == ["0", "1", "2", "3", "4"]


async def test_lines_wait_in_the_stream_while_the_archives_disk_is_full(
    bus: Bus, runtime_on: RuntimeOn, disk: Path
) -> None:
    runtime = runtime_on(bus)
    runtime.settings = msgspec.structs.replace(runtime.settings, state_dir=disk)
    async with keeping(runtime):
        await say(bus, said(0))
        await kept(bus, 1)
        with filled(runtime.settings.state_dir / "logs"):
            wide = [msgspec.structs.replace(said(number), context={"": "x" * 9000}) for number in range(1, 6)]
            await say(bus, *wide)
            await asyncio.sleep(0.5)
            assert len(await kept(bus, 1)) == 1
        assert [line.event for line in await kept(bus, 6)] == list(map(str, range(6)))
    assert (await bus.js.stream_info(topology.DEAD_LETTERS)).state.messages == 0


async def test_lines_are_kept_once_though_there_is_no_room_to_compress_others(
    bus: Bus, runtime_on: RuntimeOn, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = runtime_on(bus)
    runtime.settings = msgspec.structs.replace(runtime.settings, state_dir=disk)
    noise = [
        msgspec.structs.replace(said(number), context={"": os.urandom(4000).hex()}) for number in range(20)
    ]
    await say(bus, *noise)
    with filled(disk, left=200 << 10):
        async with asyncio.timeout(60), keeping(runtime):
            assert [line.event for line in await kept(bus, 20)] == list(map(str, range(20)))
    assert "older log lines cannot be compressed for now" in capsys.readouterr().err


async def test_a_question_that_makes_no_sense_is_refused(bus: Bus, runtime: Runtime) -> None:
    async with keeping(runtime):
        await kept(bus, 0)
        for text in (b"nonsense", b'{"type":"query.logs","place":"../../etc/passwd:1"}'):
            reply = await bus.client.request(subjects.query("logs"), text, timeout=20)
            assert (reply.headers or {})["Nats-Service-Error-Code"] == "400"


async def test_a_flood_is_bounded_everywhere_counted_and_said_and_others_are_heard(
    bus: Bus, runtime_on: RuntimeOn
) -> None:
    """Given an actor that says far more than there is room for, then the lines of another are all there."""
    runtime = runtime_on(bus)
    runtime.settings = msgspec.structs.replace(runtime.settings, log_bytes=1 << 20)
    flood, calm = (Shipper(actor, "here", Clock()) for actor in ("download", "storage"))
    count, time = 0, asyncio.get_running_loop().time
    async with keeping(runtime):
        shipping = [asyncio.create_task(each.run(bus.client.publish)) for each in (flood, calm)]
        began = time()
        while (took := time() - began) < 4:
            for _ in range(500):
                flood(None, "info", {"event": "again and again", "noise": f"{count:>200}"})
                count += 1
            calm(None, "info", {"event": "archived", "job_id": JOB})
            await asyncio.sleep(0.05)
        for task in shipping:
            task.cancel()
        await flood.flush(bus.client.publish)
        await calm.flush(bus.client.publish)
        await bus.client.flush()
        state = (await bus.js.stream_info(topology.LOGS)).state
        assert state.bytes <= 1 << 20
        lines = await kept(bus, state.last_seq)
    noise = [line for line in lines if line.event == "again and again"]
    dropped = sum(line.context["count"] for line in lines if line.event == "log lines dropped")
    assert dropped > 0
    assert len(noise) + dropped == count
    assert len(noise) <= took * 1000 + 2000
    assert len([line for line in lines if line.job_id == JOB]) >= 10
    folder = runtime.settings.state_dir / "logs" / "archive"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= (1 << 20) * 17 // 16


async def test_lines_that_the_stream_lost_before_they_were_kept_are_counted(
    bus: Bus, runtime: Runtime
) -> None:
    shipper = Shipper("logs", "here", Clock())
    runtime.log = configure(shipper, "info")
    async with keeping(runtime):
        await say(bus, said(0))
        await kept(bus, 1)
    await say(bus, *(said(number) for number in range(1, 9)))
    await bus.js.purge_stream(topology.LOGS, seq=6)
    async with keeping(runtime):
        assert [line.event for line in await kept(bus, 9)] == ["0", "5", "6", "7", "8"]
    await shipper.flush(bus.client.publish)
    async with keeping(runtime):
        (told,) = [line for line in await kept(bus, 10) if "gone" in line.event]
    assert told.context == {"count": 4}
    assert told.at - datetime.now(UTC) < timedelta(minutes=1)
