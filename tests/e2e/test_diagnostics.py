"""`diagnostics` on a whole system: well, without its jobs actor, and where nothing runs."""

import signal

from schemas.diagnostics_reports import DoctorReport
from tests.e2e.home import Ended, Home, until

_NO_SERVER = 3
_CHECKS = {
    "yt-dlp",
    "deno",
    "ffmpeg",
    "library",
    "disk of the library",
    "nats-server",
    "clock",
    "timekeeping",
    "sync_interval",
}


def all_is_well(home: Home) -> None:
    """Wait until everybody has been heard of."""
    until(lambda: home.run("diagnostics", "health", code=None).code == 0, "all to be well")


def without_jobs_actor(home: Home, *words: str, code: int) -> Ended:
    """Run a command while the jobs actor hangs, which is for no longer: it would be replaced after 30 s."""
    all_is_well(home)
    actor = home.actor("jobs")
    actor.send_signal(signal.SIGSTOP)
    try:
        return home.run(*words, code=code)
    finally:
        actor.send_signal(signal.SIGCONT)


def test_a_whole_system_is_well_until_its_jobs_actor_hangs(home: Home) -> None:
    with home.up():
        # Given a system in which everybody has been heard of
        all_is_well(home)
        actors = home.run("diagnostics", "actors", "--json").document
        assert {one["actor"] for one in actors["actors"]} == {
            "jobs",
            "metadata",
            "download",
            "storage",
            "logs",
        }
        assert {(one["state"], one["node"], one["here"]) for one in actors["actors"]} == {
            ("ready", "here", True)
        }
        assert (actors["registry"], actors["missing"]) == (True, [])
        # Then each document says so
        queues = home.run("diagnostics", "queues", "--json").document
        assert queues["ages"]
        assert {"jobs", "results", "due", "download", "storage-here"} <= {
            one["name"] for one in queues["queues"]
        }
        streams = home.run("diagnostics", "streams", "--json").document
        assert len(streams["streams"]) == 10
        assert streams["free"] > 0
        assert home.run("diagnostics", "breakers", "--json").document == {"blocked": [], "paced": []}
        assert home.run("diagnostics", "disk", "--json").document["nodes"][0]["node"] == "here"
        # And the doctor finds what is wrong: a file that others may read
        (home.state / "credentials.json").chmod(0o644)
        found = home.run("diagnostics", "doctor", "--json", code=1).document
        assert {one["check"] for one in found["findings"]} >= _CHECKS
        assert f"chmod 600 {home.state / 'credentials.json'}" in [one["command"] for one in found["findings"]]
        (home.state / "credentials.json").chmod(0o600)
        # When the jobs actor hangs, then the others, who are heard every two seconds, are found without it
        others = {"metadata", "download", "storage", "logs"}

        def others_are_found() -> bool:
            actors = without_jobs_actor(home, "diagnostics", "actors", "--json", code=1).document
            assert (actors["registry"], "jobs" in actors["missing"]) == (False, True)
            return {one["actor"] for one in actors["actors"]} == others

        until(others_are_found, "the others to be heard")
        # And it is missed
        well = without_jobs_actor(home, "diagnostics", "health", "--json", code=_NO_SERVER).document
        assert well["verdict"] == "down"
        assert well["reasons"][0]["text"] == "no jobs actor answers: nothing is decided"
    # And when nothing runs, that is said, and what needs no server is looked at all the same
    down = home.run("diagnostics", "health", "--json", code=_NO_SERVER).document
    assert down["verdict"] == "down"
    report = home.run("diagnostics", "report", "--json")
    assert str(home.folder) not in report.out
    assert home.environment["YTARCHIVE_YTDLP_OPTIONS"].split()[1] not in report.out
    written = report.document
    assert written["settings"]["ytdlp_options"] == "--proxy --no-check-certificates"
    assert written["actors"] is None
    assert {one["grade"] for one in written["doctor"]["findings"]} >= {"skipped"}
    assert DoctorReport.__struct_fields__ == tuple(written["doctor"])
