"""How many rounds are made, and the figures at the end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.memory.leaks import Left
from tests.ytsim.server import YtSim

Told = Callable[[Left], Left]
_FIGURE = "left behind"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=3, help="rounds of work that are measured (%(default)s)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == _FIGURE and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {value}")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How many are measured; where the whole suite runs, few."""
    return int(request.config.getoption("--rounds", 3))


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Told:
    """Have a figure shown at the end, and in reports."""

    def told(left: Left) -> Left:
        record_property(_FIGURE, str(left))
        return left

    return told


@pytest.fixture
def spawned() -> Iterator[YtSim]:
    """A site in a process of its own, as what it takes is not ours."""
    with YtSim.spawn(videos=1000) as sim:
        yield sim
