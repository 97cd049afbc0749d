"""Everything running, and the commands that ask it: what they answer and how they end."""

import asyncio
from datetime import UTC, datetime

import pytest

from schemas import codec, subjects
from schemas.commands import SubmitVideo
from schemas.envelope import Envelope
from tests.e2e.bus import connected
from tests.e2e.home import Home, Json, until
from tests.e2e.test_run import JOB_KEYS
from tests.ytsim.server import YtSim

SLOW = 15_000
"""Bytes a second: a video takes minutes."""


NOTHING: Json = {"jobs": [], "batches": [], "blocked": [], "paced": [], "absent": []}
EVENT_KEYS = {"seq", "aggregate", "job_id", "version", "type", "at", "data"}


@pytest.fixture(scope="module")
def archived(running: Home, ytsim: YtSim) -> Json:
    """A job that was submitted, waited for, and archived."""
    ytsim.reset()
    ended = running.run("submit", ytsim.watch_url(ytsim.ids[0]), "--wait", "--json")
    assert ended.summary["ok"] is True
    (job,) = ended.summary["jobs"]
    assert (job["state"], job.keys() >= JOB_KEYS) == ("archived", True)
    assert {line["type"] for line in ended.lines} > {"job.submitted", "job.archived", "progress", "summary"}
    job_dict: Json = job
    return job_dict


def test_a_submission_answers_at_once_with_the_jobs_it_made(running: Home, sim: YtSim) -> None:
    urls = [sim.watch_url(video) for video in sim.ids[1:3]]
    answer = running.run("submit", *urls, "--json").document
    assert set(answer) == {"jobs", "batch", "sources", "since", "absent"}
    assert all(set(job) == {"job_id", "url", "since"} for job in answer["jobs"])
    assert [job["url"] for job in answer["jobs"]] == urls
    for job in answer["jobs"]:
        assert running.until_ended(job["job_id"])["url"] == job["url"]


def test_jobs_are_listed_newest_first_and_can_be_chosen_by_state(running: Home, archived: Json) -> None:
    jobs = running.run("jobs", "--json").document["jobs"]
    assert archived in jobs
    assert all(job.keys() >= JOB_KEYS for job in jobs)
    assert [job["submitted_at"] for job in jobs] == sorted((j["submitted_at"] for j in jobs), reverse=True)
    assert running.run("jobs", "--state", "downloading", "--json").document == NOTHING
    assert len(running.run("jobs", "--state", "archived", "--limit", "1", "--json").document["jobs"]) == 1
    assert archived["title"][:10] in running.run("jobs").out


def test_a_status_is_the_job_and_everything_that_happened_to_it(running: Home, archived: Json) -> None:
    status = running.status(archived["job_id"][:8])
    events = status.pop("events")
    assert status == archived
    assert all(set(event) == EVENT_KEYS for event in events)
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"].removeprefix("job.") for event in events] == [
        "submitted",
        "stage_started",
        "metadata_recorded",
        "stage_started",
        "media_downloaded",
        "stage_started",
        "archived",
    ]
    told = running.run("status", archived["job_id"]).out
    assert all(file["path"] in told.replace("\n", "") for file in archived["files"])


def test_a_replay_is_a_line_for_each_event_in_the_order_of_the_log(running: Home, archived: Json) -> None:
    lines = running.run("replay", "--json").lines
    assert all(set(line) == EVENT_KEYS for line in lines)
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)
    one = running.run("replay", archived["job_id"], "--json").lines
    assert one == [line for line in lines if line["job_id"] == archived["job_id"]]
    assert one == running.status(archived["job_id"])["events"]
    assert "archived" in running.run("replay", archived["job_id"]).out


