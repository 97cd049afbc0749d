"""Playlists and channels: archived once, gone on with after any end, steered, and fair to what is small."""

import contextlib
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest

from tests.e2e.conftest import fresh_home
from tests.e2e.home import PROGRAM, Ended, Home, Json, until
from tests.e2e.test_crashes import is_proved
from tests.ytsim.catalogue import Playlist
from tests.ytsim.server import YtSim
from tests.ytsim.site import Seen

SLOW = 300_000
CHOSEN = ["--match", "Video 000[0-4]|new"]
"""Of a channel, the five newest videos and what was published since."""
MEGABYTES = 10 << 20


@pytest.fixture
def channel() -> Iterator[YtSim]:
    """A channel whose videos fill three pages."""
    with YtSim.spawn(videos=75) as channel:
        yield channel


@pytest.fixture
def home_of_channel(channel: YtSim) -> Iterator[Home]:
    with fresh_home(channel.proxy) as home:
        yield home


def lists(seen: list[Seen]) -> list[str]:
    """Give what was asked of lists: their first pages, and what they go on with."""
    return sorted(one.path for one in seen if one.path.startswith(("/@", "/youtubei/v1/browse")))


def batch_of(answer: Ended) -> str:
    """Give the id of the batch that was submitted."""
    batch: str = answer.document["batch"]
    return batch


def told(home: Home, *types: str) -> list[Json]:
    """Give the events of all jobs of some types, in the order of the log."""
    return [event for event in home.run("replay", "--json").lines if event["type"] in types]


def counts(home: Home, batch: str) -> Counter[str]:
    """Give the numbers of a batch's videos by state."""
    return Counter(home.status(batch)["batch"]["counts"])


def test_a_channel_is_archived_and_after_that_only_what_is_new(home_of_channel: Home, channel: YtSim) -> None:
    home, run = home_of_channel, ["run", channel.channel_url, *CHOSEN]

    first = home.run(*run, "--json")
    assert {line["type"] for line in first.lines} >= {"batch", "progress", "job.page_listed", "summary"}
    assert (first.summary["ok"], first.summary["jobs"]) == (True, [])
    assert first.summary["batch"]["counts"] == {"archived": 5}
    assert first.summary["batch"]["skipped"] == 80
    assert {path for path in home.files() if path.endswith(".mkv")} == {
        next(path for path in home.files() if path.endswith(f"[{video}].mkv")) for video in channel.ids[:5]
    }
    channel.requests(clear=True)

    again = home.run(*run)
    assert "nothing new: 5 archived before, 80 left out in 0:" in again.out
    tabs = [f"/@simchannel/{tab}" for tab in ("shorts", "streams", "videos")]
    seen = channel.requests(clear=True)
    assert lists(seen) == sorted(one.path for one in seen) == tabs  # a page of each, and nothing else

    new = channel.publish()
    later = home.run(*run, "--json").summary
    assert later["batch"]["counts"] == {"archived": 1}
    assert (later["batch"]["known"], later["batch"]["skipped"]) == (5, 80)
    assert lists(channel.requests(clear=True)) == tabs

    third = home.run(*run, "--json").summary["batch"]
    assert (third["known"], third["skipped"], third["queued"], third["counts"]) == (6, 80, 0, {})
    assert lists(channel.requests()) == tabs
    assert any(new in path for path in home.files())
    is_proved(home)


