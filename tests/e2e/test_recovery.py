"""What does not work, as the person at the terminal sees it and deals with it."""

import asyncio
from typing import Final

import pytest

from schemas import subjects
from tests.e2e.bus import connected
from tests.e2e.home import Home, until
from tests.ytsim.server import YtSim

UNLIMITED: Final = {"YTARCHIVE_VIDEOS_PER_HOUR": "0"}
JOB: Final = "f00dfacef00dface"


def test_a_paused_job_keeps_what_it_has_and_goes_on_from_there(home: Home, sim: YtSim) -> None:
    with home.up(**UNLIMITED):
        sim.set(media_bps=30_000)
        (job,) = home.submit(sim.watch_url(sim.ids[0]))
        part = home.until_downloading(job)

        (paused,) = home.run("pause", job[:6], "--reason", "dinner", "--json").document["jobs"]
        assert (paused["state"], paused["due"], paused["reason"]) == ("paused", None, "dinner")
        until(lambda: not home.programs("ffmpeg", "deno"), "the work to end")
        size = part.stat().st_size
        assert size
        assert f"by hand, until `ytarchive resume {job[:8]}` because: dinner" in home.run("jobs").out
        assert "because: dinner" in home.run("status", job).out
        assert home.status(job)["events"][-1]["data"] == {"reason": "dinner"}
        assert "is paused" in home.run("pause", job, code=1).err

        sim.set(media_bps=0)
        (resumed,) = home.run("resume", "--all", "--json").document["jobs"]
        assert resumed["job_id"] == job
        assert home.until_ended(job)["attempts"] == 4
        assert "nothing to resume" in home.run("resume", job, code=1).err
        assert home.run("pause", "--all", "--json").document["jobs"] == []
    starts = [int(seen.range.removeprefix("bytes=").split("-")[0]) for seen in sim.requests() if seen.range]
    assert max(starts) >= size


def test_a_cancelled_job_keeps_what_it_has_only_if_it_is_told_to(home: Home, sim: YtSim) -> None:
    with home.up(**UNLIMITED):
        sim.set(media_bps=30_000)
        kept, thrown_away = home.submit(*map(sim.watch_url, sim.ids[:2]))
        part, gone = home.until_downloading(kept), home.until_downloading(thrown_away)
        home.run("cancel", kept, "--keep")
        home.run("cancel", thrown_away)
        until(lambda: not gone.exists(), "the partial file to go")
        assert part.stat().st_size

        sim.set(media_bps=0)
        outcome = home.run("recovery", "retry", "--state", "cancelled", "--json").document
        assert (outcome["before"], sum(outcome["after"].values())) == ({"cancelled": 2}, 2)
        for job in (kept, thrown_away):
            home.until_ended(job)


def test_who_is_refused_rests_and_everybody_says_until_when_and_why(home: Home, sim: YtSim) -> None:
    with home.up(**UNLIMITED):
        sim.set(api_429=1000)
        (job,) = home.submit(sim.watch_url(sim.ids[0]))
        until(lambda: home.status(job)["state"] == "paused", "the job to rest", every=0.2)
        rests = home.status(job)
        assert (rests["attempts"], rests["error"]["category"]) == (0, "rate_limit")

        told = home.run("jobs", "--json").document
        (blocked,) = told["blocked"]
        assert (blocked["until"], blocked["resting"]) == (rests["due"], 1)
        for words in (["jobs"], ["recovery", "list"], ["recovery", "report"]):
            assert f"{blocked['egress']}: paused until " in home.run(*words).out
        shown = home.run("recovery", "show", job, "--json").document
        assert [(one["blocked"], one["egress"]) for one in shown["tried"]] == [(True, blocked["egress"])]

        # whoever comes later is told as well, and does not wait for what takes too long
        later = home.run("run", sim.watch_url(sim.ids[1]), "--patience", "5", code=1)
        assert f"{blocked['egress']}: paused until " in later.out
        assert home.run("submit", sim.watch_url(sim.ids[2]), "--wait", "--timeout", "5", code=4).out


