"""What an actor says of itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats.errors
import psutil
import pytest
from nats.js.errors import APIError

from schemas import codec, subjects
from schemas.heartbeats import ActorState, Heartbeat
from ytarchive.domain.about import about_peer
from ytarchive.runtime import pulse as module
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.logging import configure
from ytarchive.runtime.pulse import Pulse
from ytarchive.runtime.shipper import Shipper
from ytarchive.settings import Settings


@pytest.fixture
def shipper() -> Shipper:
    return Shipper("download", "here", Clock())


@pytest.fixture
def pulse(settings: Settings, shipper: Shipper) -> Pulse:
    return Pulse("download", settings, shipper)


@asynccontextmanager
async def beating(pulse: Pulse, failures: int = 0) -> AsyncIterator[asyncio.Queue[Heartbeat]]:
    heard: asyncio.Queue[Heartbeat] = asyncio.Queue()
    left = failures

    async def send(subject: str, payload: bytes) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ConnectionError("away")
        beat = codec.heartbeats.decode(payload)
        assert subject == subjects.heartbeat("download", "here", beat.instance)
        heard.put_nowait(beat)

    task = asyncio.create_task(pulse.run(send))
    async with asyncio.timeout(20):
        yield heard
    task.cancel()


async def test_a_change_of_state_is_said_at_once(pulse: Pulse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL", 3600)
    async with beating(pulse) as heard:
        assert (await heard.get()).state is ActorState.STARTING
        for state in (ActorState.READY, ActorState.DRAINING):
            pulse.state = state
            assert (await heard.get()).state is state
            assert pulse.card["state"] == state


async def test_it_goes_on_beating_when_it_could_not_be_heard(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    async with beating(pulse, failures=3) as heard:
        for _ in range(2):
            assert (await heard.get()).instance == pulse.instance


async def test_it_knows_its_work_its_room_its_last_error_and_what_was_lost(
    pulse: Pulse, shipper: Shipper, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    log = configure(shipper, "info").bind(actor="download")
    with pulse.working("download", "67911595970792ae"), pulse.working("download", "ac4bd36d5cd3c169"):
        log.warning("only a warning")
        assert pulse.beat().error is None
        log.error("message not handled", exc_info=KeyError("gone"))
        for number in range(1100):
            log.info("flood", number=number)
        async with beating(pulse) as heard:
            while not (beat := await heard.get()).free:
                pass
    assert beat.busy == 2
    assert [(work.what, work.about) for work in beat.in_flight] == [
        ("download", "67911595970792ae"),
        ("download", "ac4bd36d5cd3c169"),
    ]
    assert pulse.card["slots"] == str(settings.download_workers)
    assert beat.error
    assert beat.error.text == "message not handled: KeyError: 'gone'"
    assert beat.dropped == 102
    assert pulse.beat().busy == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            APIError(code=409, err_code=10000, description="Server Shutdown"),
            "the server says: Server Shutdown",
        ),
        (nats.errors.TimeoutError(), "no answer in time"),
        (TimeoutError(), "no answer in time"),
        (KeyError("x"), "KeyError: 'x'"),
    ],
)
def test_the_last_error_is_told_in_words(pulse: Pulse, shipper: Shipper, error: Exception, told: str) -> None:
    log = configure(shipper, "info")
    log.error("cannot fetch", exc_info=error)
    found = pulse.beat().error
    assert found
    assert found.text == f"cannot fetch: {told}"
    log.error("cannot fetch", error=str(error) or type(error).__name__)
    again = pulse.beat().error
    assert again
    assert told.removeprefix("KeyError: ") in again.text


def test_the_last_error_names_the_peer_it_is_about(pulse: Pulse, shipper: Shipper) -> None:
    configure(shipper, "info").error("an actor is not heard of", **about_peer("download", "attic", 7))
    found = pulse.beat().error
    assert found
    assert found.text == "an actor is not heard of: download on node attic"


async def test_a_disk_that_is_gone_is_no_reason_to_be_silent(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def room(_folder: Path) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "INTERVAL", 0.01)
    monkeypatch.setattr(module, "room", room)
    async with beating(pulse) as heard:
        for _ in range(3):
            assert (await heard.get()).free is None


def test_so_many_tasks_that_they_are_only_counted(pulse: Pulse) -> None:
    held = [pulse.working("download", str(number)) for number in range(50)]
    for one in held:
        one.__enter__()
    beat = pulse.beat()
    assert (beat.busy, len(beat.in_flight)) == (50, 16)


async def test_what_memory_it_has_is_told(pulse: Pulse) -> None:
    async with beating(pulse) as heard:
        while (memory := (await heard.get()).memory) is None:
            pulse.state = ActorState.READY  # says so at once
    mine = psutil.Process().memory_info().rss
    assert mine / 2 < memory < mine * 2
