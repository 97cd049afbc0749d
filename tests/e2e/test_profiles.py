"""From a table in the configuration file to the files in the library."""

import json
import re

import pytest

from tests.e2e.home import Home
from tests.e2e.test_refusals import is_clear
from tests.ytsim.media import SECONDS
from tests.ytsim.server import YtSim
from tests.ytsim.watch import COMMENTS

CONFIG = """\
[profiles.talk]
quality = "audio"
container = "mp4"
description = false
sponsorblock_cut = ["sponsor"]
chapters = true
"""


@pytest.fixture
def configured(home: Home) -> Home:
    """A home with a profile."""
    config = home.folder / "config.toml"
    config.write_text(CONFIG)
    home.environment["YTARCHIVE_CONFIG"] = str(config)
    return home


def test_a_video_is_kept_as_its_profile_and_the_options_say_and_the_log_tells(
    configured: Home, sim: YtSim
) -> None:
    words = ["--profile", "talk", "--comments", "--subtitles", "none", "--json"]

    job = configured.run("run", sim.watch_url(sim.ids[7]), *words).summary["jobs"][0]

    paths = {file["role"]: file["path"] for file in job["files"]}
    assert paths.keys() == {"media", "info", "thumbnail"}
    assert paths["media"].endswith(".m4a")
    kept = json.loads((configured.library / paths["info"]).read_text(encoding="utf-8"))
    assert len(kept["comments"]) == COMMENTS

    events = configured.run("replay", job["job_id"], "--json").lines
    told = {event["type"]: event["data"] for event in events}
    assert told["job.submitted"]["options"] == {
        "profile": "talk",
        "quality": "audio",
        "container": "mp4",
        "description": False,
        "sponsorblock_cut": ["sponsor"],
        "chapters": True,
        "comments": True,
        "subtitles": [],
    }
    left = told["job.media_downloaded"]["staging"]["duration"]
    assert left < SECONDS - 1
    assert told["job.archived"]["verified"]["duration"] == pytest.approx(left, abs=0.05)
    assert configured.run("audit", "--deep", "--json").document["ok"]
    said = configured.run("replay", job["job_id"]).out
    assert re.search(r"submitted +audio, ", said)
    assert "profile talk" in said


@pytest.mark.parametrize("words", [["--profile", "tlak"], ["--container", "mp5"], ["--subtitles", "*"]])
def test_what_cannot_be_wished_for_is_refused_before_anything_is_started(
    configured: Home, words: list[str]
) -> None:
    said = is_clear(configured.run("run", "https://www.youtube.com/watch?v=aqz-KE-bpKQ", *words, code=2))

    assert words[1] in said
    assert not configured.state.exists()


def test_a_mistake_in_a_profile_is_told_by_whatever_is_run(configured: Home) -> None:
    (configured.folder / "config.toml").write_text(f"{CONFIG}qualty = 1\n")

    said = is_clear(configured.run("jobs", code=2))

    assert "profile 'talk': unknown key: 'qualty'" in said
    assert "Did you mean `quality`?" in said


def test_the_profiles_are_shown_for_people_and_programs(configured: Home) -> None:
    assert "talk" in configured.run("config", "profiles").out
    report = configured.run("config", "profiles", "--json").document
    assert [one["name"] for one in report["profiles"]] == ["default", "talk"]
