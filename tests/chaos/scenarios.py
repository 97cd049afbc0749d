"""What is promised of particular accidents, at full size: ``python -m tests.chaos`` ends with them."""

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pytest

from tests.chaos import proof
from tests.chaos.accidents import a_private_one, a_refusal
from tests.chaos.faults import commit
from tests.chaos.machine import machine
from tests.chaos.plan import ACTORS, EVERYTHING, Kill, Plan
from tests.chaos.witness import Witness
from tests.disks import filled
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


def test_a_full_disk_under_the_server_loses_nothing_and_is_waited_for(home: Home, site: YtSim) -> None:
    some, later = site.ids[:12], site.ids[12:32]
    site.set(media_bps=500_000)
    small = msgspec.structs.replace(plan(len(some)), small=("state",))
    with machine(home, site, small) as system, Witness(home) as witness:
        jobs = home.submit(*map(site.watch_url, some))
        assert witness.wait("job.archived", 2, 60)
        with filled(system.folder("state")):
            time.sleep(20)
            assert len(witness.ends(*proof.ENDS)) < len(jobs)
            tries = (home.run("submit", site.watch_url(video), code=None) for video in later)
            refused = next(tried for tried in tries if tried.code)  # a little may fit in what is begun
            assert (refused.code, "disk may be full" in refused.err) == (3, True), refused.err
        until(lambda: len(witness.ends(*proof.ENDS)) >= len(jobs), "every job to end", seconds=_PATIENCE)
        said = (home.folder / "up.log").read_text()
        assert "can write no more" in said
        assert "Free some space" in said
        known = {job["job_id"] for job in home.run("jobs", "--json").document["jobs"]}
        assert known >= {*jobs}
        until(lambda: witness.ends(*proof.ENDS).keys() >= known, "the later ones to end", seconds=_PATIENCE)
        proof.holds(home, dict.fromkeys(known, ("archived",)))


def test_whatever_is_called_off_ends_within_three_seconds_and_leaves_nothing(home: Home, site: YtSim) -> None:
    random, calm = Random(1), plan(_MANY // 2)
    site.set(media_bps=200_000)
    slowest = 0.0
    with machine(home, site, calm) as system, Witness(home) as witness:
        jobs = home.submit(*map(site.watch_url, site.ids[: calm.videos]))
        staging = home.library / ".ytarchive" / "staging"
        for job in random.sample(jobs, len(jobs)):
            time.sleep(random.uniform(0, 0.5))
            if home.run("cancel", job, code=None).code:
                continue  # it had ended
            until(partial(_is_cancelled, witness, job), f"{job} to be cancelled", seconds=3)
            (at,) = [event.at for event in witness.events if event[:2] == (job, "job.cancelled")]
            until(partial(_is_gone, staging / job), f"{job} to go", seconds=3)
            slowest = max(slowest, (datetime.now(UTC) - at).total_seconds())
        until(lambda: not system.victims("ffmpeg"), "every ffmpeg to end", seconds=3)
        print(f"{len(witness.ends('job.cancelled'))} called off, the slowest in {slowest:.2f} s")
        assert slowest < 3
        assert len(witness.ends("job.cancelled")) > len(jobs) / 2
        proof.holds(home, dict.fromkeys(jobs, ("cancelled", "archived")))


def _is_cancelled(witness: Witness, job: str) -> bool:
    return job in witness.ends("job.cancelled")


def _is_gone(folder: Path) -> bool:
    return not folder.exists()


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
