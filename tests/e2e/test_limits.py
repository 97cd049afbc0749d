"""Limits are changed while videos are downloaded, obeyed at once, and kept whatever is killed."""

import os
import signal

from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

SLOW = 20_000


def test_downloads_grow_at_once_and_after_a_kill_and_the_log_knows_why(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)

    def downloading() -> int:
        return len({part.parent for part in home.parts()})

    with home.up(YTARCHIVE_DOWNLOAD_WORKERS="1"):
        jobs = home.submit(*(sim.watch_url(video) for video in sim.ids[:3]))
        until(lambda: downloading() == 1, "one download")

        words = ("download_workers=3", "limit_rate=50M", "--reason", "night", "--json")
        lines = home.run("limits", "set", *words).document["limits"]
        workers = next(line for line in lines if line["name"] == "download_workers")
        assert (workers["value"], workers["event"], workers["reason"]) == ("3", 1, "night")
        until(lambda: downloading() == 3, "three downloads")

        victim = home.actor("download")
        os.kill(victim.pid, signal.SIGKILL)
        until(lambda: not victim.is_running(), "the actor to be gone")
        sim.set(media_bps=0)
        for job in jobs:
            home.until_ended(job)
        settings = home.run("config", "show", "--json").document["settings"]
        assert (settings["download_workers"]["value"], settings["download_workers"]["limit"]) == ("2", "3")
        assert settings["log_level"]["limit"] is None
        actors = home.run("diagnostics", "actors", "--json").document["actors"]
        assert [one["slots"] for one in actors if one["actor"] == "download" and one["here"]] == [3]
    told = home.run("replay", "--check").out
    assert "limits    limits.changed     download_workers 3, limit_rate 50000000: night" in told
    refused = home.run("limits", "set", "download_workers=99", code=2).err
    assert refused == "error: download_workers cannot be '99': 1 to 64 is allowed\n"
    home.run("limits", "reset", "download_workers")
    shown = home.run("limits", "show").out
    changed = [line.split()[:2] for line in shown.splitlines() if "event" in line]
    assert changed == [["limit_rate", "50,000,000"]]
