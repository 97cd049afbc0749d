"""The server every test may ask for, and the choice of it: ``pytest --nats=process|docker|URL``."""

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import hypothesis
import pytest

from tests import nats
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.logging import configure
from ytarchive.runtime.process import Runtime
from ytarchive.settings import Settings

_OF_THE_MACHINE: Final = (
    *("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),  # its terminal
    *("INVOCATION_ID", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "CREDENTIALS_DIRECTORY"),  # systemd
    *("PYTHONIOENCODING", "PYTHONUTF8", "PYTHONCOERCECLOCALE"),
)
"""Variables of whoever runs the tests, which would change what the programs under test say."""

hypothesis.settings.register_profile(
    "the same everywhere",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("the same everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nats",
        default="process",
        metavar="process|docker|URL",
        help="the NATS server under test: a process of its own (default), a container, or one that runs",
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in list(os.environ):
        if name in _OF_THE_MACHINE or name.startswith("YTARCHIVE_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["TZ"] = "UTC"
    time.tzset()
    if "COVERAGE_PROCESS_CONFIG" in os.environ:  # whatever program a test starts finds our coverage plugin
        os.environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(config.rootpath), os.environ.get("PYTHONPATH")])
        )
    kind = config.getoption("--nats")
    url = urlsplit(kind).hostname is not None
    if kind not in ("process", "docker") and not url:
        raise pytest.UsageError(f"--nats={kind}: expected process, docker or a URL such as nats://host:4222")
    if url and config.getoption("numprocesses", None):
        raise pytest.UsageError(
            "--nats=URL is one server: tests that empty its streams cannot run in parallel"
        )


@pytest.fixture(scope="session")
def nats_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server shared by all tests. It must start: without it nothing here is tested."""
    with contextlib.ExitStack() as running:
        try:
            url = running.enter_context(nats.server(request.config.getoption("--nats")))
        except ServerUnavailable as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        yield url


@pytest.fixture
def nats_server(request: pytest.FixtureRequest) -> Iterator[nats.NatsServer]:
    """A server of the test's own, to be killed and restarted."""
    if request.config.getoption("--nats") != "process":
        pytest.skip("kills and restarts the server, which only --nats=process allows")
    with nats.NatsServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing outside the test's own folder."""
    return Settings(
        state_dir=tmp_path / "state", library_dir=tmp_path / "library", node="here", log_bytes=1 << 20
    )


@pytest.fixture
async def bus(nats_url: str, settings: Settings) -> AsyncIterator[Bus]:
    """A connection to the shared server, its streams made anew."""
    async with connect(nats_url, None, name="test", patience=20) as bus:
        await nats.clear(bus, settings)
        yield bus


@pytest.fixture
async def own_bus(nats_server: nats.NatsServer, settings: Settings) -> AsyncIterator[Bus]:
    """A connection to the server of the test's own, with all streams."""
    async with connect(nats_server.url, None, name="test", patience=20) as bus:
        await topology.ensure(bus.js, settings)
        yield bus


@pytest.fixture
def runtime_on(settings: Settings) -> Callable[[Bus], Runtime]:
    """Give what an actor called `tester` works with, on a given bus."""

    def runtime_on(bus: Bus) -> Runtime:
        runtime = Runtime("tester", settings, configure(None, "debug").bind(actor="tester"))
        runtime.bus = bus
        return runtime

    return runtime_on


@pytest.fixture
def runtime(bus: Bus, runtime_on: Callable[[Bus], Runtime]) -> Runtime:
    """What an actor called `tester` works with, on the shared server."""
    return runtime_on(bus)
