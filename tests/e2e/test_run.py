"""`ytarchive run`: from addresses to verified files, and what is said meanwhile."""

import hashlib
import re
import subprocess

import pytest

from tests.e2e.home import Ended, Home
from tests.ytsim.server import YtSim
from ytarchive.ffmpeg import ffmpeg_path

JOB_KEYS = {"job_id", "url", "state", "video_id", "title", "files", "error"}
SIDECARS = ["description", "info", "subtitles", "subtitles", "thumbnail"]


@pytest.fixture(scope="module")
def first(shared_home: Home, ytsim: YtSim) -> Ended:
    """What running two videos with nothing running before them wrote."""
    ytsim.reset()
    # the same video under two addresses is one
    urls = [ytsim.watch_url(ytsim.ids[0]), f"https://youtu.be/{ytsim.ids[0]}", ytsim.watch_url(ytsim.ids[1])]
    return shared_home.run("run", *urls, "--json")


@pytest.fixture(scope="module")
def after(first: Ended, running: Home) -> Home:
    """The same home with everything running, for what comes later."""
    return running


def test_every_line_is_json_and_the_last_is_the_summary(first: Ended, ytsim: YtSim) -> None:
    *told, summary = first.lines
    assert set(summary) == {"type", "ok", "jobs", "batch"}
    assert (summary["type"], summary["ok"]) == ("summary", True)
    assert {line["type"] for line in told} > {"progress", "job.submitted", "job.archived"}
    for job, video in zip(summary["jobs"], ytsim.ids[:2], strict=True):
        assert job.keys() >= JOB_KEYS
        assert (job["state"], job["error"], job["video_id"]) == ("archived", None, video)
        assert job["url"] == ytsim.watch_url(video)
        assert all(file.keys() == {"path", "role", "bytes", "sha256"} for file in job["files"])
        assert sorted(file["role"] for file in job["files"] if file["role"] != "media") == SIDECARS
    assert first.err == ""


def test_progress_is_told_for_each_stream_of_each_stage(first: Ended) -> None:
    told = [line for line in first.lines if line["type"] == "progress"]
    assert {line["stage"] for line in told} == {"metadata", "download", "storage"}
    downloads = {line["stream"] for line in told if line["stage"] == "download"}
    assert len([stream for stream in downloads if "video" in stream or "audio" in stream]) == 2
    assert all(line["bytes"] <= line["total"] for line in told if line["total"])


def test_the_files_are_in_the_library_as_was_said_and_nothing_else_is(
    first: Ended, shared_home: Home, ytsim: YtSim
) -> None:
    files = [file for job in first.summary["jobs"] for file in job["files"]]
    assert shared_home.files() == {file["path"]: file["bytes"] for file in files}
    assert list((shared_home.library / ".ytarchive" / "staging").iterdir()) == []
    for file in files:
        content = (shared_home.library / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    stem = f"Simulated Channel/2020/2020-09-13 - Video 0000 — ok café - 'quotes' #tag [{ytsim.ids[0]}]"
    assert {path for path in shared_home.files() if ytsim.ids[0] in path} == {
        stem + suffix for suffix in (".mkv", ".info.json", ".description", ".jpg", ".en.vtt", ".en-orig.vtt")
    }


def test_the_video_can_be_played_to_its_end(first: Ended, shared_home: Home) -> None:
    media = [
        file["path"] for job in first.summary["jobs"] for file in job["files"] if file["role"] == "media"
    ]
    for path in media:
        command = [
            ffmpeg_path(),
            "-v",
            "error",
            "-xerror",
            "-i",
            shared_home.library / path,
            "-f",
            "null",
            "-",
        ]
        subprocess.run(command, check=True)


def test_the_same_video_again_is_a_duplicate_that_points_at_the_file(
    after: Home, first: Ended, sim: YtSim
) -> None:
    before = after.files()
    again = after.run("run", sim.watch_url(sim.ids[0]), "--json").summary
    original = first.summary["jobs"][0]
    (job,) = again["jobs"]
    assert (again["ok"], job["state"], job["files"]) == (True, "duplicate", original["files"])
    assert job["of"] == original["job_id"]
    assert after.files() == before
    assert not [seen for seen in sim.requests() if seen.host.endswith("googlevideo.com")]


def test_forced_the_same_video_is_archived_again_beside_the_first(
    after: Home, first: Ended, sim: YtSim
) -> None:
    before = after.files()
    again = after.run("run", sim.watch_url(sim.ids[1]), "--force", "--json").summary
    assert [job["state"] for job in again["jobs"]] == ["archived"]
    assert before.items() <= after.files().items()
    files = again["jobs"][0]["files"]
    assert all((after.library / file["path"]).is_file() for file in files)


@pytest.mark.parametrize(("quality", "kept"), [("480", ["Video", "Audio"]), ("audio", ["Audio"])])
def test_the_quality_asked_for_is_the_quality_kept(
    after: Home, sim: YtSim, quality: str, kept: list[str]
) -> None:
    video = sim.ids[{"480": 2, "audio": 3}[quality]]
    (job,) = after.run("run", sim.watch_url(video), "-q", quality, "--json").summary["jobs"]
    submitted = after.status(job["job_id"])["events"][0]
    assert submitted["data"]["options"]["quality"] == quality
    (media,) = (file["path"] for file in job["files"] if file["role"] == "media")
    command = [ffmpeg_path(), "-hide_banner", "-i", after.library / media]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert re.findall(r"Stream #0:\d.*?: (Video|Audio)", told) == kept


def test_without_a_terminal_it_says_in_plain_lines_what_happened(after: Home, sim: YtSim) -> None:
    ended = after.run("run", sim.watch_url(sim.ids[4]), sim.watch_url(sim.named["private"]), code=1)
    assert "\x1b" not in ended.out
    assert "\r" not in ended.out
    (media,) = (path for path in after.files() if sim.ids[4] in path and path.endswith(".mkv"))
    lines = [line.strip() for line in ended.out.splitlines()]
    assert str(after.library / media) in lines
    assert "Private video" in ended.out
    assert any("YTARCHIVE_YTDLP_OPTIONS='--cookies" in line for line in lines)
    assert "SHA-256" in ended.out


def test_what_was_run_is_proved(after: Home, first: Ended) -> None:
    assert after.run("audit", "--deep", "--json").document["ok"]
    after.run("replay", "--check")