def test_watching_shows_what_was_before_and_goes_on_to_the_end(running: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    (job,) = running.submit(sim.watch_url(sim.ids[3]))
    running.until_downloading(job)
    with running.start("watch", job[:10], "--json") as watching:
        assert watching.stdout
        first = watching.stdout.readline()
        sim.set(media_bps=0)
        out, err = watching.communicate(timeout=180)
    assert (watching.returncode, err) == (0, "")
    told = [first, *out.splitlines()]
    assert '"type":"job.submitted"' in first
    assert '"type":"job.archived"' in out
    assert told[-1].startswith('{"type":"summary","ok":true')
    # and of a job that has ended there is nothing to wait for
    again = running.run("watch", job, "--json")
    assert again.summary["jobs"][0]["state"] == "archived"


def test_a_download_called_off_stops_at_once_and_leaves_nothing(running: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    before = running.files()
    (job,) = running.submit(sim.watch_url(sim.ids[4]))
    running.until_downloading(job)
    answer = running.run("cancel", job, "--reason", "a mistake", "--json").document
    assert [(one["job_id"], one["state"]) for one in answer["jobs"]] == [(job, "cancelled")]

    until(lambda: not running.staged() and not running.programs("ffmpeg", "deno"), "the end of it", seconds=3)
    sim.requests(clear=True)
    assert running.files() == before
    last = running.status(job)["events"][-1]
    assert (last["type"], last["data"]["reason"]) == ("job.cancelled", "a mistake")
    assert [seen for seen in sim.requests() if seen.host.endswith("googlevideo.com")] == []
    # it can be called off only once, and be tried again
    assert "cancelled" in running.run("cancel", job, code=1).err
    sim.set(media_bps=0)
    assert running.run("retry", job, "--json").document["jobs"][0]["state"] != "cancelled"
    running.until_ended(job)


def test_what_is_archived_can_be_neither_called_off_nor_tried_again(running: Home, archived: Json) -> None:
    for command in ("cancel", "retry"):
        ended = running.run(command, archived["job_id"], code=1)
        assert ended.err.startswith("error: ")
        assert "archived" in ended.err
    assert running.status(archived["job_id"])["state"] == "archived"


def test_a_video_that_cannot_be_had_fails_with_the_reason_and_what_helps(running: Home, sim: YtSim) -> None:
    named = {"private": "needs_auth", "deleted": "gone", "age": "needs_auth"}
    urls = [sim.watch_url(sim.named[state]) for state in named]
    ended = running.run("submit", *urls, "--wait", "--json", code=1)
    assert ended.summary["ok"] is False
    for job, category in zip(ended.summary["jobs"], named.values(), strict=True):
        assert set(job["error"]) >= {"category", "message", "hint"}
        assert (job["state"], job["error"]["category"], job["files"]) == ("failed", category, [])
        assert job["error"]["message"]
        assert job["error"]["hint"]
    # the owner has a change of heart
    sim.state(sim.named["private"], "ok")
    failed = ended.summary["jobs"][0]["job_id"]
    running.run("retry", failed)
    running.until_ended(failed)


def test_waiting_longer_than_allowed_ends_with_exit_code_4_and_the_job_goes_on(
    running: Home, sim: YtSim
) -> None:
    sim.set(media_bps=SLOW)
    ended = running.run("submit", sim.watch_url(sim.ids[5]), "--wait", "--timeout", "1", "--json", code=4)
    (job,) = ended.summary["jobs"]
    assert ended.summary["ok"] is False
    assert (ended.error["ending"], ended.error["exit_code"]) == ("timed_out", 4)
    assert "watch" in ended.error["message"] + ended.error["hint"]
    sim.set(media_bps=0)
    running.until_ended(job["job_id"])


def test_log_lines_of_a_job_come_from_every_actor_that_worked_on_it(running: Home, archived: Json) -> None:
    lines = running.run("logs", "--job", archived["job_id"], "--json").lines
    assert {line["actor"] for line in lines} >= {"metadata", "download", "storage"}
    assert {line["job_id"] for line in lines} == {archived["job_id"]}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    only = running.run("logs", "--actor", "download", "-n", "3", "--json").lines
    assert {line["actor"] for line in only} == {"download"}
    assert len(only) <= 3


def test_a_job_that_is_not_there_or_could_be_several_is_asked_for_again(running: Home, sim: YtSim) -> None:
    async def submit_twins() -> None:
        async with connected(running, "cli") as bus:
            for job in ("cafe" * 3 + "0001", "cafe" * 3 + "0002"):
                command = SubmitVideo(job_id=job, url=sim.watch_url(sim.named["deleted"]))
                await bus.publish(subjects.job_command(job), codec.encode(envelope(command)), msg_id=job)

    asyncio.run(submit_twins())
    running.until_ended("cafe" * 3 + "0002", "failed")
    for command in ("status", "cancel", "retry", "watch", "replay"):
        several = running.run(command, "cafe", code=2).err
        assert (
            "cafecafecafe0001, cafecafecafe0002" in several or "cafecafecafe0002, cafecafecafe0001" in several
        )
    assert "'0000000000000000'" in running.run("status", "0" * 16, code=2).err


def test_a_second_up_on_the_same_state_directory_is_refused(running: Home) -> None:
    ended = running.run("up", code=3)
    assert "already runs" in ended.err
    assert str(running.state) in ended.err
    assert len(ended.err.splitlines()) <= 2


def envelope(command: SubmitVideo) -> Envelope[SubmitVideo]:
    return Envelope(id=command.job_id, at=datetime.now(UTC), correlation_id=command.job_id, body=command)
