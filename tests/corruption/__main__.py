"""``python -m tests.corruption library|exports``: each with options of its own."""

import importlib
import sys
from typing import Final

SUITES: Final = ("library", "exports")

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in SUITES:
        sys.exit(f"usage: python -m tests.corruption {'|'.join(SUITES)} [OPTIONS]")
    suite = importlib.import_module(f"tests.corruption.{sys.argv[1]}")
    sys.exit(suite.main(sys.argv[2:]))
