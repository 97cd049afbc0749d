"""The simulator as fixtures; a conftest that wants them imports them."""

import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.ytsim.server import YtSim


@pytest.fixture(scope="session")
def ytsim() -> Iterator[YtSim]:
    """Give the one simulator of the session, as the last test left it."""
    with YtSim.start() as sim:
        yield sim


@pytest.fixture
def sim(ytsim: YtSim) -> Iterator[YtSim]:
    """Give the simulator as new: no fault, every state as at first, an empty log.

    yt-dlp 2026.8.19 never closes the connection of a request that was refused, nor the file of a segment.
    The test is spared the warnings, and so are later ones, by collecting both here. It counts on pytest's one
    set of filters for the whole of a test.
    """
    warnings.filterwarnings("ignore", "unclosed <ssl.SSLSocket", ResourceWarning)
    ytsim.reset()
    yield ytsim
    if any(seen.status >= 400 for seen in ytsim.requests()):
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()
