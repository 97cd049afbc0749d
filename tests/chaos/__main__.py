"""``python -m tests.chaos``: many runs, each from a seed of its own, then the scenarios."""

import argparse
import queue
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.chaos.plan import KINDS, Plan, draw
from tests.chaos.run import Outcome, run
from tests.e2e.home import Home
from tests.ytsim.server import YtSim

_HERE: Final = Path(__file__).parent


class Done(NamedTuple):
    """A run that is over: what was done, how long it took or what was wrong."""

    plan: Plan
    outcome: Outcome | None
    wrong: str


def main() -> int:
    """Make the runs asked for, two at a time, and tell of each as it ends. Gives 1 where any was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Faults drawn from seeds.")
    parser.add_argument("--runs", type=int, default=200, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the next counts on (%(default)s)")
    parser.add_argument("--kind", choices=KINDS, help="faults of this kind only; else each in turn")
    parser.add_argument("--minutes", type=float, default=0, help="begin no run later; 0 for no limit")
    parser.add_argument("--lanes", type=int, default=2, help="runs at a time (%(default)s)")
    parser.add_argument("--no-scenarios", action="store_true", help="only the runs")
    options = parser.parse_args()
    began = time.monotonic()
    plans = iter(
        [draw(seed, options.kind or "") for seed in range(options.seed, options.seed + options.runs)]
    )
    end = began + options.minutes * 60 if options.minutes else None
    done = list(_runs(plans, end, options.lanes))
    wrong = sorted(one.plan.seed for one in done if one.wrong)
    recoveries = {one.plan.seed: one.outcome.recovery for one in done if one.outcome}
    print(f"{len(done)} runs in {(time.monotonic() - began) / 60:.1f} min, {len(wrong)} wrong {wrong or ''}")
    if recoveries:
        slowest = max(recoveries, key=recoveries.__getitem__)
        print(f"longest recovery {recoveries[slowest]:.1f} s (seed {slowest})")
    code = 0
    if not options.no_scenarios:
        code = int(pytest.main(["-q", str(_HERE / "scenarios.py")]))
    return 1 if wrong or code else 0


def _runs(plans: Iterator[Plan], end: float | None, lanes: int) -> Iterator[Done]:
    """Make the runs in so many lanes, and give each as it is over."""
    turn = threading.Lock()
    over: queue.SimpleQueue[Done | None] = queue.SimpleQueue()

    def lane() -> None:
        try:
            with YtSim.spawn() as sim:
                while True:
                    with turn:
                        plan = None if end and time.monotonic() > end else next(plans, None)
                    if plan is None:
                        return
                    over.put(attempt(plan, sim))
        finally:
            over.put(None)

    for _ in range(lanes):
        threading.Thread(target=lane, daemon=True).start()
    left = lanes
    while left:
        if (done := over.get()) is None:
            left -= 1
            continue
        how = f"recovered in {done.outcome.recovery:.1f} s" if done.outcome else "WRONG"
        took = f"{done.outcome.seconds:.0f} s, " if done.outcome else ""
        print(f"seed {done.plan.seed} {done.plan.kind}: {took}{how} · {done.plan}{done.wrong}", flush=True)
        yield done


def attempt(plan: Plan, sim: YtSim) -> Done:
    """Make one run in a home of its own, which stays where something was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="yta-chaos-"))
    try:
        with Home(folder, sim.proxy) as home:
            outcome = run(plan, home, sim)
    except Exception:  # noqa: BLE001 - whatever a run raises is told, and the next begins
        return Done(plan, None, f"\n{traceback.format_exc()}its home is {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    return Done(plan, outcome, "")


if __name__ == "__main__":
    sys.exit(main())
