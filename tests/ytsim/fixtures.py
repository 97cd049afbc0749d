"""The simulator as fixtures; a conftest that wants them imports them."""

from collections.abc import Iterator

import pytest

from tests.ytsim.server import YtSim


@pytest.fixture(scope="session")
def ytsim() -> Iterator[YtSim]:
    """Give the one simulator of the session, as the last test left it."""
    with YtSim.start() as sim:
        yield sim


@pytest.fixture
def sim(ytsim: YtSim) -> YtSim:
    """Give the simulator as new: no fault, every state as at first, an empty log."""
    ytsim.reset()
    return ytsim
