"""What nobody can read is kept with a reason, and the system goes on."""

import asyncio
import base64
from typing import Final

import msgspec
import nats.errors
import pytest

from schemas import subjects
from schemas.common import Stage
from tests.e2e.bus import connected
from tests.e2e.home import Home
from tests.ytsim.server import YtSim
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus

JOB: Final = "f00dfacef00dface"
UNKNOWN_TAG: Final = (
    b'{"id":"x","at":"2026-11-25T09:30:00Z","correlation_id":"x","body":{"type":"job.frob","job_id":"%s"}}'
    % JOB.encode()
)
FOR_ANOTHER: Final = UNKNOWN_TAG.replace(b"job.frob", b"job.archived")
QUEUES: Final = {
    subjects.job_command(JOB): "jobs",
    subjects.result(JOB): "jobs",
    subjects.task(Stage.METADATA, JOB, 1): "metadata",
    subjects.task(Stage.DOWNLOAD, JOB, 1): "download",
    subjects.task(Stage.STORAGE, JOB, 1, node="here"): "storage",
    subjects.discard("here", JOB, 1): "storage",
    subjects.log("jobs", "info"): "logs",
}
GARBAGE: Final = {
    "no JSON": b"\xff\x00 garbage",
    "nothing": b"",
    "another shape": b"[]",
    "an unknown tag": UNKNOWN_TAG,
    "the tag of another conversation": FOR_ANOTHER,
}


class Letter(msgspec.Struct):
    """What is looked at of a dead letter."""

    actor: str
    subject: str
    reason: str
    payload: str


async def letters(bus: Bus) -> list[Letter]:
    """Give all dead letters."""
    entries = event_log.read(bus, subject=subjects.DEAD_LETTERS, stream=topology.DEAD_LETTERS)
    return [msgspec.json.decode(entry.payload, type=Letter) async for entry in entries]


def test_whatever_is_published_where_becomes_a_dead_letter_with_a_reason(running: Home, sim: YtSim) -> None:
    expected = {(subject, payload) for subject in QUEUES for payload in GARBAGE.values()}

    async def main() -> list[Letter]:
        async with connected(running, "admin") as bus:
            for subject, payload in expected:
                await bus.js.publish(subject, payload)
            async with asyncio.timeout(120):
                while len(found := await letters(bus)) < len(expected):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
            assert len(await letters(bus)) == len(found)
            return found

    found = asyncio.run(main())
    assert {(letter.subject, base64.b64decode(letter.payload)) for letter in found} == expected
    assert all(letter.actor == QUEUES[letter.subject] for letter in found)
    assert all(letter.reason for letter in found)

    pids = {name: running.actor(name).pid for name in ("jobs", "metadata", "download", "storage", "logs")}
    assert running.run("run", sim.watch_url(sim.ids[0]), "--json").summary["ok"]
    assert {name: running.actor(name).pid for name in pids} == pids
    running.run("replay", "--check")
    assert running.run("audit", "--json").document["jobs"] == 1


@pytest.mark.parametrize("subject", [subjects.job_command(JOB), subjects.log("cli", "info")])
def test_a_message_too_large_is_refused_by_the_server_and_harms_nobody(
    running: Home, sim: YtSim, subject: str
) -> None:
    async def main() -> None:
        async with connected(running, "admin") as bus:
            size = bus.client.max_payload + 1
            with pytest.raises(nats.errors.MaxPayloadError):
                await bus.client.publish(subject, bytes(size))
            bus.client._max_payload = 2 * size  # and now without good manners
            await bus.client.publish(subject, bytes(size))
            async with asyncio.timeout(60):
                while not (bus.client.is_closed or bus.client.stats["reconnects"]):  # thrown out
                    await asyncio.sleep(0.05)

    asyncio.run(main())
    assert running.run("jobs", "--json").document["jobs"] is not None


def test_the_terminal_may_not_write_events_nor_remove_streams(running: Home) -> None:
    async def main() -> None:
        async with connected(running, "cli") as bus:
            for subject in (subjects.event("job", JOB), subjects.result(JOB), "$JS.API.STREAM.DELETE.X"):
                await bus.client.publish(subject, b"{}")
                async with asyncio.timeout(60):
                    assert "permissions violation" in (await bus.problems.get()).lower()

    asyncio.run(main())
