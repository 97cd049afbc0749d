"""Where some do not answer, what the others say is told all the same."""

from datetime import UTC, datetime

import msgspec
import pytest

from cli import limiting
from cli.output import console
from cli.reporting import _gathered, _told
from tests.integration.jobs_actor import jobs_actor
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings


async def test_a_report_has_all_but_what_nobody_tells(bus: Bus, nats_url: str, settings: Settings) -> None:
    here = msgspec.structs.replace(settings, nats_url=nats_url)
    told = await _told(here)
    assert set(told) == {"actors", "queues", "streams", "breakers", "errors", "limited", "store"}
    assert "YTARCHIVE_LIMITS" in {line.name for line in told["streams"].streams}
    await bus.js.delete_stream(topology.PROGRESS)
    assert set(await _told(here)) == set(told) - {"streams"}


@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize("away", [False, True])
async def test_a_report_is_made_of_that(
    nats_url: str, settings: Settings, away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.reporting._PATIENCE", 0.2 if away else 20)
    url = "nats://127.0.0.1:1" if away else nats_url
    settings.library_dir.mkdir(parents=True, exist_ok=True)
    found = await _gathered(msgspec.structs.replace(settings, nats_url=url), datetime.now(UTC))
    assert bool(found.streams) == bool(found.actors) == (not away)
    assert found.disk.min_free_bytes == settings.min_free_bytes


async def test_a_report_of_a_server_that_is_not_there_has_nothing_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.reporting._PATIENCE", 0.2)
    assert await _told(msgspec.structs.replace(settings, nats_url="nats://127.0.0.1:1")) == {}


async def test_a_limit_of_a_node_that_nobody_has_heard_of_is_warned_of(
    bus: Bus, runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    console.cache_clear()
    async with jobs_actor(runtime):
        await limiting._warn_of_strangers(bus, set())
        assert not capsys.readouterr().err
        await limiting._warn_of_strangers(bus, {"nowhere"})
    assert "there is no actor on a node nowhere" in capsys.readouterr().err
