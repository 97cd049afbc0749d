"""The clock of the machine is set while videos are archived: that is said, and nothing else comes of it."""

import os
import struct
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim
from ytarchive.runtime.system import ACTORS

FOLDER = Path(__file__).parents[1] / "set_clock"
HOUR, DAY, LITTLE = timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=300)
SLOW = 40_000
"""Bytes a second: the sound of a video takes eight seconds."""
STEPS = [
    ("jobs", "recorded"),
    ("metadata", "task started"),
    ("metadata", "task finished"),
    ("jobs", "recorded"),
    ("download", "task started"),
    ("download", "task finished"),
    ("jobs", "recorded"),
    ("storage", "task started"),
    ("storage", "task finished"),
    ("jobs", "recorded"),
]
"""What the actors say of a job, in the order in which one thing leads to the next."""


class MachineClock:
    """The clock on the wall of whoever has this environment; the server, which is no Python, has another."""

    def __init__(self, home: Home) -> None:
        self._file = home.folder / "clock"
        self._off = timedelta()
        self.set(self._off)
        path = os.pathsep.join(filter(None, [str(FOLDER), home.environment.get("PYTHONPATH")]))
        self.environment = {"PYTHONPATH": path, "SET_CLOCK": str(self._file)}

    def set(self, by: timedelta) -> None:
        """Set it, ahead or back."""
        self._off += by
        content = struct.pack("q", self._off // timedelta(microseconds=1) * 1000)
        if self._file.exists():
            with self._file.open("r+b") as file:
                file.write(content)
        else:
            self._file.write_bytes(content)


def told(home: Home, events: str) -> int:
    """Count how often the jobs actor has said that it recorded this; to ask it takes a process each time."""
    return (home.folder / "up.log").read_text().count(f'"events": "{events}"')


def said_by_all(home: Home, where: str) -> bool:
    """Tell whether every actor has said that the clock was set."""
    return (home.folder / "up.log").read_text().count(f'"the clock was set {where}"') == len(ACTORS)


def fails(home: Home, sim: YtSim, url: str, fault: str, events: str) -> str:
    """Ask for a video while the site has a fault, and give the job once that is recorded."""
    sim.set(**{fault: 1000})
    (job,) = home.submit(url)
    until(lambda: told(home, events), f"{job} to be held up")
    sim.set(**{fault: 0})
    return job


def test_set_an_hour_ahead_and_a_day_back_over_the_work_and_all_is_archived_once(
    home: Home, sim: YtSim
) -> None:
    clock = MachineClock(home)
    urls = [sim.watch_url(video) for video in sim.ids[:4]]
    sim.set(media_bps=SLOW)
    # a wait is of a minute at least, and a site that refuses us is let alone for hours
    with home.up(YTARCHIVE_RETRY_PACE="20", YTARCHIVE_DOWNLOAD_WORKERS="2", **clock.environment):
        answer = home.run("submit", *urls[:2], "--quality", "audio", "--json").document
        jobs = [job["job_id"] for job in answer["jobs"]]
        for job in jobs:
            home.until_downloading(job)
        clock.set(HOUR)
        until(lambda: said_by_all(home, "ahead"), "all to say that the clock was set ahead")
        for by in (LITTLE, -2 * LITTLE, LITTLE):
            clock.set(by)
        failed = fails(home, sim, urls[2], "api_503", "attempt_failed metadata, retry_scheduled metadata")
        refused = fails(home, sim, urls[3], "api_429", "blocked metadata")
        clock.set(-DAY)
        sim.set(media_bps=0)
        until(lambda: told(home, "archived") == len(urls), "all to be archived")
        until(lambda: said_by_all(home, "back"), "all to say that the clock was set back")

        # once each, and nothing was tried again for it
        until(lambda: not home.staged(), "staging to be cleared")
        assert home.run("audit", "--deep", "--json").document["ok"]
        assert home.run("events", "verify", "--json").document["ok"]
        events = Counter(
            (line["job_id"], line["type"]) for line in home.run("replay", "--check", "--json").lines
        )
        for job in (*jobs, failed, refused):
            assert events[job, "job.archived"] == 1
            assert events[job, "job.stage_started"] == 3 + (job in {failed, refused})
        assert [key for key in events if "failed" in key[1]] == [(failed, "job.attempt_failed")]
        assert [key for key in events if "blocked" in key[1]] == [(refused, "job.blocked")]
        # said by everybody who works by it, and what led to what is told in that order
        lines = home.run("logs", "-n", "0", "--json").lines
        said = {(line["actor"], line["event"], line["context"].get("seconds")) for line in lines}
        for actor in ACTORS:
            assert (actor, "the clock was set ahead", 3600.0) in said
            assert (actor, "the clock was set back", 86400.0) in said
        assert sum("clock" in line["event"] for line in lines) == 2 * len(ACTORS)
        for job in jobs:
            done = [(line["actor"], line["event"]) for line in lines if line["job_id"] == job]
            assert [one for one in done if one in STEPS] == STEPS
        stamps = [line["stamp"] for line in lines]
        assert stamps == sorted(stamps)
