"""Accidents that are tried with a few videos in every test run, and with many by the scenarios."""

from typing import Final

from tests.chaos import proof
from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

_PATIENCE: Final = 600.0
_BURST: Final = 17
"""A look-up makes five requests and needs one answer: four at a time may have sixteen refused and go on."""


def a_refusal(home: Home, site: YtSim, videos: list[str]) -> None:
    """Assert that a burst of 429 pauses jobs, which go on by themselves, and that none spends an attempt."""
    site.set(api_429=_BURST)
    jobs = home.submit(*map(site.watch_url, videos))
    _until_all_ended(home, jobs)
    events = proof.holds(home, dict.fromkeys(jobs, ("archived",)))
    types = [event["type"] for event in events]
    assert types.count("job.blocked")
    assert not types.count("job.attempt_failed")


def a_private_one(home: Home, site: YtSim, videos: list[str]) -> None:
    """Assert that a private video among others fails at its first attempt, with a hint, and no other does."""
    private, *jobs = home.submit(*map(site.watch_url, [site.named["private"], *videos]))
    _until_all_ended(home, [private, *jobs])
    events = proof.holds(home, {private: ("failed",), **dict.fromkeys(jobs, ("archived",))})
    assert [event["type"] for event in events].count("job.attempt_failed") == 1
    error = home.status(private)["error"]
    assert error["category"] == "needs_auth"
    assert "cookies" in error["hint"]


def _until_all_ended(home: Home, jobs: list[str]) -> None:
    def ended() -> bool:
        states = [job["state"] for job in home.run("jobs", "--json").document["jobs"]]
        return len(states) == len(jobs) and not {*states} - {*proof.ENDS.values()}

    until(ended, f"{len(jobs)} jobs to end", seconds=_PATIENCE, every=0.5)
