"""Log lines are read from the archive and then from the stream: each once, causes first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import nats.errors
import pytest

from cli.away import Away
from cli.grep import Grep
from cli.logs import _once, _Reader
from cli.logs_wanted import Wanted, questions
from cli.output import console
from cli.session import System
from schemas import subjects
from schemas.batch_events import BatchSubmitted
from schemas.events import JobSubmitted, MetadataRecorded
from schemas.logs import AskLogs, KeptLine
from schemas.options import ArchiveOptions
from tests.integration.actors.logs.test_actor import ask, keeping, kept, said, say
from tests.integration.cli.history import record
from tests.jobs import BATCH, JOB, METADATA, OTHER, THIRD, URL, VIDEO
from tests.nats import NatsServer
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

SUBMITTED: Final = JobSubmitted(url=URL, options=ArchiveOptions(), batch=BATCH)


def fine() -> None:
    """The server is there."""


async def events(lines: AsyncIterator[KeptLine]) -> list[str]:
    return [line.event async for line in lines]


def reader(bus: Bus, asked: AskLogs | None = None, grep: str | None = None) -> _Reader:
    return _Reader(bus, (asked or ask(),), Grep(grep))


async def test_while_lines_are_said_and_kept_none_is_read_twice_and_none_is_missed(
    bus: Bus, runtime: Runtime
) -> None:
    async with keeping(runtime):
        talking = asyncio.create_task(talk(bus))
        try:
            for _ in range(5):
                for read in (_Reader.all, lambda one: one.newest(10_000)):
                    one = reader(bus, ask(limit=10_000))
                    found = [line.seq async for line in read(one)]
                    assert sorted(found) == list(range(1, one.last + 1))
                await asyncio.sleep(0.05)
        finally:
            talking.cancel()


async def talk(bus: Bus) -> None:
    for number in range(3000):
        await say(bus, said(number))
        await asyncio.sleep(0.001)


async def test_the_newest_that_fit_are_found_though_they_are_far_back(bus: Bus, runtime: Runtime) -> None:
    await say(bus, *(said(number, job=JOB if number < 20 else None) for number in range(500)))
    async with keeping(runtime):
        await kept(bus, 500)
        about = ask(jobs=(JOB,), limit=5)
        assert await events(reader(bus, about).newest(5)) == ["15", "16", "17", "18", "19"]
        assert await events(reader(bus, ask(jobs=(JOB,), limit=50), r"^1\d\b").newest(3)) == [
            "17",
            "18",
            "19",
        ]


async def test_lines_that_come_are_shown_with_their_causes_first(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.logs._TOGETHER_SECONDS", 1.0)
    async with keeping(runtime):
        await say(bus, said(0))
        await kept(bus, 1)
        one = reader(bus, ask(), r"^\d$")
        assert await events(one.all()) == ["0"]
        coming = one.follow(fine)
        first = asyncio.create_task(anext(coming))
        late = [msgspec.structs.replace(said(number), stamp=number) for number in (3, 2, 1)]
        await say(bus, *late, said(44))
        assert (await asyncio.wait_for(first, 60)).event == "1"
        assert [(await anext(coming)).event for _ in range(2)] == ["2", "3"]
        await coming.aclose()


async def test_what_comes_from_a_machine_whose_clock_is_behind_came_when_the_server_took_it(bus: Bus) -> None:
    now = datetime.now(UTC)
    coming = reader(bus, ask(since=now - timedelta(minutes=10))).follow(fine)
    await say(bus, msgspec.structs.replace(said(1), at=now - timedelta(hours=1)))
    line = await asyncio.wait_for(anext(coming), 60)
    await coming.aclose()
    assert line.stored_at
    assert abs(line.stored_at - now) < timedelta(minutes=1)
    assert await events(reader(bus, ask(since=now - timedelta(minutes=10))).all()) == [line.event]


async def test_what_is_named_together_narrows_what_is_shown(bus: Bus, tmp_path: Path) -> None:
    await record(
        bus,
        ("batch", BATCH, (BatchSubmitted(title=URL, sources=(URL,), options=ArchiveOptions()),)),
        ("job", JOB, (SUBMITTED, MetadataRecorded(video=VIDEO, metadata=METADATA))),
        ("job", OTHER, (SUBMITTED,)),
    )
    about = [
        (None, BATCH, ""),
        (JOB, BATCH, VIDEO.video_id),
        (OTHER, BATCH, ""),
        (THIRD, "", VIDEO.video_id),
        (THIRD, "", "else"),
    ]
    for number, (job, batch, video) in enumerate(about):
        await say(bus, msgspec.structs.replace(said(number, job=job), batch=batch, video=video))

    async def shown(wanted: Wanted) -> list[str]:
        asked = await questions(bus, wanted, tmp_path)
        return await events(_Reader(bus, asked, Grep(None)).newest(100))

    assert (
        await shown(Wanted(batch=BATCH))
        == await shown(Wanted(job=BATCH[:4]))
        == await shown(Wanted(job=BATCH))
        == ["0", "1", "2"]
    )
    assert await shown(Wanted(video=URL)) == ["1", "2", "3"]
    assert await shown(Wanted(job=JOB[:4], batch=BATCH[:4])) == ["1"]
    assert await shown(Wanted(job=THIRD, batch=BATCH)) == []
    assert await shown(Wanted(video=URL, batch=BATCH)) == ["1", "2"]
    assert await shown(Wanted(job=THIRD, video=URL)) == ["3"]


async def test_the_actor_is_asked_on_until_enough_is_left(bus: Bus, runtime: Runtime) -> None:
    await say(
        bus, *(msgspec.structs.replace(said(number, job=JOB), video=f"{number}") for number in range(30))
    )
    async with keeping(runtime):
        await kept(bus, 30)
        narrow = (ask(jobs=(JOB,), limit=4), ask(video="3"))
        assert await events(_Reader(bus, narrow, Grep(None)).newest(1)) == ["3"]
        assert await events(_Reader(bus, narrow, Grep(None)).all()) == ["3"]


async def test_a_logs_actor_that_hangs_is_said_and_the_stream_is_read(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.logs_asked._ANSWER_SECONDS", 0.1)
    console.cache_clear()
    await bus.client.subscribe(subjects.query("logs"))
    await say(bus, *(said(number) for number in range(3)))
    assert await events(reader(bus).newest(3)) == ["0", "1", "2"]
    told = "the logs actor does not answer: these are the lines of the log stream alone"
    assert told in capsys.readouterr().err
    console.cache_clear()


async def test_a_server_that_is_away_is_said_and_waited_for_as_long_as_watch_does(
    nats_server: NatsServer, own_bus: Bus, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    console.cache_clear()
    away = Away(msgspec.structs.replace(settings, server_patience=1), _once())
    coming = reader(own_bus).follow(lambda: away.check(System(own_bus)))
    await say(own_bus, said(1))
    assert (await asyncio.wait_for(anext(coming), 60)).event == "1"
    nats_server.kill()
    with pytest.raises(ServerUnavailable, match="went away and did not come back within 1 s"):
        await asyncio.wait_for(anext(coming), 60)
    assert capsys.readouterr().err.count("the server is away for 0 s") == 1
    console.cache_clear()


async def test_following_that_cannot_go_on_says_why(nats_url: str, settings: Settings) -> None:
    async with connect(nats_url, None, name="test") as bus:
        await bus.client.close()
        with pytest.raises(nats.errors.ConnectionClosedError):
            await asyncio.wait_for(anext(reader(bus).follow(fine)), 60)


async def test_without_a_logs_actor_the_stream_is_read_and_that_is_said(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    console.cache_clear()
    await say(bus, *(said(number) for number in range(10)))
    assert await events(reader(bus).newest(3)) == ["7", "8", "9"]
    assert "no logs actor runs: these are the lines of the log stream alone" in capsys.readouterr().err
    console.cache_clear()
