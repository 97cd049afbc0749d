"""Who runs everything ends, is killed, or comes back: nothing is left running, and nothing is lost."""

import json
import os
import shutil
import signal
import sys
from subprocess import Popen

import pytest

from tests.e2e.home import Home, until
from tests.e2e.test_crashes import SLOW, is_proved
from tests.ytsim.server import YtSim

LINUX_ONLY = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child that its parent died"
)

IDLE = "! nothing is running now: `ytarchive up` goes on with what has not ended\n"


def first_job(process: Popen[str]) -> str:
    """Give the job that a command with ``--json`` speaks of first."""
    assert process.stdout
    job: str = json.loads(process.stdout.readline())["job_id"]
    return job


@LINUX_ONLY
def test_a_killed_run_leaves_no_process_and_the_next_one_finishes_the_work(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    with home.start("run", sim.watch_url(sim.ids[0]), "--json") as run:
        job = first_job(run)
        home.until_downloading(job)
        run.kill()
        run.wait()
        home.must_be_quiet(30)
    sim.set(media_bps=0)
    # nothing runs, and yet it is known what is to be done, and said that nobody does it
    asked = home.run("status", job, "--json")
    assert asked.document["state"] == "downloading"
    assert asked.err == IDLE
    listed = home.run("jobs")
    assert "downloading" in listed.out
    assert listed.err == IDLE
    assert home.run("run", sim.watch_url(sim.ids[0]), "--json").summary["ok"]
    is_proved(home)


@LINUX_ONLY
def test_a_killed_up_leaves_no_process_and_who_waits_is_served_by_the_next(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    with home.up() as up:
        waiting = home.start("submit", sim.watch_url(sim.ids[0]), "--wait", "--json")
        with waiting as process:
            job = first_job(process)
            home.until_downloading(job)
            up.kill()
            up.wait()
            until(lambda: not home.programs("nats-server", "ffmpeg", "deno"), "the server to end")
            until(lambda: [p.pid for p in home.processes()] == [process.pid], "the actors to end")
            sim.set(media_bps=0)
            with home.up():
                out, err = process.communicate(timeout=180)
                assert (process.returncode, err) == (0, "")
                assert json.loads(out.splitlines()[-1])["jobs"][0]["state"] == "archived"
                is_proved(home)


def test_up_ends_in_good_order_and_who_waits_outlasts_its_restart_or_says_that_it_does_not(
    home: Home, sim: YtSim
) -> None:
    sim.set(media_bps=SLOW)
    with home.up() as up:
        url = sim.watch_url(sim.ids[0])
        with home.start("submit", url, "--wait", "--json", YTARCHIVE_SERVER_PATIENCE="1") as hasty:
            job = first_job(hasty)
            home.until_downloading(job)
            with home.start("watch", job, "--json") as patient:
                assert first_job(patient) == job

                up.terminate()

                assert up.wait(60) == 143
                said = (home.folder / "up.log").read_text().splitlines()
                assert "Stopping nats-server and 5 actors …" in said
                assert said[-1] == "Stopped. What was not finished goes on at the next start."
                out, err = hasty.communicate(timeout=120)
                assert hasty.returncode == 3
                assert json.loads(err)["ending"] == "no_server"
                assert json.loads(out.splitlines()[-1])["ok"] is False
                assert [process.pid for process in home.processes()] == [patient.pid]
                # the job is kept, and goes on
                sim.set(media_bps=0)
                with home.up():
                    out, err = patient.communicate(timeout=180)
                    assert (patient.returncode, err) == (0, "")
                    assert json.loads(out.splitlines()[-1])["jobs"][0]["state"] == "archived"


def test_two_runs_at_once_on_one_state_directory_both_end_well(home: Home, sim: YtSim) -> None:
    with (
        home.start("run", sim.watch_url(sim.ids[0]), "--json") as one,
        home.start("run", sim.watch_url(sim.ids[1]), "--json") as other,
    ):
        for process in (one, other):
            out, err = process.communicate(timeout=180)
            assert process.returncode == 0, err
            assert json.loads(out.splitlines()[-1])["ok"]
    home.must_be_quiet()
    is_proved(home)


def test_a_run_that_joined_another_goes_on_when_that_one_is_killed(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    with home.start("run", sim.watch_url(sim.ids[0]), "--json") as owner:
        home.until_downloading(first_job(owner))
        with home.start("run", sim.watch_url(sim.ids[1]), "--json") as guest:
            first_job(guest)
            os.kill(owner.pid, signal.SIGKILL)
            owner.wait()
            sim.set(media_bps=0)
            out, err = guest.communicate(timeout=180)
            assert guest.returncode == 0, err
            assert json.loads(out.splitlines()[-1])["jobs"][0]["state"] == "archived"


def test_while_the_disk_of_the_library_is_away_nothing_is_put_into_its_place(home: Home, sim: YtSim) -> None:
    away, before = "is its disk mounted?", home.folder / "unmounted"
    with home.up():
        home.run("submit", sim.watch_url(sim.ids[0]), "--wait")
        home.library.rename(before)
        home.library.mkdir()
        (home.library / "NOT MOUNTED").touch()
        (job,) = home.submit(sim.watch_url(sim.ids[1]))
        until(lambda: away in home.run("jobs").out, "who looks to be told why nothing is downloaded")
        until(
            lambda: away in home.run("diagnostics", "health", code=None).out, "the health to be bad", every=1
        )
        assert away in home.run("run", sim.watch_url(sim.ids[2]), code=1).err
        assert home.files() == {"NOT MOUNTED": 0}

        shutil.rmtree(home.library)
        before.rename(home.library)
        attempts = [event["data"].get("attempt") for event in home.until_ended(job)["events"]]
        assert set(attempts) <= {None, 1}  # it cost none
    assert len(home.run("audit", "--deep", "--json").document["problems"]) == 0
    is_proved(home)
