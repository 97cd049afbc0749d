"""What was, and why: two videos that were not easily had. One was changed since, one made private."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.e2e.home import Home, Json
from tests.ytsim.server import YtSim


@pytest.fixture(scope="module")
def changed(running: Home, ytsim: YtSim) -> Json:
    """Archive two videos, have their owner change them, and look again: what came of that, and was before."""
    ytsim.reset()
    ytsim.set(media_403=1)
    video, gone = ytsim.ids[:2]
    running.run("submit", "--wait", ytsim.watch_url(video), ytsim.watch_url(gone), "--quiet")
    before = {"files": running.files(), "jobs": running.run("jobs", "--json").document["jobs"]}
    ytsim.edit(video, title="Now called [otherwise]", description="another\n0:04 Middle\n", picture=True)
    ytsim.state(gone, "private")
    ytsim.requests(clear=True)
    looked = running.run("refresh", "--channel", "simulated channel", "--json", code=1).summary
    return {"video": video, "gone": gone, "looked": looked, **before}


def test_looking_again_tells_what_changed_and_downloads_nothing_and_makes_no_row_for_each(
    running: Home, ytsim: YtSim, changed: Json
) -> None:
    looked = changed["looked"]
    assert looked["type"] == "refreshed"
    assert (looked["looked"], [one["video"]["video_id"] for one in looked["changed"]]) == (
        1,
        [changed["video"]],
    )
    assert {"title", "description", "picture"} <= {*looked["changed"][0]["fields"]}
    assert not [one for one in ytsim.requests() if one.host.endswith("googlevideo.com")]
    assert running.files() == changed["files"]
    listed = running.run("jobs", "--json").document
    assert listed["jobs"] == changed["jobs"]
    assert [one["batch_id"] for one in listed["batches"]] == [looked["batch"]]


def test_every_version_is_kept_whole_with_its_picture_and_the_one_of_then_is_told(
    running: Home, changed: Json, tmp_path: Path
) -> None:
    video = changed["video"]
    history = running.run("history", video, "--diff", "--save", tmp_path, "--json").document
    first, second = history["versions"]
    assert second["title"] == "Now called [otherwise]" != first["title"]
    assert first["picture"]["path"] in changed["files"]
    assert "+another" in second["diff"]
    for version in (first, second):
        kept = json.loads((tmp_path / f"{video}.{version['number']}.info.json").read_bytes())
        assert (kept["title"], kept["description"]) == (version["title"], version["description"])
    picture = (tmp_path / f"{video}.2.jpg").read_bytes()
    assert hashlib.sha256(picture).hexdigest() == second["picture"]["sha256"] != first["picture"]["sha256"]
    (then,) = running.run("history", video, "--at", second["seq"] - 1, "--json").document["versions"]
    assert (then["number"], then["title"]) == (1, first["title"])
    assert "not to be had: Private video." in running.run("history", changed["gone"]).out


def types(step: Json) -> list[str]:
    return [event["type"].removeprefix("job.") for event in step["events"]]


def test_why_leads_from_a_file_by_the_failure_and_the_timer_to_the_command(
    running: Home, changed: Json
) -> None:
    reports = [
        running.run("why", running.library / path, "--json").document
        for path in changed["files"]
        if path.endswith(".mkv")
    ]
    origins = set[str]()
    for why in reports:
        steps = {step["seq"]: step for step in why["steps"]}
        assert {one["job_id"] for one in why["jobs"]} > {why["archived_by"]}
        assert why["file"]["role"] == "media"
        first, *_, last = (steps[seq] for seq in why["chain"])
        assert (types(first), first["causes"][0]["origin"]) == (["submitted", "stage_started"], "command")
        assert types(last) == ["archived"]
        for step in why["steps"]:
            for cause in step["causes"]:
                assert (cause["seq"] is None) == (cause["origin"] == "command"), step
                assert cause["origin"] == "command" or cause["seq"] < step["seq"], step
                origins.add(cause["origin"])
    assert origins == {"command", "result", "timer", "source", "release", "job"}
    tree = running.run("why", changed["video"]).out
    assert "a command" in tree
    assert "timer of" in running.run("why", changed["gone"]).out + tree


def test_the_catalogue_and_each_job_are_shown_as_they_were(running: Home, changed: Json) -> None:
    later, job = (one["job_id"] for one in changed["jobs"])
    was = running.run("replay", job, "--at", 1, "--json").document
    assert (was["state"], was["version"], was["files"]) == ("resolving", 2, [])
    whole = running.run("replay", "--at", 1, "--json").document
    assert [(one["job_id"], one["state"]) for one in whole["jobs"]] == [(job, "resolving")]
    assert (whole["sequence"], whole["batches"], whole["faults"]) == (1, [], [])
    assert "before the first message, of 20" in running.run("replay", "--at", "2h").out
    assert running.run("replay", later, "--at", 1, code=2).err.startswith(f"error: there was no job {later}")
    refresh, end = changed["looked"]["batch"], running.run("why", changed["gone"], "--json").document
    begun = next(step["seq"] for step in end["steps"] if step["id"] == refresh)
    batch = running.run("replay", refresh, "--at", begun, "--json").document
    assert (batch["batch"]["state"], batch["batch"]["counts"], batch["jobs"]) == ("running", {}, [])