def test_a_video_that_waits_for_the_videos_of_the_next_hour_says_so(home: Home, sim: YtSim) -> None:
    with home.up(YTARCHIVE_VIDEOS_PER_HOUR="1"):
        (job,) = home.submit(sim.watch_url(sim.ids[0]))
        until(lambda: home.run("jobs", "--json").document["paced"], "the look-up to take all there is")
        for words in (["jobs"], ["status", job]):
            assert "1 video an hour at most" in home.run(*words).out
        watched = home.run("watch", job, "--timeout", "3", code=4)
        assert "1 video an hour at most" in watched.out


def test_what_failed_is_counted_shown_with_its_history_and_tried_again_together(
    home: Home, sim: YtSim
) -> None:
    with home.up(**UNLIMITED):
        private, drm = home.submit(*(sim.watch_url(sim.named[name]) for name in ("private", "drm")))
        home.until_ended(private, "failed")
        home.until_ended(drm, "failed")

        listed = home.run("recovery", "list", "--json").document["jobs"]
        assert [job["job_id"] for job in listed] == [private]  # the other one is given up
        assert "and 1 given up" in home.run("recovery", "list").out
        assert drm[:8] in home.run("recovery", "list", "--state", "failed").out
        counts = home.run("recovery", "report", "--json").document["counts"]
        assert {(one["state"], one["category"], one["jobs"]) for one in counts} == {
            ("failed", "needs_auth", 1),
            ("failed", "drm", 1),
        }
        shown = home.run("recovery", "show", private[:8], "--json").document
        (tried,) = shown["tried"]
        assert (tried["stage"], tried["attempt"]) == ("metadata", 1)
        assert tried["failure"] == shown["error"]
        assert any("cookies" in advice for advice in shown["advice"])
        assert shown["due"]

        sim.state(sim.named["private"], "ok")
        outcome = home.run("recovery", "retry", "--category", "needs_auth", "--json").document
        assert (outcome["before"], [job["job_id"] for job in outcome["jobs"]]) == ({"failed": 1}, [private])
        home.until_ended(private)
        assert home.run("recovery", "retry", "--all", "--json").document["before"] == {"failed": 1}
        for words in (["--all", drm], [], ["--state", "archived"], ["--category", "weather"]):
            home.run("recovery", "retry", *words, code=2)


def test_a_dead_letter_sent_again_comes_back_if_it_is_no_better_and_goes_when_thrown_away(
    home: Home,
) -> None:
    def numbers() -> list[int]:
        found = home.run("recovery", "letters", "--json").document["letters"]
        return [letter["number"] for letter in found]

    async def publish() -> None:
        async with connected(home, "admin") as bus:
            await bus.js.publish(subjects.job_command(JOB), b'{"type":"job.frob"}')

    with home.up():
        asyncio.run(publish())
        until(lambda: numbers() == [1], "the letter", every=0.2)
        assert '  "type": "job.frob"' in home.run("recovery", "letter", "1").out
        assert home.run("recovery", "report", "--json").document["letters"] == {"jobs": 1}
        home.run("recovery", "redrive", "1")
        until(lambda: numbers() == [2], "the letter to come back", every=0.2)
    assert numbers() == [2]  # also where nothing runs
    home.run("recovery", "discard", "2", code=3)
    with home.up():
        home.run("recovery", "discard", "--all")
        assert numbers() == []


@pytest.mark.parametrize(
    "words",
    [
        ["pause", "--all"],
        ["resume", "--all"],
        ["recovery", "list"],
        ["recovery", "show", "ab"],
        ["recovery", "report"],
        ["recovery", "retry", "--all"],
        ["recovery", "letters"],
        ["recovery", "letter", "1"],
        ["recovery", "redrive", "--all"],
        ["recovery", "discard", "--all"],
    ],
    ids=" ".join,
)
def test_where_nothing_was_ever_run_there_is_nothing_to_deal_with(home: Home, words: list[str]) -> None:
    assert home.run(*words, code=3).err.startswith("error: nothing runs on ")
    assert not home.state.exists()
