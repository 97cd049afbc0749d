"""``python -m tests.soak``: a long time under load, what must hold then, and a picture of it."""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from tests.chaos import proof
from tests.chaos.machine import Machine, machine
from tests.chaos.plan import Plan
from tests.e2e.home import Home, until
from tests.soak.load import Load
from tests.soak.plot import Panel, draw
from tests.soak.samples import Sample, Sampling, as_json, growth
from tests.ytsim.server import YtSim

_VIDEOS: Final = 3000
_BPS: Final = 1_000_000
_PACE: Final = 0.01
_PATIENCE: Final = 900.0


def main() -> None:
    """Load the system, then see that all jobs end and all is sound. Raises AssertionError where it is not."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="A long time under load.")
    parser.add_argument("--minutes", type=float, default=60, help="of load (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is asked and broken (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("soak.png"), help="the picture (%(default)s)")
    options = parser.parse_args()
    plan = Plan(
        seed=options.seed,
        kind="soak",
        videos=0,
        twice=False,
        private=False,
        workers=2,
        bps=_BPS,
        pace=_PACE,
        steps=(),
    )
    folder = Path(tempfile.mkdtemp(prefix="yta-soak-"))
    print(f"the home is {folder}; it stays where something is wrong", flush=True)
    with YtSim.spawn(videos=_VIDEOS) as sim, Home(folder, sim.proxy) as home:
        sim.set(media_bps=plan.bps)
        began = time.monotonic()
        with machine(home, sim, plan) as system, Sampling(home) as sampling:
            try:
                with Load(system, Random(plan.seed)) as load:
                    time.sleep(options.minutes * 60)
                _calm(system)
                events = proof.sound(home)
            finally:
                _picture(sampling.samples, load.marks, began, options.out)
    shutil.rmtree(folder, ignore_errors=True)
    _tell(sampling.samples, load, Counter(event["type"] for event in events))


def _calm(system: Machine) -> None:
    """Mend the site and wait until every job has ended."""
    system.sim.set(api_429=0)

    def ended() -> bool:
        answer = system.home.run("jobs", "--json", code=None)
        ends = {"archived", "duplicate", "failed", "cancelled"}
        return not answer.code and not {job["state"] for job in answer.document["jobs"]} - ends

    until(ended, "every job to end", seconds=_PATIENCE, every=2)


def _picture(samples: list[Sample], marks: list[tuple[float, str]], began: float, out: Path) -> None:
    """Draw the samples, and keep them beside the picture."""
    panels = [
        Panel(title, _curves(samples, kind, began))
        for title, kind in (
            ("PSS, MB (a page that processes share is counted once)", "pss"),
            ("RSS, MB", "rss"),
            ("messages that wait or are worked on, by queue", "queues"),
            ("jobs by state", "jobs"),
        )
    ]
    draw(panels, [((at - began) / 60, what) for at, what in marks], out)
    out.with_suffix(".jsonl").write_bytes(as_json(samples))


def _curves(samples: list[Sample], kind: str, began: float) -> dict[str, list[tuple[float, float]]]:
    curves: dict[str, list[tuple[float, float]]] = {}
    for sample in samples:
        for name, value in getattr(sample, kind).items():
            curves.setdefault(name, []).append(((sample.at - began) / 60, value))
    return {name: curve for name, curve in sorted(curves.items()) if any(value for _, value in curve)}


def _tell(samples: list[Sample], load: Load, events: Counter[str]) -> None:
    print(f"{len(load.asked)} jobs asked for; faults: {dict(Counter(what for _, what in load.marks))}")
    print(f"events: {dict(sorted(events.items()))}")
    for name, (early, late) in growth(samples).items():
        print(f"{name}: {early:.1f} MB of PSS in the second quarter, {late:.1f} in the last")
    worst = Counter[str]()
    for sample in samples:
        worst |= Counter(sample.queues)
    print(f"the most that waited: {dict(worst)}")
    print("sound: log, library, staging and dead letters are as they must be")


if __name__ == "__main__":
    main()
