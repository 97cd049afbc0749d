"""Our own nats-server: started, verified, noticed when it dies, and gone when it should be."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator, Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from cli.session import reading
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime import lock
from ytarchive.runtime import server as server_module
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import Login, ensure_credentials, load_credentials
from ytarchive.runtime.rendezvous import server_for
from ytarchive.runtime.server import check_binary, embedded_server, find_binary, greeting
from ytarchive.runtime.state_dir import StateDir, open_state_dir, running
from ytarchive.runtime.system import kept_server
from ytarchive.settings import Settings


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDir]:
    with open_state_dir(tmp_path / "state") as state:
        yield state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", library_dir=tmp_path / "library", node="here")


class Impostor:
    """Another server, which says it is somebody else and remembers what it is told."""

    def __init__(self) -> None:
        self.port = 0
        self.told: list[bytes] = []

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_name":"somebody-else","version":"2.15.1","jetstream":true}\r\n')
        self.told.append(await reader.read(1024))
        writer.close()


@pytest.fixture
async def impostor() -> AsyncIterator[Impostor]:
    impostor = Impostor()
    async with await asyncio.start_server(impostor.greet, "127.0.0.1", 0) as listening:
        impostor.port = listening.sockets[0].getsockname()[1]
        yield impostor


async def test_it_runs_while_the_block_lasts_listens_on_loopback_only_and_is_found_there(
    state: StateDir, settings: Settings
) -> None:
    async with embedded_server(state, settings) as server:
        assert running(state.path) == server.info
        process = psutil.Process(server.info.pid)
        assert {found.laddr.ip for found in process.net_connections() if found.status == "LISTEN"} == {
            "127.0.0.1"
        }
        assert (await greeting(server.info.url)).server_name == server.info.server_name
        login = load_credentials(server.info.credentials, "cli")
        async with connect(server.info.url, login, name="test") as bus:
            assert (await bus.js.account_info()).streams == 0
    assert not process.is_running()
    assert running(state.path) is None


async def test_every_write_is_synced_and_the_store_and_the_messages_are_bounded(
    state: StateDir, settings: Settings
) -> None:
    async with embedded_server(state, settings) as server:
        login = Login("system", load_credentials(state.credentials, "admin").password)
        async with connect(server.info.url, login, name="test") as bus:
            assert bus.client.max_payload == 1 << 20
            answer = await bus.client.request("$SYS.REQ.SERVER.PING.JSZ", timeout=20)
        config = json.loads(answer.data)["data"]["config"]
        assert config["sync_always"] is True
        assert config["store_dir"] == str(state.path / "jetstream")
        assert config["max_memory"] == 256 << 20
        assert config["max_storage"] < shutil.disk_usage(state.path).free
        environment = psutil.Process(server.info.pid).environ()
        assert environment["GOMEMLIMIT"] == "256MiB"


async def test_every_file_with_a_secret_is_closed_to_others(state: StateDir, settings: Settings) -> None:
    async with embedded_server(state, settings):
        secrets = [load_credentials(state.credentials, role).password for role in ("admin", "cli")]
        for path in state.path.rglob("*"):
            if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        arguments = psutil.Process(running(state.path).pid).cmdline()  # type: ignore[union-attr]  # it runs
        assert not any(secret in argument for secret in secrets for argument in arguments)


async def test_what_was_acknowledged_is_there_after_a_kill_and_a_restart_on_the_same_port(
    state: StateDir, settings: Settings
) -> None:
    async with embedded_server(state, settings) as first:
        login = load_credentials(first.info.credentials, "admin")
        async with connect(first.info.url, login, name="test") as bus:
            await bus.js.add_stream(name="KEPT", subjects=["kept"])
            await bus.js.publish("kept", b"1")
            died = asyncio.create_task(first.died())
            await asyncio.sleep(0)
            os.kill(first.info.pid, signal.SIGKILL)
            error = await asyncio.wait_for(died, 5)
            assert isinstance(error, ServerUnavailable)
            assert "nats-server ended unexpectedly (exit -9)" in str(error)
            assert running(state.path) is None
    port = int(first.info.url.rpartition(":")[2])
    async with embedded_server(state, settings, port=port) as second:
        assert second.info.url == first.info.url
        assert second.info.server_name != first.info.server_name
        async with connect(second.info.url, login, name="test") as bus:
            assert (await bus.js.stream_info("KEPT")).state.messages == 1


async def test_a_ports_file_that_names_another_server_is_not_believed(
    state: StateDir, settings: Settings, impostor: Impostor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (state.path / "run").mkdir()
    stale = state.path / "run" / "nats-server_1.ports"
    stale.write_text(json.dumps({"nats": [impostor.url]}))
    async with embedded_server(state, settings) as server:
        assert server.info.url != impostor.url
        assert not stale.exists()
        # Given the file of this very process named the impostor
        ports = state.path / "run" / f"nats-server_{server.info.pid}.ports"
        assert ports.exists()
        ports.write_text(json.dumps({"nats": [impostor.url]}))
        # Then it would not be taken for ready, and the impostor would not be told any password
        logins = ensure_credentials(state.path)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server_module._answers(ports, server.info.server_name, logins), 0.3)
        async with asyncio.timeout(20):
            while not impostor.told:
                await asyncio.sleep(0.01)
        assert set(impostor.told) == {b""}


async def test_a_port_that_is_taken_is_said_to_be_taken(
    state: StateDir, settings: Settings, impostor: Impostor
) -> None:
    with pytest.raises(ServerUnavailable, match="address already in use") as error:
        async with embedded_server(state, settings, port=impostor.port):
            pass
    assert str(state.logs / "nats-server.log") in error.value.hint
    assert running(state.path) is None


async def test_an_error_in_the_block_stops_the_server_and_passes(state: StateDir, settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError):
        async with embedded_server(state, settings) as server:
            raise ZeroDivisionError
    assert not psutil.pid_exists(server.info.pid)


async def test_a_server_that_does_not_stop_is_killed(
    state: StateDir, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_STOP_SECONDS", 0.2)
    async with embedded_server(state, settings) as server:
        os.kill(server.info.pid, signal.SIGSTOP)
    assert not psutil.pid_exists(server.info.pid)


async def test_cancelled_while_it_stops_it_leaves_nothing_behind(state: StateDir, settings: Settings) -> None:
    frozen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with embedded_server(state, settings) as server:
            os.kill(server.info.pid, signal.SIGSTOP)
            frozen.set_result(server.info.pid)

    task = asyncio.create_task(run())
    pid = await frozen
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(pid)


async def gone(pid: int) -> bool:
    for _ in range(1000):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_credentials_open_to_others_are_refused_before_anything_is_started(
    state: StateDir, settings: Settings
) -> None:
    async with embedded_server(state, settings):
        pass
    state.credentials.chmod(0o644)
    children = psutil.Process().children()  # the shared server may be one
    with pytest.raises(UsageError, match="open to others"):
        async with embedded_server(state, settings):
            pass
    assert psutil.Process().children() == children


async def test_a_second_server_on_the_same_directory_is_refused(state: StateDir, settings: Settings) -> None:
    async with embedded_server(state, settings) as server:
        with pytest.raises(ServerUnavailable, match="already runs"), open_state_dir(state.path):
            pass
        assert running(state.path) == server.info


PARENT = """
import asyncio, sys
from pathlib import Path
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings
async def main(path):
    settings = Settings(state_dir=path, library_dir=path / "library", node="here")
    with open_state_dir(path) as state:
        async with embedded_server(state, settings) as server:
            print(server.info.pid, flush=True)
            await asyncio.sleep(60)
asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_server_that_outlives_its_parent_keeps_the_directory_until_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.3)
    path = tmp_path / "state"
    # Given a server that cannot stop, whose parent was killed
    with subprocess.Popen([sys.executable, "-c", PARENT, str(path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, signal.SIGSTOP)
        parent.kill()
    try:
        # Then no other server is started on its data
        with pytest.raises(ServerUnavailable, match="already runs"), open_state_dir(path):
            pass
    finally:
        os.kill(pid, signal.SIGCONT if sys.platform == "linux" else signal.SIGKILL)
    # but once it has stopped, by itself
    monkeypatch.setattr(lock, "_PATIENCE", 60)
    with open_state_dir(path):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo nats-server: v2.11.9", "nats-server 2.12 or newer is needed"),
        ("echo nats-server: v1.4.1", "nats-server 2.12 or newer is needed"),
        ("echo something else", "'something else'"),
        ("exit 1", "2.12 or newer"),
    ],
)
async def test_a_program_that_is_too_old_or_no_nats_server_is_refused(
    tmp_path: Path, script: str, message: str
) -> None:
    program = tmp_path / "nats-server"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(ServerUnavailable, match=message):
        await check_binary(program)


async def test_a_program_that_cannot_run_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "nats-server"
    program.write_bytes(b"\x7fELF not really")
    program.chmod(0o755)
    with pytest.raises(ServerUnavailable, match="does not run"):
        await check_binary(program)


async def test_the_program_installed_with_us_is_found_whatever_path_says_and_is_new_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    await check_binary(find_binary())


def test_without_the_installed_one_the_program_on_path_is_taken_and_without_both_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path / "absent"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUnavailable, match="there is no nats-server program"):
        find_binary()
    program = tmp_path / "nats-server"
    program.touch(mode=0o755)
    assert find_binary() == program


async def test_who_listens_is_told_from_its_greeting_alone(impostor: Impostor) -> None:
    assert (await greeting(impostor.url)).server_name == "somebody-else"


async def test_what_is_no_nats_server_and_what_is_not_there_are_said() -> None:
    async def hello(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hello, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(ServerUnavailable, match="no NATS server"):
            await greeting(f"nats://127.0.0.1:{port}")
    with pytest.raises(ServerUnavailable, match="no NATS server"):
        await greeting("nats://127.0.0.1:1")


async def test_a_server_that_is_there_for_a_look_is_none_for_actors_that_wait_for_theirs(
    settings: Settings,
) -> None:
    async with kept_server(settings) as (lasting, _):
        assert server_for(settings, "storage")[0] == lasting.url
    port = urlsplit(lasting.url).port
    async with reading(settings) as bus:
        assert bus.client.connected_url
        assert bus.client.connected_url.port != port
        assert server_for(settings, "cli")[0] != lasting.url
        with pytest.raises(ServerUnavailable, match="nothing runs on"):
            server_for(settings, "storage")
    async with kept_server(settings) as (again, _):
        assert again.url == lasting.url
