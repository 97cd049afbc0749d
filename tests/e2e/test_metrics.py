"""What Prometheus reads of an archive that works, and that it is what the commands say."""

import re
from collections import Counter
from pathlib import Path

from tests.e2e.home import Home, until
from tests.prometheus import (
    RULES,
    Prometheus,
    expressions,
    free_port,
    installed,
    numbers,
    prometheus,
    promtool,
    scraped,
)
from tests.ytsim.server import YtSim

NOT_DONE = {
    "ytarchive_refusals_total",
    "ytarchive_dropped_log_lines_total",
    "ytarchive_fixity_failures_total",
    "ytarchive_fixity_repairs_total",
    "ytarchive_audit_interval_seconds",
}


def not_shown(monitor: Prometheus) -> set[str]:
    """Give the metrics of which no panel shows anything; after a page that was late that is all of them."""
    empty = [one for one in expressions() if not monitor.query(one.replace("$__rate_interval", "1m"))]
    return {name for one in empty for name in re.findall(r"ytarchive_\w+", one)}


@installed
def test_prometheus_reads_what_the_commands_say(home: Home, sim: YtSim, tmp_path: Path) -> None:
    """Given videos that are archived, that fail, that are tried again, and a site that refuses us at last,
    when Prometheus reads all that, then its numbers are those of `jobs`, `recovery` and `audit`."""
    port = free_port()
    settings = {"YTARCHIVE_METRICS_PORT": str(port), "YTARCHIVE_VIDEOS_PER_HOUR": "0"}
    with home.up(**settings), prometheus(tmp_path, port, rules=RULES) as monitor:
        monitor.until('up{job="ytarchive"}', 1)
        sim.set(media_403=1)
        videos = (*sim.ids[:2], sim.named["private"])
        home.run("submit", "--wait", *map(sim.watch_url, videos), code=1)
        home.run("audit", "--deep")
        sim.set(api_429=1000)
        (refused,) = home.submit(sim.watch_url(sim.ids[2]))
        until(lambda: home.status(refused)["state"] == "paused", "the job to rest", every=0.2)

        monitor.until('ytarchive_jobs{kind="video",state="paused"}', 1)
        page = scraped(port)
        assert promtool("check", "metrics", page=page) == ""

        found, told = numbers(page), home.run("jobs", "--all", "--json").document
        jobs = told["jobs"]
        states = {labels[1]: int(number) for labels, number in found["ytarchive_jobs"].items() if number}
        assert states == Counter(job["state"] for job in jobs)
        (blocked,) = told["blocked"]
        breaker = found["ytarchive_breaker_state"]
        assert {state for (egress, state), number in breaker.items() if number} == {"open"}
        assert {egress for egress, _ in breaker} == {blocked["egress"]}

        kinds = Counter(event["type"] for event in home.run("replay", "--json").lines)
        assert sum(found["ytarchive_failed_attempts_total"].values()) == kinds["job.attempt_failed"]
        assert sum(found["ytarchive_retries_total"].values()) == kinds["job.retry_scheduled"] == 1
        assert found["ytarchive_failed_jobs_total"]["needs_auth",] == kinds["job.failed"] == 1
        assert sum(found["ytarchive_refusals_total"].values()) == kinds["job.blocked"] == 1
        stages = found["ytarchive_stage_duration_seconds_count"]
        assert stages["storage",] == states["archived"] == 2
        sizes = [file["bytes"] for job in jobs if job["state"] == "archived" for file in job["files"]]
        assert found["ytarchive_archived_bytes_total"] == {("here",): sum(sizes)}
        assert found["ytarchive_fixity_checked_files_total"] == {("content", "here"): len(sizes)}
        assert found["ytarchive_fixity_checked_bytes_total"] == {("content", "here"): sum(sizes)}
        assert (found["ytarchive_server_up"][()], found["ytarchive_log_whole"][()]) == (1, 1)
        assert found["ytarchive_log_lag_messages"][()] == found["ytarchive_dead_letters"][()] == 0
        diagnosed = home.run("diagnostics", "report", "--json").document
        queues = {queue["name"] for queue in diagnosed["queues"]["queues"]}
        assert queues == {queue for (queue,) in found["ytarchive_queue_messages"]} >= {"jobs", "storage-here"}
        actors = {(one["actor"], one["node"]): one["here"] for one in diagnosed["actors"]["actors"]}
        assert found["ytarchive_actor_up"] == actors
        assert len(actors) == 5
        (open_,) = diagnosed["breakers"]["blocked"]
        assert (open_["egress"], "open") in breaker
        assert all(room > 1 << 20 for room in found["ytarchive_disk_free_bytes"].values())
        assert set(found["ytarchive_disk_free_bytes"]) == {("library", "here"), ("state", "here")}

        # what cannot be shown was not done here, or, as refusals, was there at its first sight
        until(lambda: not_shown(monitor) == NOT_DONE, "all else to be shown")
        assert monitor.query('ALERTS{alertstate="firing"}') == []
