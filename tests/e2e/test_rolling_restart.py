"""Every actor is restarted in turn while a batch is under way: nothing is lost, and nothing is done twice."""

import signal
from collections import Counter, defaultdict
from collections.abc import Collection
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import psutil

from tests.e2e.home import Home, until
from tests.e2e.test_crashes import is_proved, is_there_again
from tests.ytsim.server import YtSim

VIDEOS = 12
SLOW = 20_000
"""Bytes a second: the sound of a video takes a quarter of a minute."""
WORKERS = 3


def all_at_work(home: Home) -> bool:
    """Tell whether every worker has a part of a download."""
    sizes = home.parts().values()
    return len(sizes) == WORKERS and all(sizes)


def others_than(home: Home, before: Collection[Path]) -> bool:
    """Tell whether other downloads are under way than before."""
    return home.parts().keys() != set(before)


def states(home: Home, jobs: Collection[str]) -> set[str]:
    """Give the states that jobs are in."""
    found = home.run("jobs", "--json").document["jobs"]
    return {job["state"] for job in found if job["job_id"] in jobs}


def test_each_actor_is_restarted_over_its_work_and_nothing_is_lost_or_repeated(
    home: Home, sim: YtSim
) -> None:
    sim.set(media_bps=SLOW)
    with home.up(YTARCHIVE_VIDEOS_PER_HOUR="0", YTARCHIVE_DOWNLOAD_WORKERS=str(WORKERS)):
        urls = [sim.watch_url(video) for video in sim.ids[:VIDEOS]]
        answer = home.run("submit", *urls, "--quality", "audio", "--json").document
        jobs = [job["job_id"] for job in answer["jobs"]]
        for actor in ("jobs", "metadata", "download", "storage", "logs", "download"):
            if actor == "storage":  # something comes to be stored
                sim.set(media_bps=0)
                until(partial(others_than, home, home.parts()), "a download to end")
                sim.set(media_bps=SLOW)
            until(lambda: all_at_work(home), "work in flight")
            process = home.actor(actor)
            process.send_signal(signal.SIGTERM)
            psutil.wait_procs([process], timeout=60)
            assert not process.is_running(), f"{actor} drains"
            until(partial(is_there_again, home, actor), f"another {actor}")
        sim.set(media_bps=0)
        until(lambda: states(home, jobs) == {"archived"}, "all of them", every=0.5)
        until(lambda: not home.staged(), "staging to be cleared")
        is_proved(home)
        events = Counter(
            (line["job_id"], line["type"], line["data"].get("stage"))
            for line in home.run("replay", "--json").lines
        )

    # no attempt was spent, no stage begun again, and every video is there once
    assert set(events.values()) == {1}
    assert not [type_ for _, type_, _ in events if "failed" in type_ or "retry" in type_]
    assert sum(type_ == "job.archived" for _, type_, _ in events) == VIDEOS
    # what was there of a download was not asked for again
    starts = defaultdict[str, list[int]](list)
    for seen in sim.requests():
        if seen.path == "/videoplayback":
            (video,) = parse_qs(seen.query)["id"]
            starts[video].append(int((seen.range or "bytes=0-").removeprefix("bytes=").partition("-")[0]))
    assert starts.keys() == set(sim.ids[:VIDEOS])
    assert all(found[0] == 0 and found == sorted(set(found)) for found in starts.values()), starts
    assert any(len(found) > 1 for found in starts.values())
