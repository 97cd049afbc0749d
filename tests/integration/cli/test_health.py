"""`diagnostics health` of real servers: one that is stuck, one elsewhere, one that keeps nothing."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest

from cli import rooms
from cli.diagnostics import exit_code, judged
from schemas import subjects
from schemas.common import Category, Failure, Stage
from schemas.diagnostics_reports import HealthReport, Verdict
from schemas.events import JobSubmitted, StageBlocked
from schemas.heartbeats import ActorState
from schemas.options import ArchiveOptions
from tests.disks import filled
from tests.integration.test_health import disk, is_stored
from tests.integration.test_heartbeats import actor, ready, until
from tests.jobs import JOB, OTHER, URL
from tests.nats import NatsServer
from ytarchive.domain.replay import Head
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import load_credentials
from ytarchive.runtime.pulse import Pulse
from ytarchive.runtime.server import Server, embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings

__all__ = ["disk"]

REFUSED = StageBlocked(
    stage=Stage.METADATA,
    attempt=1,
    failure=Failure(category=Category.RATE_LIMIT, message="HTTP Error 429: Too Many Requests"),
    until=datetime.now(UTC) + timedelta(hours=1),
    egress="here",
)
USERS = [{"user": "all", "password": "all"}]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.diagnosis.INTERVAL", 0.1)
    monkeypatch.setattr("ytarchive.runtime.bus._ANSWER_SECONDS", 2.0)


def reasons(report: HealthReport, verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.text, one.command) for one in report.reasons if one.verdict is verdict]


@contextlib.asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Server, Bus]]:
    """Run our server, which nobody supervises."""
    with open_state_dir(settings.state_dir) as state:
        async with embedded_server(state, settings) as server:
            login = load_credentials(state.credentials, "admin")
            async with connect(server.info.url, login, name="test") as bus:
                await topology.ensure(bus.js, settings)
                yield server, bus


async def test_a_server_that_is_stuck_though_there_is_room_again_is_down_and_what_mends_it_is_told(
    disk: Path, settings: Settings
) -> None:
    settings = msgspec.structs.replace(settings, state_dir=disk / "state")
    async with served(settings) as (server, bus):
        # Given a server whose disk is full, that is what is said
        with filled(disk / "elsewhere"):
            number = 0
            while await is_stored(bus, subjects.event("job", JOB), number):
                number += 1
            (full, _), *_ = reasons(await judged(settings), Verdict.DOWN)
            assert full.startswith(f"the disk of {settings.state_dir} is full")
        # Then, with room again and still stuck, what mends that
        report = await judged(settings)
        (stuck, command), *_ = reasons(report, Verdict.DOWN)
        assert stuck.startswith("the server keeps nothing new, it must be started anew: ")
        assert "no space left on device" in stuck
        assert command == f"kill {server.info.pid}"
        assert exit_code(report) == 3
        told = rooms.disk(settings, store=await rooms.store(bus, settings)).store
        assert told
        assert "no space left on device" in told.fault


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    with NatsServer(**request.param) as server:
        yield server.url


LIMITED = {
    "accounts": {"A": {"jetstream": {"max_file": 80 << 20, "max_mem": 80 << 20}, "users": USERS}},
    "no_auth_user": "all",
}
NOT_OURS = {"accounts": {"A": {"users": USERS}}, "no_auth_user": "all"}


@pytest.mark.parametrize("elsewhere", [LIMITED], indirect=True)
async def test_of_a_server_elsewhere_what_our_account_may_keep_is_judged_and_what_it_does_not_tell_is_said(
    elsewhere: str, settings: Settings
) -> None:
    settings = msgspec.structs.replace(settings, nats_url=elsewhere, log_bytes=1 << 20)
    async with connect(elsewhere, None, name="test") as bus:
        await topology.ensure(bus.js, settings)
        told = await rooms.store(bus, settings)
        assert (told.limit, told.fault, told.pid) == (80 << 20, "", 0)
        assert told.reserved == (64 << 20) + (1 << 20)
        report = await judged(settings)
        (soon,) = [text for text, _ in reasons(report, Verdict.DEGRADED) if "soon it keeps" in text]
        assert "are left of the 83.9 MB that we may keep" in soon
        assert "nothing of its disk" in report.unjudged[0]


@pytest.mark.parametrize("elsewhere", [NOT_OURS], indirect=True)
async def test_a_server_elsewhere_that_keeps_nothing_is_said_to_be_that(
    elsewhere: str, settings: Settings
) -> None:
    report = await judged(msgspec.structs.replace(settings, nats_url=elsewhere))
    assert reasons(report, Verdict.DOWN) == [
        (
            "the server keeps nothing new, who runs it must mend that: JetStream not enabled for account",
            "ytarchive diagnostics disk",
        )
    ]


async def test_all_that_is_not_as_it_should_be_is_said_at_the_same_time_and_nothing_else(
    bus: Bus, nats_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.domain.verdict.STUCK", 0.1)
    settings = msgspec.structs.replace(settings, nats_url=nats_url)
    # Given a log in which a site refuses us, and a task that no storage actor takes
    events = (JobSubmitted(url=URL, options=ArchiveOptions()), REFUSED)
    await event_log.append(
        bus, [event_log.Decision("job", JOB, Head(), events, "", "")], last=0, at=datetime.now(UTC)
    )
    tasks = topology.work_consumer(
        "storage-here", subjects.tasks(Stage.STORAGE, node="here"), slots=1, ack_wait=9
    )
    await bus.js.add_consumer(topology.COMMANDS, tasks)
    await bus.publish(subjects.task(Stage.STORAGE, OTHER, 1, node="here"), b"{}", msg_id="1")
    with actor("jobs", settings, nats_url):
        await until(bus, lambda found: ready(found, "jobs"))
        # And actors of which one is of an older version, one stands by, and one is missing
        for name, state, other in (
            ("metadata", ActorState.READY, None),
            ("download", ActorState.READY, "0.0.1"),
            ("storage", ActorState.READY, None),
            ("jobs", ActorState.STANDBY, None),
        ):
            pulse = Pulse(name, msgspec.structs.replace(settings, node="here" if other else "barn"))
            pulse.state, pulse.version = state, other or pulse.version
            await pulse.send(bus.client.publish)
        await until(bus, lambda found: len(found) == 5)
        # Then each is a reason, and who stands by is none
        report = await judged(msgspec.structs.replace(settings, min_free_bytes=1 << 60))
        told = {text.partition(", for ")[0] for text, _ in reasons(report, Verdict.DEGRADED)}
        assert told == {
            "the library's disk has less room than is kept free: downloads rest",
            "no logs actor is at work",
            f"the actors are of different versions: 0.0.1, {version('ytarchive')}",
            "the site refuses here: HTTP Error 429: Too Many Requests",
            "nobody takes the 1 waiting in the queue storage-here",
        }
        assert (report.verdict, exit_code(report), exit_code(report, only_down=True)) == ("degraded", 1, 0)
