"""The same machines as those of the e2e tests, run by supervisors that are not ours."""

from tests.e2e.conftest import home, no_process_survives
from tests.ytsim.fixtures import sim, ytsim

__all__ = ["home", "no_process_survives", "sim", "ytsim"]
