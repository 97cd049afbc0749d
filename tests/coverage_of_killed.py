"""A plugin of coverage.py: what a process has measured is saved before it kills its own group.

Worker processes end that way, so that nothing they started outlives them.
"""

import contextlib
import os
from typing import Any

import coverage


def coverage_init(_registry: Any, _options: Any) -> None:
    """Save before ``os.killpg(0, ...)``; called by coverage.py in every process it measures."""
    killpg = os.killpg

    def saving(group: int, signal: int) -> None:
        if group == 0 and (measuring := coverage.Coverage.current()):
            with contextlib.suppress(Exception):
                measuring.stop()
                measuring.save()
        killpg(group, signal)

    os.killpg = saving
