"""Whatever is killed in the middle of a download: the video is archived all the same, and it is whole."""

import contextlib
import os
import signal

import psutil
import pytest

from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

SLOW = 30_000


def is_proved(home: Home) -> None:
    """Assert that log, read model and library agree to the last byte."""
    home.run("replay", "--check")
    report = home.run("audit", "--deep", "--json").document
    assert (report["ok"], report["problems"]) == (True, [])


def kill(process: psutil.Process) -> None:
    """Kill one process, and no other with it."""
    os.kill(process.pid, signal.SIGKILL)


def is_there_again(running: Home, actor: str) -> bool:
    """Tell whether an actor runs; who ends just now has no command line any more."""
    with contextlib.suppress(psutil.Error):
        return any(process.cmdline()[-1:] == [actor] for process in running.processes())
    return False


@pytest.mark.parametrize(
    ("victim", "video"),
    [("jobs", 0), ("metadata", 1), ("download", 2), ("storage", 3), ("logs", 4), ("nats-server", 5)],
)
def test_killed_in_the_middle_of_a_download(running: Home, sim: YtSim, victim: str, video: int) -> None:
    sim.set(media_bps=SLOW)
    (job,) = running.submit(sim.watch_url(sim.ids[video]))
    running.until_downloading(job)
    server = victim == "nats-server"
    process = psutil.Process(running.server.pid) if server else running.actor(victim)

    kill(process)

    sim.set(media_bps=0)
    # what lived on the victim is gone with it
    until(lambda: not psutil.pid_exists(process.pid), f"{victim} to be gone")
    if server:
        until(lambda: running.programs("nats-server"), "the server to be there again")
    else:
        until(lambda: is_there_again(running, victim), "another one")
    status = running.until_ended(job)
    assert [event["type"] for event in status["events"]].count("job.archived") == 1
    assert running.actor(victim).pid != process.pid if not server else running.server.pid != process.pid
    until(lambda: not running.staged(), "staging to be cleared")
    is_proved(running)


def test_the_actor_that_looks_up_is_killed_over_it(running: Home, sim: YtSim) -> None:
    sim.set(latency=2)
    (job,) = running.submit(sim.watch_url(sim.ids[6]))
    until(lambda: sim.requests() or running.status(job)["state"] == "resolving", "the look-up")
    kill(running.actor("metadata"))
    sim.set(latency=0)
    running.until_ended(job)


def test_all_actors_and_the_server_are_killed_at_once(running: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    jobs = running.submit(*(sim.watch_url(video) for video in sim.ids[7:9]))
    for job in jobs:
        running.until_downloading(job)
    actors = [running.actor(name) for name in ("jobs", "metadata", "download", "storage", "logs")]
    for process in (psutil.Process(running.server.pid), *actors):
        kill(process)
    sim.set(media_bps=0)
    for job in jobs:
        running.until_ended(job)
    is_proved(running)
