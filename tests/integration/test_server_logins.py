"""Logins for a server of one's own: nats-server takes the file, and each node may do its own work alone."""

import contextlib
import json
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import nats.errors
import pytest

from schemas import subjects
from schemas.common import Stage
from tests.nats import NatsServer
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ROLES, load_credentials
from ytarchive.runtime.server import find_binary
from ytarchive.runtime.server_logins import write_logins
from ytarchive.settings import Settings


def test_nats_server_takes_the_file_and_nobody_else_can_read_one(tmp_path: Path) -> None:
    folder = tmp_path / "ytarchive"
    written = write_logins(folder, ["attic", "cellar"])
    config = tmp_path / "nats-server.conf"
    config.write_text(f"jetstream {{ store_dir: {tmp_path}/store }}\ninclude ./ytarchive/logins.conf\n")
    checked = subprocess.run([find_binary(), "-t", "-c", config], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    files = {written.server, written.admin, *written.nodes.values()}
    assert set(folder.iterdir()) == files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert json.loads(written.nodes["attic"].read_bytes()).keys() == set(ROLES) - {"admin"}


def test_who_is_there_keeps_the_password_whichever_node_comes_or_goes(tmp_path: Path) -> None:
    before = write_logins(tmp_path, ["attic", "cellar"])
    attic = before.nodes["attic"].read_bytes()
    assert list(write_logins(tmp_path, ["barn"]).nodes) == ["attic", "barn", "cellar"]
    before.nodes["cellar"].unlink()
    after = write_logins(tmp_path, [])
    assert after.nodes["attic"].read_bytes() == attic
    users = {user["user"] for user in json.loads(after.server.read_bytes())["accounts"]["YTARCHIVE"]["users"]}
    assert {user.partition("-")[2] for user in users} == {"", "attic", "barn"}
    assert not write_logins(tmp_path / "other", []).nodes
    assert not list((tmp_path / "other").iterdir())


async def test_each_node_does_its_own_work_and_cannot_take_another_s(
    settings: Settings, tmp_path: Path
) -> None:
    written = write_logins(tmp_path / "logins", ["attic", "cellar"])
    with NatsServer(**json.loads(written.server.read_bytes())) as server:

        @contextlib.asynccontextmanager
        async def as_role(role: str, node: str) -> AsyncIterator[Bus]:
            login = load_credentials(written.nodes[node], role)
            async with connect(server.url, login, name=role) as bus:
                bus.js = bus.client.jetstream(timeout=20)
                yield bus

        async with as_role("jobs", "attic") as jobs:
            await topology.ensure(jobs.js, settings)
            await jobs.js.publish(subjects.task(Stage.STORAGE, "j" * 16, 1, node="cellar"), b"work")
        for node in ("attic", "cellar"):
            subject = subjects.tasks(Stage.STORAGE, node="cellar")
            consumer = topology.work_consumer("storage-cellar", subject, slots=1, ack_wait=30)
            async with as_role("storage", node) as bus:
                if node == "attic":
                    with pytest.raises(nats.errors.TimeoutError):
                        await bus.client.jetstream(timeout=1).add_consumer(topology.COMMANDS, consumer)
                    continue
                await bus.js.add_consumer(topology.COMMANDS, consumer)
                subscription = await bus.js.pull_subscribe_bind("storage-cellar", topology.COMMANDS)
                (message,) = await subscription.fetch(1, timeout=20)
                assert message.data == b"work"
                await message.ack_sync(timeout=20)
