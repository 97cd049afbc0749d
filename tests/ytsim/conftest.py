"""The simulator's own tests use its fixtures."""

from tests.ytsim.fixtures import sim, ytsim

__all__ = ["sim", "ytsim"]
