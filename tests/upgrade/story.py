"""What is left in the middle of everything: run by the programs of a version, in that version's checkout.

``python story.py FOLDER`` leaves FOLDER/state and FOLDER/library as a power cut would, tells it in told.json,
and keeps the media of the site. It imports that version's tests, of which it uses only `Home` and `YtSim`.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

VIDEOS = 75
AUDIO = ("--quality", "audio")
SETTINGS = {
    "YTARCHIVE_VIDEOS_PER_HOUR": "0",
    "YTARCHIVE_RETRY_PACE": "20",
    "YTARCHIVE_DOWNLOAD_WORKERS": "3",
    "YTARCHIVE_TASK_TIMEOUT": "30",
}


def submit(home: Home, url: str, *words: str) -> str:
    job: str = home.run("submit", url, *words, "--json").document["jobs"][0]["job_id"]
    return job


def is_larger(path: Path, size: int) -> bool:
    return path.stat().st_size > size


def until_state(home: Home, job: str, state: str) -> None:
    until(lambda: home.status(job)["state"] == state, f"{job} to be {state}", every=0.3, seconds=150)


def tell(home: Home, sim: YtSim) -> dict[str, Any]:
    """Bring a running system into as many states as there are."""
    jobs: dict[str, str] = {}
    url = sim.watch_url
    jobs["archived"] = submit(home, url(sim.ids[10]), *AUDIO)
    home.until_ended(jobs["archived"])
    home.run("audit", "--deep", "--json")
    home.run("audit", "--every", "30d")

    jobs["failed"] = submit(home, url(sim.named["private"]))
    until_state(home, jobs["failed"], "failed")

    sim.set(media_error=10_000)
    jobs["waiting"] = submit(home, url(sim.ids[11]), *AUDIO)
    until_state(home, jobs["waiting"], "waiting")

    sim.set(media_error=0, media_bps=60_000)
    jobs["paused"] = submit(home, url(sim.ids[12]), *AUDIO)
    home.until_downloading(jobs["paused"])
    home.run("pause", jobs["paused"], "--reason", "an upgrade")

    sim.set(slow_page=2, page_latency=600)
    answer = home.run(
        "submit", f"{sim.channel_url}/videos", "--match", "Video 000[01]", *AUDIO, "--json"
    ).document
    jobs["batch"] = answer["batch"]
    until(lambda: "job.page_listed" in home.run("replay", "--json").out, "a page", every=0.5, seconds=150)
    until(
        lambda: home.status(jobs["batch"])["batch"]["counts"].get("archived") == 2,
        "its videos",
        every=0.5,
        seconds=150,
    )

    # one download that is about to end, and one that is not
    sim.set(media_bps=15_000)
    for name, video, size in (("reported", sim.ids[14], 60_000), ("in_flight", sim.ids[13], 20_000)):
        jobs[name] = submit(home, url(video), *AUDIO)
        part = home.until_downloading(jobs[name])
        until(partial(is_larger, part, size), "some of it")
    sim.set(media_bps=5_000, api_429=10_000)
    jobs["refused"] = submit(home, url(sim.ids[15]), *AUDIO)
    until_state(home, jobs["refused"], "paused")

    events = [
        [line["aggregate"], line["job_id"], line["version"], line["type"]]
        for line in home.run("replay", "--json").lines
    ]
    # what a worker reports now is heard by nobody
    os.kill(home.actor("jobs").pid, signal.SIGSTOP)
    until(
        lambda: any(b"download.finished" in path.read_bytes() for path in results(home)),
        "its result",
        seconds=150,
    )
    end(home)
    return {"jobs": jobs, "events": events, "part": part.name, "size": part.stat().st_size}


def results(home: Home) -> list[Path]:
    """Give the files in which the server keeps what workers report."""
    return list((home.state / "jetstream").rglob("*_RESULTS/msgs/*.blk"))


def end(home: Home) -> None:
    """Kill everything so that nobody can tidy up."""
    left: list[psutil.Process] = []
    for kill in (signal.SIGSTOP, signal.SIGKILL):
        left = home.processes()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(kill)
    psutil.wait_procs(left, timeout=60)


def main(folder: Path) -> None:
    with YtSim.spawn(videos=VIDEOS) as sim:
        home = Home(folder, sim.proxy)
        with home.up(**SETTINGS) as up:
            told = tell(home, sim)
            up.wait(60)
        # made by ffmpeg, which makes it a little differently each time
        shutil.copy(sim.file(251), folder / "251.webm")
    (folder / "told.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
