"""What is promised of particular accidents, at full size: ``python -m tests.chaos`` ends with them."""

import time
from random import Random
from typing import Final

import pytest

from tests.chaos import proof
from tests.chaos.accidents import a_private_one, a_refusal
from tests.chaos.faults import commit
from tests.chaos.machine import machine
from tests.chaos.plan import ACTORS, EVERYTHING, Kill, Plan
from tests.chaos.witness import Witness
from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

pytestmark = pytest.mark.slow

_MANY: Final = 60
_TWO_MINUTES: Final = 120.0
_PATIENCE: Final = 900.0
_BIG_BPS: Final = 20_000_000
_ENOUGH: Final = 60_000_000


def plan(videos: int, *, pace: float = 0.01) -> Plan:
    """Give a plan without faults: they come by hand."""
    return Plan(
        seed=1,
        kind="kill",
        videos=videos,
        twice=False,
        private=False,
        workers=4,
        bps=0,
        pace=pace,
        steps=(),
    )


def test_sixty_videos_are_archived_once_while_every_process_is_killed_for_two_minutes(
    home: Home, site: YtSim
) -> None:
    random = Random(1)
    site.set(media_bps=500_000)
    with machine(home, site, plan(_MANY)) as system, Witness(home) as witness:
        jobs = home.submit(*map(site.watch_url, site.ids[:_MANY]))
        end = time.monotonic() + _TWO_MINUTES
        while time.monotonic() < end:
            time.sleep(random.uniform(0.5, 3))
            victims = (*ACTORS, "worker", "worker", "forkserver", "nats-server", "ffmpeg", EVERYTHING)
            commit(system, Kill(random.choice(victims)), random)
        until(
            lambda: len(witness.ends(*proof.ENDS)) == _MANY,
            "every job to end",
            seconds=_PATIENCE,
            every=0.5,
        )
        proof.holds(home, dict.fromkeys(jobs, ("archived",)))
    media = [path for path in home.files() if path.endswith((".mp4", ".webm", ".mkv"))]
    assert len(media) == _MANY


def test_a_burst_of_refusals_pauses_sixty_jobs_and_spends_no_attempt(home: Home, site: YtSim) -> None:
    with machine(home, site, plan(_MANY, pace=0.002)):
        a_refusal(home, site, site.ids[:_MANY])


def test_a_private_video_fails_at_once_and_fifty_nine_go_on(home: Home, site: YtSim) -> None:
    with machine(home, site, plan(_MANY)):
        a_private_one(home, site, site.ids[: _MANY - 1])


@pytest.mark.parametrize("victim", ["download", EVERYTHING])
def test_a_download_of_200_mb_goes_on_from_the_bytes_that_are_there(
    big_home: Home, big_site: YtSim, victim: str
) -> None:
    home, site = big_home, big_site
    site.set(media_bps=_BIG_BPS)
    with machine(home, site, plan(1)) as system:
        (job,) = home.submit(site.watch_url(site.named["big"]))
        part = home.until_downloading(job)
        until(lambda: part.exists() and part.stat().st_size > _ENOUGH, "60 MB", seconds=60)
        commit(system, Kill(victim), Random(1))
        until(lambda: not home.programs("nats-server") or victim != EVERYTHING, "the kill", seconds=5)
        size = part.stat().st_size
        site.requests(clear=True)
        witnessed = home.until_ended(job, seconds=180)
        proof.holds(home, {job: ("archived",)})
    assert sum(file["bytes"] for file in witnessed["files"]) > 3 * _ENOUGH
    starts = [
        int(seen.range.removeprefix("bytes=").split("-")[0])
        for seen in site.requests()
        if seen.range and "itag=136" in seen.query
    ]
    assert starts
    assert min(starts) >= size
