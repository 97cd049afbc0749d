"""One run: a system of its own, videos asked for, faults, and what must hold then."""

import time
from datetime import UTC, datetime
from random import Random
from typing import Final, NamedTuple

from tests.chaos import proof
from tests.chaos.faults import strike
from tests.chaos.machine import machine
from tests.chaos.plan import Cancel, Plan
from tests.chaos.witness import Witness
from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

_PATIENCE: Final = 300.0


class Outcome(NamedTuple):
    """How long it took, in seconds: all of it, and from the end of the last fault to that of the last job."""

    seconds: float
    recovery: float


def run(plan: Plan, home: Home, sim: YtSim) -> Outcome:
    """Carry out a plan. Raises AssertionError where something does not hold that must."""
    began = time.monotonic()
    sim.reset()
    sim.set(media_bps=plan.bps)
    videos = Random(plan.seed).sample(sim.ids, plan.videos)
    asked = [*videos, *[sim.named["private"]] * plan.private, *videos[:1] * plan.twice]
    with machine(home, sim, plan) as system, Witness(home) as witness:
        jobs = [
            job  # asked for at once, the same video is one job
            for some in (asked[: len(asked) - plan.twice], videos[:1] * plan.twice)
            if some
            for job in home.submit(*map(sim.watch_url, some))
        ]
        strike(system, witness, plan.steps, Random(plan.seed), jobs)
        calm = datetime.now(UTC)
        until(
            lambda: len(witness.ends(*proof.ENDS)) >= len(jobs),
            "every job to end",
            seconds=_PATIENCE,
        )
        last = max(event.at for event in witness.events if event.type in proof.ENDS)
        called_off = {jobs[step.fault.job] for step in plan.steps if isinstance(step.fault, Cancel)}
        expected: dict[str, tuple[str, ...]] = {}
        for job, video in zip(jobs, asked, strict=True):
            again = ("duplicate",) * (asked.count(video) > 1) + ("cancelled",) * (job in called_off)
            expected[job] = ("failed",) if video == sim.named["private"] else ("archived", *again)
        events = proof.holds(home, expected)
        archived = sum(event["type"] == "job.archived" for event in events)
        # asked for twice, a video of which both copies are being stored at the same time is stored twice
        most, least = plan.videos + plan.twice, plan.videos - len(called_off)
        assert least <= archived <= most, f"{archived} archived of {plan.videos} videos"
    home.must_be_quiet()
    return Outcome(time.monotonic() - began, max((last - calm).total_seconds(), 0.0))
