"""What an actor says to the supervisor that started it, and when it says nothing any more."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.nats import NatsServer
from ytarchive.runtime import topology
from ytarchive.runtime.connection import connect
from ytarchive.runtime.private_file import write_private

_ACTOR = """
import asyncio, sys
from pathlib import Path
from ytarchive.runtime.credentials import load_credentials
from ytarchive.errors import ServerUnavailable, YtarchiveError
from ytarchive.runtime import liveness, process
from ytarchive.settings import Settings

folder, what = Path(sys.argv[1]), sys.argv[2]
liveness.LONGEST_TURN = 0.2

def find():
    try:
        logins = folder / "logins.json"
        login = load_credentials(logins, "admin") if logins.exists() else None
        return (folder / "url").read_text(), login
    except FileNotFoundError:
        raise ServerUnavailable("nothing runs there") from None

async def run(runtime):
    runtime.ready()
    if what == "hangs":
        runtime.liveness.turns("download")
    if what == "closes":
        await runtime.bus.client.close()
    await runtime.stopping.wait()

settings = Settings(state_dir=folder, library_dir=folder, node="here")
try:
    process.run_actor("tester", run, settings, find, owns_topology=True)
except YtarchiveError as error:
    print("ended:", error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


class Supervised:
    """An actor, and what it said to us."""

    def __init__(self, folder: Path, what: str, listener: socket.socket) -> None:
        self.url = folder / "url"
        self._listener = listener
        self._log = folder / "log"
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "400000"}
        environment.pop("WATCHDOG_PID", None)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _ACTOR, str(folder), what], stderr=log, env=environment
            )

    def hears(self, *states: str, seconds: float = 60) -> None:
        """Wait until all of these were said, in this order."""
        left, deadline = list(states), time.monotonic() + seconds
        while left:
            told = self._next(deadline - time.monotonic())
            assert told, f"not said: {left}\n{self.log}"
            if any(state.startswith(left[0]) for state in told):
                left.pop(0)

    def is_silent(self) -> bool:
        """Tell whether it says for a second that it is alive."""
        while self._next(0.05):
            pass
        return "WATCHDOG=1" not in self._next(1)

    def _next(self, seconds: float) -> list[str]:
        if not select.select([self._listener], [], [], max(seconds, 0))[0]:
            return []
        return self._listener.recv(4096).decode().split("\n")

    @property
    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture
def supervised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Supervised]]:
    started: list[Supervised] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        monkeypatch.chdir(tmp_path)  # a short address
        listener.bind("notify")

        def start(what: str = "works") -> Supervised:
            started.append(Supervised(tmp_path, what, listener))
            return started[-1]

        yield start
        for one in started:
            one.process.kill()
            one.process.wait()


async def until_there(url: str, stream: str) -> None:
    """Wait for a stream that an actor makes again."""
    async with connect(url, None, name="test") as bus, asyncio.timeout(20):
        while stream not in {info.config.name for info in await bus.js.streams_info()}:
            await asyncio.sleep(0.05)


def test_an_actor_waits_for_its_server_outlasts_its_restart_and_says_so(
    nats_server: NatsServer, supervised: Callable[[str], Supervised]
) -> None:
    actor = supervised("works")
    actor.hears("STATUS=waiting for the server: nothing runs there", "EXTEND_TIMEOUT_USEC=")
    actor.url.write_text(nats_server.url)
    actor.hears("READY=1", "STATUS=ready", "WATCHDOG=1", "WATCHDOG=1")
    nats_server.kill()
    actor.hears("STATUS=waiting for the server", "WATCHDOG=1", "WATCHDOG=1")
    nats_server.start()
    actor.hears("STATUS=ready", "WATCHDOG=1")
    asyncio.run(until_there(nats_server.url, topology.PROGRESS))
    actor.process.send_signal(signal.SIGTERM)
    actor.hears("STOPPING=1")
    assert actor.process.wait(60) == 0
    for line in ("waiting for the server", "the server is away", "the server is back", '"stopping"'):
        assert actor.log.count(line) == 1, actor.log


def test_a_server_that_comes_back_elsewhere_is_found_by_the_next_process(
    nats_server: NatsServer, supervised: Callable[[str], Supervised]
) -> None:
    actor = supervised("works")
    actor.url.write_text(nats_server.url)
    actor.hears("READY=1")
    actor.url.write_text("nats://127.0.0.1:1")
    actor.hears("WATCHDOG=1")
    assert actor.process.poll() is None, "as long as it is connected"
    nats_server.kill()
    assert actor.process.wait(60) == 3
    assert (
        f"ended: the NATS server is at nats://127.0.0.1:1 by now, and was at {nats_server.url}" in actor.log
    )


def test_a_server_that_refuses_us_is_said_to_and_another_login_is_taken_by_the_next_process(
    supervised: Callable[[str], Supervised], tmp_path: Path
) -> None:
    def knows(password: str) -> dict[str, object]:
        return {"authorization": {"user": "admin", "password": password}}

    logins = tmp_path / "logins.json"

    def write(password: str) -> None:
        write_private(logins, json.dumps({"admin": {"user": "admin", "password": password}}).encode())

    with NatsServer(**knows("first")) as server:
        write("first")
        actor = supervised("works")
        actor.url.write_text(server.url)
        actor.hears("READY=1")
        # When the server comes back with another password
        server.kill()
        server.configure(knows("second"))
        server.start()
        # Then that is said, and not that it is away for ever; and what cannot be read is waited for
        actor.hears("X_TROUBLE=the server refuses our login")
        assert "Authorization" not in actor.log
        logins.write_text("")
        actor.hears("WATCHDOG=1", "WATCHDOG=1")
        assert actor.process.poll() is None
        write("second")
        assert actor.process.wait(60) == 3
        assert f"ended: our login for the NATS server at {server.url} has changed" in actor.log


def test_an_actor_whose_queue_hangs_is_not_called_alive(
    nats_url: str, supervised: Callable[[str], Supervised]
) -> None:
    actor = supervised("hangs")
    actor.url.write_text(nats_url)
    actor.hears("READY=1")
    deadline = time.monotonic() + 60
    while "takes no messages any more" not in actor.log:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert actor.is_silent()
    assert actor.process.poll() is None
    assert actor.log.count("takes no messages any more") == 1


def test_an_actor_whose_event_loop_stands_still_is_not_called_alive(
    nats_url: str, supervised: Callable[[str], Supervised]
) -> None:
    actor = supervised("works")
    actor.url.write_text(nats_url)
    actor.hears("WATCHDOG=1")
    actor.process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    assert actor.is_silent()
    actor.process.send_signal(signal.SIGCONT)
    actor.hears("WATCHDOG=1")


def test_an_actor_whose_connection_has_ended_for_good_ends_too(
    nats_url: str, supervised: Callable[[str], Supervised]
) -> None:
    actor = supervised("closes")
    actor.url.write_text(nats_url)
    assert actor.process.wait(60) == 3
    assert "ended: the connection to the NATS server has ended for good" in actor.log
