"""Machines on which the installed program runs, the real yt-dlp asking the simulator instead of YouTube."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.home import Home, marked
from tests.ytsim.fixtures import sim, ytsim
from tests.ytsim.server import YtSim

__all__ = ["sim", "ytsim"]

NewHome = Callable[[], Home]

_PREFIX = f"yta-{os.getpid()}-"
"""Other processes may be running these tests too."""

_open: set[str] = set()


@contextlib.contextmanager
def fresh_home(proxy: str) -> Iterator[Home]:
    """Give a home under a short path, since the addresses of unix sockets must be; remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        _open.add(folder)
        try:
            with Home(Path(folder), proxy) as home:
                yield home
        finally:
            _open.discard(folder)


@pytest.fixture
def home(ytsim: YtSim) -> Iterator[Home]:
    """A home of the test's own."""
    with fresh_home(ytsim.proxy) as home:
        yield home


@pytest.fixture(scope="module")
def shared_home(ytsim: YtSim) -> Iterator[Home]:
    """A home for the tests of one module."""
    with fresh_home(ytsim.proxy) as home:
        yield home


@pytest.fixture(scope="module")
def running(shared_home: Home) -> Iterator[Home]:
    """The shared home with `ytarchive up` running on it."""
    with shared_home.up():
        yield shared_home


@pytest.fixture(autouse=True)
def no_process_survives() -> Iterator[None]:
    """After every test, nothing of ours runs whose home is closed."""
    yield
    assert {home for home in marked() if Path(home).name.startswith(_PREFIX)} <= _open
