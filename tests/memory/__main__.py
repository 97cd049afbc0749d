"""``python -m tests.memory``: the memory tests over as many rounds as one likes."""

import argparse
import sys
from pathlib import Path

import pytest


def main() -> int:
    """Run them and show what each left. Gives pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.memory", description="What work leaves behind.")
    parser.add_argument("--rounds", type=int, default=20, help="rounds that are measured (%(default)s)")
    options = parser.parse_args()
    return int(pytest.main(["-q", f"--rounds={options.rounds}", str(Path(__file__).parent)]))


if __name__ == "__main__":
    sys.exit(main())
