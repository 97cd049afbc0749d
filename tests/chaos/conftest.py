"""Homes, and a site in a process of its own: it goes on whatever happens to the system under test."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.home import Home
from tests.ytsim.server import YtSim

_BIG_SECONDS = 50


@pytest.fixture(scope="session")
def spawned() -> Iterator[YtSim]:
    """The one site of the session."""
    with YtSim.spawn() as sim:
        yield sim


@pytest.fixture
def big_site() -> Iterator[YtSim]:
    """A site with a video of 200 MB."""
    with YtSim.spawn(big=_BIG_SECONDS) as sim:
        yield sim


@pytest.fixture
def site(spawned: YtSim) -> YtSim:
    """The site as new."""
    spawned.reset()
    return spawned


@pytest.fixture
def home(site: YtSim) -> Iterator[Home]:
    """A home that asks the site."""
    with _home_of(site) as home:
        yield home


@pytest.fixture
def big_home(big_site: YtSim) -> Iterator[Home]:
    """A home that asks the site with the large video."""
    with _home_of(big_site) as home:
        yield home


@contextlib.contextmanager
def _home_of(site: YtSim) -> Iterator[Home]:
    """Give a home under a short path, since the addresses of unix sockets must be."""
    with (
        tempfile.TemporaryDirectory(prefix="yta-chaos-", ignore_cleanup_errors=True) as folder,
        Home(Path(folder), site.proxy) as home,
    ):
        yield home
