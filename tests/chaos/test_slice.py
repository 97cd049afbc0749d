"""A little of the chaos in every test run: a seed for each kind of fault, and accidents in small."""

import os

import msgspec
import pytest

from tests.chaos.accidents import a_private_one, a_refusal
from tests.chaos.machine import machine
from tests.chaos.plan import KINDS, draw
from tests.chaos.run import run
from tests.e2e.home import Home
from tests.ytsim.server import YtSim

SEEDS = {"kill": 4775, "stop": 2577, "wire": 359, "disk": 3286, "site": 2751}
FEW = 3


@pytest.mark.parametrize(("kind", "seed"), SEEDS.items())
def test_under_faults_every_video_is_archived_once(home: Home, site: YtSim, kind: str, seed: int) -> None:
    if kind == "disk" and os.geteuid():
        pytest.skip("a small file system is mounted for it, which takes root")
    run(draw(seed, kind), home, site)


def test_a_burst_of_refusals_pauses_jobs_and_spends_no_attempt(home: Home, site: YtSim) -> None:
    with machine(home, site, msgspec.structs.replace(draw(1, "kill"), pace=0.002)):
        a_refusal(home, site, site.ids[:FEW])


def test_a_private_video_fails_at_once_and_the_others_go_on(home: Home, site: YtSim) -> None:
    with machine(home, site, draw(1, "kill")):
        a_private_one(home, site, site.ids[:FEW])


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_draws_the_same_plan_again(kind: str) -> None:
    assert draw(7, kind) == draw(7, kind)
    assert draw(7, kind) != draw(8, kind)
    assert len({str(draw(seed, kind)) for seed in range(50)}) == 50
