"""A server whose disk was full writes again once there is room, by itself."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import nats.errors
import pytest

from schemas import subjects
from tests.disks import filled, mounted
from tests.jobs import JOB
from ytarchive.domain.verdict import ROOM
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import load_credentials
from ytarchive.runtime.health import roomy
from ytarchive.runtime.state_dir import open_state_dir, running
from ytarchive.runtime.system import kept_server
from ytarchive.settings import Settings


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a small disk with somewhat more room than is waited for."""
    with mounted(tmp_path / "disk", 2 * ROOM) as disk:
        yield disk


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ytarchive.runtime.health._LOOK_SECONDS", 0.1)
    monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 2.0)


async def test_a_server_whose_disk_was_full_writes_again_and_has_lost_nothing(
    disk: Path, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(settings, state_dir=disk / "state")
    subject, stored = subjects.event("job", JOB), 0
    async with kept_server(settings) as (server, failed):
        login = load_credentials(server.credentials, "admin")
        async with connect(server.url, login, name="test") as bus:
            await topology.ensure(bus.js, settings)
            with filled(disk / "state" / "logs"):
                while await is_stored(bus, subject, stored):
                    stored += 1
            monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 0.5)
            async with asyncio.timeout(60):
                while not await is_stored(bus, subject, stored):
                    await asyncio.sleep(0.05)
            assert (await bus.js.stream_info(topology.EVENTS)).state.messages == stored + 1
        assert not failed.done()
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "no space left on device" in told
    assert "Free some space" in told


async def test_a_server_that_does_not_say_a_word_is_killed_and_started_again(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.runtime.health._SILENT_SECONDS", 1.0)
    monkeypatch.setattr("ytarchive.runtime.server._STOP_SECONDS", 0.2)
    async with kept_server(settings) as (server, failed):
        os.kill(server.pid, signal.SIGSTOP)
        async with asyncio.timeout(60):
            while (now := running(settings.state_dir)) is None or now.pid == server.pid:
                await asyncio.sleep(0.05)
        assert now.url == server.url
        assert not failed.done()
    assert "did not answer for" in caplog.text


async def test_a_server_that_holds_all_it_was_started_with_is_started_anew_with_the_room_there_is_now(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is what was free at the start, and at least what the streams reserve, 64 MiB among it."""
    monkeypatch.setattr("ytarchive.runtime.server_config._SPARE_STORE", 66 << 20)
    monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 0.5)
    subject = subjects.event("job", JOB)
    with mounted(tmp_path / "disk", 160 << 20) as disk:
        settings = msgspec.structs.replace(settings, state_dir=disk / "state", log_bytes=1 << 20)
        (disk / "ballast").write_bytes(bytes(90 << 20))
        async with kept_server(settings) as (server, failed):
            (disk / "ballast").unlink()
            login = load_credentials(server.credentials, "admin")
            async with connect(server.url, login, name="test") as bus:
                await topology.ensure(bus.js, settings)
                stored = 0
                async with asyncio.timeout(60):
                    while (now := running(settings.state_dir)) is None or now.pid == server.pid:
                        stored += await is_stored(bus, subject, stored, 1_000_000)
                        await asyncio.sleep(0.01)  # what the client has no room for is refused at once
                    while not await is_stored(bus, subject, stored):
                        await asyncio.sleep(0.1)
                assert (await bus.js.stream_info(topology.EVENTS)).state.messages == stored + 1
            assert not failed.done()
    assert "for which there was room when it was started" in caplog.text


async def is_stored(bus: Bus, subject: str, number: int, size: int = 3000) -> bool:
    try:
        await bus.publish(subject, bytes(size), msg_id=f"{number}")
    except nats.errors.Error:
        return False
    return True


async def test_room_is_waited_for_and_said_once(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    with filled(disk):
        waiting = asyncio.create_task(roomy(disk))
        assert not (await asyncio.wait({waiting}, timeout=0.5))[0]
    await asyncio.wait_for(waiting, 20)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    await roomy(disk)
    assert len(caplog.records) == 1


async def test_on_a_full_disk_nothing_is_started_and_it_is_said_why(disk: Path, settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, state_dir=disk / "state")
    with filled(disk / "elsewhere"), pytest.raises(ServerUnavailable, match="No space left") as caught:
        async with kept_server(settings):
            raise AssertionError
    assert "Free some space" in str(caught.value.hint)
    with open_state_dir(settings.state_dir):
        pass
