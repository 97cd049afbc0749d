"""Actors as processes of their own on a real server: who is there, who is gone, who stands by."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator

import msgspec
import pytest

from schemas import codec, subjects
from schemas.commands import SubmitVideo
from schemas.envelope import Envelope
from schemas.heartbeats import ActorState, ActorView, Heartbeat, ListActors
from schemas.logs import LogRecord
from schemas.queries import ListJobs
from tests.jobs import AT, JOB, URL
from tests.nats import NatsServer
from ytarchive.domain.registry import SILENCE
from ytarchive.errors import ServerUnavailable, TimedOut
from ytarchive.runtime import event_log, standby, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.discovery import announced
from ytarchive.runtime.logging import configure
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.pulse import Pulse
from ytarchive.runtime.read_model import ask
from ytarchive.runtime.supervisor import actor_command, actor_environment
from ytarchive.settings import Settings

_PATIENCE = 90.0


@contextlib.contextmanager
def actor(name: str, settings: Settings, url: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run an actor while the block lasts."""
    log = settings.state_dir.parent / f"{name}-{settings.node}.log"
    with (
        log.open("ab") as output,
        subprocess.Popen(
            actor_command(name), env=actor_environment(settings, url, None), stderr=output
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


async def actors(bus: Bus) -> list[ActorView]:
    """Give the actors as the registry has them; none while there is no jobs actor."""
    with contextlib.suppress(ServerUnavailable, TimedOut):
        return list((await ask(bus, ListActors())).actors)
    return []


async def until(bus: Bus, wanted: Callable[[list[ActorView]], bool]) -> list[ActorView]:
    """Wait until the registry is as wanted, and give it."""
    found: list[ActorView] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            while not wanted(found := await actors(bus)):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"the registry stayed {found}") from None
    return found


def ready(found: list[ActorView], *names: str) -> bool:
    return {one.actor for one in found if one.state is ActorState.READY and one.here} >= set(names)


def missed(found: list[ActorView]) -> set[str]:
    return {one.actor for one in found if not one.here}


async def lines(bus: Bus, sentence: str) -> list[LogRecord]:
    found = [
        codec.logs.decode(entry.payload)
        async for entry in event_log.read(bus, subject=subjects.LOGS, stream=topology.LOGS)
    ]
    return [line for line in found if line.event == sentence]


async def submit(bus: Bus) -> None:
    command = SubmitVideo(job_id=JOB, url=URL)
    envelope = Envelope(id="submit", at=AT, correlation_id=JOB, body=command)
    await bus.publish(subjects.job_command(JOB), codec.encode(envelope), msg_id="submit")


async def said(bus: Bus, sentence: str, number: int = 1) -> list[LogRecord]:
    """Wait for so many log lines."""
    async with asyncio.timeout(_PATIENCE):
        while len(found := await lines(bus, sentence)) < number:
            await asyncio.sleep(0.1)
    return found


async def test_an_actor_that_is_killed_is_missed_and_said_and_so_is_that_it_is_back(
    bus: Bus, nats_url: str, settings: Settings
) -> None:
    with actor("jobs", settings, nats_url), actor("storage", settings, nats_url) as storage:
        # Given all well
        await until(bus, lambda found: ready(found, "jobs", "storage"))
        found = await until(bus, lambda found: any(one.actor == "storage" and one.free for one in found))
        (here,) = (one for one in found if one.actor == "storage")
        assert (here.node, here.pid, here.twins, here.busy) == ("here", storage.pid, (), 0)
        # And a job that waits for an actor of which no more is heard
        await Pulse("metadata", settings).send(bus.client.publish)
        await submit(bus)
        assert (await ask(bus, ListJobs())).absent == ()
        # When one is killed
        storage.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        found = await until(bus, lambda found: {"storage", "metadata"} <= missed(found))
        noticed = time.monotonic() - killed
        # Then it is missed, and nobody but those two
        assert missed(found) == {"storage", "metadata"}
        (gone,) = (one for one in found if one.pid == storage.pid)
        assert gone.actor == "storage"
        assert SILENCE <= gone.silent <= noticed + SILENCE
        told = await said(bus, "an actor is not heard of", 2)
        assert {(line.level, line.context["peer"], line.context["peer_node"]) for line in told} == {
            ("error", "storage", "here"),
            ("error", "metadata", "here"),
        }
        # And of the two, who asks for jobs is told of the one that the job waits for
        assert [one.actor for one in (await ask(bus, ListJobs())).absent] == ["metadata"]
        # And when another is started in its place, that is told
        with actor("storage", settings, nats_url) as again:
            found = await until(bus, lambda found: ready(found, "storage"))
            assert [one.pid for one in found if one.actor == "storage"] == [again.pid]
            (line,) = await said(bus, "an actor is back")
            assert line.context["peer_pid"] == again.pid
            # And who ends in good order says goodbye
            again.terminate()
            found = await until(bus, lambda found: not ready(found, "storage"))
            (gone,) = (one for one in found if one.actor == "storage")
            assert gone.state in (ActorState.DRAINING, ActorState.STOPPED)
            await said(bus, "an actor has stopped")
        assert len(await lines(bus, "an actor is not heard of")) == 2


async def test_a_server_that_is_away_makes_nobody_look_dead(
    own_bus: Bus, nats_server: NatsServer, settings: Settings
) -> None:
    with actor("jobs", settings, nats_server.url), actor("storage", settings, nats_server.url):
        await until(own_bus, lambda found: ready(found, "jobs", "storage"))
        nats_server.kill()
        await asyncio.sleep(SILENCE + 2)
        nats_server.start()
        await until(own_bus, lambda found: ready(found, "jobs", "storage") and found[1].silent < 2)
        await asyncio.sleep(3)
        assert ready(await actors(own_bus), "jobs", "storage")
        assert await lines(own_bus, "an actor is not heard of") == []


async def test_a_second_jobs_actor_stands_by_takes_over_and_the_first_gives_way_when_it_is_back(
    bus: Bus, nats_url: str, settings: Settings
) -> None:
    there = msgspec.structs.replace(settings, node="there")
    with actor("jobs", settings, nats_url) as first:
        await until(bus, lambda found: ready(found, "jobs"))
        with actor("jobs", there, nats_url) as second:
            found = await until(bus, lambda found: len(found) == 2)
            assert {one.pid: one.state for one in found} == {
                first.pid: ActorState.READY,
                second.pid: ActorState.STANDBY,
            }
            assert not any(one.twins for one in found)
            (line,) = await said(bus, "another actor of our name is at work: standing by until it is gone")
            assert line.context["peer_pid"] == first.pid
            # it reads nothing from the queues meanwhile, and when nothing more is heard of the first it does
            first.send_signal(signal.SIGSTOP)
            await until(bus, lambda found: ready(found, "jobs"))
            # and the first, if it was not dead, ends: started again, it would stand by
            first.send_signal(signal.SIGCONT)
            assert await asyncio.to_thread(first.wait, 60) == 1
            (line,) = await said(bus, "another took over meanwhile: giving way")
            assert (line.context["peer_node"], line.context["peer_pid"]) == ("there", second.pid)
            await until(bus, lambda found: [one.pid for one in found if one.here] == [second.pid])
            second.terminate()
            assert await asyncio.to_thread(second.wait, 60) == 0


@contextlib.asynccontextmanager
async def answering(runtime: Runtime) -> AsyncIterator[None]:
    async with announced(runtime.bus.client, runtime.name, runtime.pulse.card):
        await runtime.bus.client.flush()
        yield


@pytest.fixture
def jobs_on(bus: Bus, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Runtime]:
    """Give a jobs actor of a node, which looks around often; nothing of it but that."""
    monkeypatch.setattr(standby, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(standby, "_LISTENING", 0.2)

    def jobs_on(node: str) -> Runtime:
        logger = configure(None, "debug").bind(actor="jobs")
        runtime = Runtime("jobs", msgspec.structs.replace(settings, node=node), logger)
        runtime.bus = bus
        return runtime

    return jobs_on


async def test_who_is_silent_for_a_moment_is_not_replaced(jobs_on: Callable[[str], Runtime]) -> None:
    first, second = jobs_on("here"), jobs_on("there")
    async with answering(second):
        async with answering(first):
            standing_by = asyncio.create_task(standby.stand_by(second, await standby.others(second)))
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)  # one look, or two
        async with answering(first):
            await asyncio.sleep(0.7)
            assert second.pulse.state is ActorState.STANDBY
        async with asyncio.timeout(60):
            await standing_by
        assert str(second.pulse.state) == "starting"


async def test_of_two_at_work_the_one_that_began_first_gives_way(jobs_on: Callable[[str], Runtime]) -> None:
    first, second = jobs_on("here"), jobs_on("there")
    second.pulse.begin()
    async with answering(first), answering(second):
        staying = asyncio.create_task(standby.give_way(second))
        async with asyncio.timeout(60):
            given = await standby.give_way(first)
        assert "on node there" in str(given)
        assert first.stopping.is_set()
        await asyncio.sleep(0.4)
        assert not staying.done()
        second.stopping.set()
        assert await staying is None


async def test_two_storage_actors_of_one_node_are_said_to_be_two(
    bus: Bus, nats_url: str, settings: Settings
) -> None:
    with (
        actor("jobs", settings, nats_url),
        actor("storage", settings, nats_url) as first,
    ):
        await until(bus, lambda found: ready(found, "jobs", "storage"))
        with actor("storage", settings, nats_url) as second:
            found = await until(bus, lambda found: sum(bool(one.twins) for one in found) == 2)
            assert {one.pid: one.twins for one in found if one.twins} == {
                first.pid: (second.pid,),
                second.pid: (first.pid,),
            }
            (line,) = await said(bus, "an actor is at work twice")
            assert line.context["peer_pid"] == second.pid


async def test_only_who_may_speak_for_an_actor_is_heard(
    bus: Bus, nats_url: str, settings: Settings, runtime: Runtime
) -> None:
    """The server lets a role publish under its own name alone: what is inside must not say otherwise."""
    with actor("jobs", settings, nats_url):
        await until(bus, lambda found: ready(found, "jobs"))
        beat: Heartbeat = runtime.pulse.beat()
        await bus.client.publish(subjects.heartbeat("storage", "here", beat.instance), codec.encode(beat))
        await bus.client.publish(subjects.heartbeat("tester", "here", "x"), b"no heartbeat")
        await said(bus, "heartbeat not understood")
        assert [one.actor for one in await actors(bus)] == ["jobs"]