def test_everything_is_killed_in_the_middle_and_running_again_finishes_the_rest(
    home: Home, sim: YtSim
) -> None:
    run = ["run", f"{sim.channel_url}/shorts"]
    sim.set(media_bps=SLOW)
    with home.start(*run, "--json") as first:
        assert first.stdout
        assert any('"job.archived"' in line for line in first.stdout)
        kill_all(home)
    home.must_be_quiet()
    archived = [event["job_id"] for event in told(home, "job.archived")]
    assert 1 <= len(archived) < len(sim.shorts)

    sim.set(media_bps=0)
    again = home.run(*run, "--json")
    batch = again.summary["batch"]
    assert again.err.startswith(f"Goes on with batch {batch['batch_id']}, begun at 20")
    assert (again.summary["ok"], batch["counts"]) == (True, {"archived": len(sim.shorts)})
    with home.up():
        (only,) = home.run("jobs", "--json").document["batches"]
        assert only["batch_id"] == batch["batch_id"]
        ended = told(home, "job.archived", "job.duplicate_found", "batch.finished")
        assert Counter(event["type"] for event in ended) == {
            "job.archived": len(sim.shorts),
            "batch.finished": 1,
        }
        until(lambda: not home.staged(), "staging to be cleared")
        is_proved(home)

        sim.set(media_bps=SLOW // 10)
        asked = home.run("submit", f"{sim.channel_url}/streams", "--json").document
        same = home.run("submit", f"{sim.channel_url}/streams", "--json").document
        assert (same["batch"], asked["since"]) == (asked["batch"], None)
        assert same["since"]
        forced = home.run("submit", f"{sim.channel_url}/streams", "--force", "--json").document
        assert forced["batch"] != asked["batch"]


def kill_all(home: Home) -> None:
    """Kill every process of a home at once, as when the machine loses its power."""
    doomed = home.processes()
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)  # nobody sees another die
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def test_a_single_video_does_not_wait_behind_a_batch_of_thousands() -> None:
    with YtSim.spawn(videos=3000) as many, fresh_home(many.proxy) as home:
        many.set(media_bps=2_000_000)
        with home.up(YTARCHIVE_VIDEOS_PER_HOUR="0"):
            batch = batch_of(home.run("submit", f"{many.channel_url}/videos", "--json"))
            until(lambda: home.status(batch)["batch"]["queued"] > 1000, "much to be listed")

            home.run("submit", many.watch_url(many.named["ok"]), "--wait")

            assert home.status(batch)["batch"]["queued"] > 900
            home.run("cancel", batch)
        events = told(home, "job.submitted", "job.metadata_recorded", "job.media_downloaded")
        (alone,) = (event for event in events if event["data"].get("batch") == "")
        own = {event["type"]: event["seq"] for event in events if event["job_id"] == alone["job_id"]}
        # of each stage: those that were at it, the one that was to be next, and those beside it
        for begun, ended in pairwise(own):
            others = [event for event in events if own[begun] < event["seq"] < own[ended]]
            assert sum(event["type"] == ended for event in others) <= 6


def test_a_batch_is_paused_resumed_called_off_and_tried_again_with_all_its_jobs(
    running: Home, sim: YtSim
) -> None:
    sim.set(media_bps=SLOW // 10)  # so that none is archived before the pause, however long that takes
    batch = batch_of(running.run("submit", f"{sim.channel_url}/streams", "--json"))
    until(lambda: counts(running, batch)["downloading"] >= 2, "downloads")

    (paused,) = running.run("pause", batch[:6], "--json").document["batches"]
    assert (paused["batch_id"], paused["state"]) == (batch, "paused")
    until(lambda: set(counts(running, batch)) == {"paused"}, "all jobs to rest")
    assert f"ytarchive resume {batch[:8]}" in running.run("playlist", "status", batch).out
    assert "is paused" in running.run("pause", batch, code=1).err

    (resumed,) = running.run("playlist", "resume", batch, "--json").document["batches"]
    assert resumed["state"] == "running"
    until(lambda: "paused" not in counts(running, batch), "all jobs to go on")

    running.run("cancel", batch, "--reason", "too slow")
    until(lambda: set(counts(running, batch)) <= {"cancelled", "archived"}, "all jobs to end")
    watched = running.run("watch", batch, code=1)
    assert "cancelled" in watched.out
    status = running.run("playlist", "status", batch, "--json").document
    assert (status["batch"]["state"], status["batch"]["reason"]) == ("cancelled", "too slow")
    assert {job["state"] for job in status["jobs"]} == {"cancelled"}
    assert [job["title"] for job in status["listings"]] == ["Simulated Channel - Live"]

    sim.set(media_bps=0)
    running.run("retry", batch)
    summary = running.run("watch", batch, "--json").summary
    assert (summary["ok"], summary["batch"]["state"]) == (True, "finished")
    assert counts(running, batch) == {"archived": len(sim.streams)}
    listed = running.run("jobs", "--batch", batch, "--json").document["jobs"]
    assert Counter(job["state"] for job in listed) == {"archived": len(sim.streams), "listed": 1}


def test_two_who_ask_for_one_video_at_once_are_both_told_of_one_download(running: Home, sim: YtSim) -> None:
    sim.set(media_bps=1_000_000)
    url, summaries = sim.watch_url(sim.ids[20]), list[Json]()

    def ask(priority: str) -> None:  # or the second would find the job of the first
        summaries.append(running.run("submit", url, "--priority", priority, "--wait", "--json").summary)

    asking = [threading.Thread(target=ask, args=[priority]) for priority in ("normal", "low")]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    first, second = sorted((summary["jobs"][0] for summary in summaries), key=lambda job: job["state"])
    assert all(summary["ok"] for summary in summaries)
    assert (first["state"], second["state"], second["of"]) == ("archived", "duplicate", first["job_id"])
    assert second["files"] == first["files"]
    ours = {first["job_id"], second["job_id"]}
    assert len([event for event in told(running, "job.media_downloaded") if event["job_id"] in ours]) == 1


def test_junk_on_standard_input_is_told_and_what_is_among_it_is_archived(running: Home, sim: YtSim) -> None:
    junk = b"\xff\xfe junk\n" * 20 + b"x" * MEGABYTES + b"\n# mine\n"
    good = [sim.watch_url(sim.ids[21]), f"https://youtu.be/{sim.ids[21]}", sim.watch_url(sim.ids[22])]
    ended = subprocess.run(
        [PROGRAM, "run", "-"],
        env=running.environment,
        cwd=running.folder,
        input=junk + "\n".join(good).encode(),
        capture_output=True,
        check=False,
        timeout=180,
    )
    err = ended.stderr.decode().splitlines()
    assert err[0].startswith("left out: standard input, line 1: not a web address")
    assert err[10:] == ["left out: 11 more lines that are no addresses"]
    assert "2 archived in" in ended.stdout.decode()
    assert ended.returncode == 1  # though all that was asked for is there


def test_lists_that_cannot_be_read_are_named_and_the_others_archived(running: Home, sim: YtSim) -> None:
    lists = [Playlist.PRIVATE, Playlist.EMPTY, Playlist.PATCHY]
    urls = [*map(sim.list_url, lists), "https://www.youtube.com/@nobody", sim.watch_url(sim.ids[23])]
    summary = running.run("run", *urls, "--json", code=1).summary
    failed = {job["url"]: job["error"] for job in summary["jobs"]}
    assert failed.keys() == {urls[0], urls[3]}
    assert "does not exist" in failed[urls[0]]["message"]
    assert all(error["hint"] for error in failed.values())
    assert summary["batch"]["listings"] == {"failed": 2, "listed": 2}
    ended = Counter(summary["batch"]["counts"]) + Counter(known=summary["batch"]["known"])
    assert ended.total() == 1 + len(sim.streams)
    assert summary["batch"]["skipped"] == 2
    assert not summary["ok"]

    again = running.run("run", urls[2]).out
    lost = [line for line in again.splitlines() if "- left out" in line]
    assert {line.rpartition(": ")[2] for line in lost} == {"the video is deleted", "the video is private"}
    assert f"nothing new: {len(sim.streams)} archived before, 2 left out" in again


def test_what_preview_says_is_what_run_does_with_the_profile_that_is_named(home: Home, sim: YtSim) -> None:
    config = home.folder / "config.toml"
    config.write_text('[profiles.talk]\nquality = "audio"\nthumbnail = false\n')
    home.environment["YTARCHIVE_CONFIG"] = str(config)
    asked = [sim.list_url(Playlist.PATCHY), "--profile", "talk", "--reject", "1402"]

    before = home.run("playlist", "preview", *asked, "--json").document
    assert before["counts"] == {"new": 3, "skipped": 3}
    assert not home.state.exists()

    batch = home.run("run", *asked, "--json").summary["batch"]
    assert (batch["counts"], batch["skipped"]) == ({"archived": 3}, 3)
    wanted = {line["video_id"] for line in before["videos"] if line["outlook"] == "new"}
    events = told(home, "job.submitted", "job.metadata_recorded")
    recorded = [event for event in events if event["type"] == "job.metadata_recorded"]
    assert {event["data"]["video"]["video_id"] for event in recorded} == wanted
    options = [event["data"]["options"] for event in events if event["type"] == "job.submitted"]
    assert options == [options[0]] * 4
    assert (options[0]["profile"], options[0]["quality"], options[0]["thumbnail"]) == ("talk", "audio", False)
    assert sum(path.endswith((".opus", ".mka", ".m4a", ".webm")) for path in home.files()) == 3
    assert not [path for path in home.files() if path.endswith(".jpg")]

    private = sim.list_url(Playlist.PRIVATE)
    seen = home.run("playlist", "preview", private, *asked, sim.watch_url(sim.ids[0]), code=1)
    assert "3 there already, 3 left out\n" in seen.out
    assert "\nall in all: 1 would be archived, 3 there already, 3 left out · about " in seen.out
    assert seen.err.startswith(f"error: 1 of 3 addresses could not be listed\n{private}: YouTube said: ")


def test_a_list_that_cannot_be_read_is_not_previewed_and_that_is_said(home: Home, sim: YtSim) -> None:
    refused = home.run("playlist", "preview", sim.list_url(Playlist.PRIVATE), code=1)
    assert refused.err.startswith("error: YouTube said: The playlist does not exist.\nCheck its address.")
    assert (refused.out, "Traceback" in refused.err) == ("", False)
