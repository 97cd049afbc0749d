"""Two machines whose clocks are hours apart: what led to what stands in that order in the log of a job."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.home import MARK, Home, Json, until
from tests.nats import NatsServer
from tests.ytsim.server import YtSim

SECRET = "hunter2222"
ACTOR = """
import sys
from datetime import UTC, datetime, timedelta
from ytarchive.runtime.clock import Clock
Clock.__init__.__defaults__ = (lambda: datetime.now(UTC) + timedelta(hours=float(sys.argv[2])),)
from actors.__main__ import main
sys.exit(main(sys.argv[1:2]))
"""
CLOCKS = {"logs": 0, "jobs": 0, "metadata": 5, "download": -3, "storage": -3}
"""How many hours the clock of each actor is ahead."""
ATTIC = ("download", "storage")
CAUSES = [
    ("jobs", "recorded", "submitted, stage_started metadata"),
    ("metadata", "task started", None),
    ("metadata", "task finished", None),
    ("jobs", "recorded", "metadata_recorded, stage_started download"),
    ("download", "task started", None),
    ("download", "task finished", None),
    ("jobs", "recorded", "media_downloaded, stage_started storage"),
    ("storage", "task started", None),
    ("storage", "task finished", None),
    ("jobs", "recorded", "archived"),
]


@pytest.fixture
def machines(home: Home, nats_server: NatsServer) -> Iterator[Home]:
    """Every actor by itself, on two machines with a server that is neither's."""
    secret = home.environment["YTARCHIVE_YTDLP_OPTIONS"].replace("://", f"://me:{SECRET}@")
    home.environment |= {
        "YTARCHIVE_NATS_URL": nats_server.url,
        "YTARCHIVE_YTDLP_OPTIONS": f"{secret} --add-headers 'Cookie:SID={SECRET}'",
        "YTARCHIVE_LOG_LEVEL": "debug",
    }
    assert home.environment[MARK]
    with contextlib.ExitStack() as stack:
        for name, hours in CLOCKS.items():
            output = stack.enter_context((home.folder / f"{name}.err").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-c", ACTOR, name, str(hours)],
                cwd=Path(__file__).parents[2],
                env=home.environment | {"YTARCHIVE_NODE": "attic" if name in ATTIC else "here"},
                stderr=output,
            )
            stack.enter_context(process)
            stack.callback(process.terminate)
        yield home


def test_the_lines_of_a_job_stand_in_causal_order_though_clocks_are_hours_apart(
    machines: Home, sim: YtSim
) -> None:
    until(lambda: machines.run("jobs", code=None).code == 0, "the jobs actor to be there")
    ended = machines.run("submit", sim.watch_url(sim.ids[0]), "--wait", "--json")
    (job,) = ended.summary["jobs"]

    def causes(lines: list[Json]) -> list[tuple[str, str, str | None]]:
        told = [(line["actor"], line["event"], line["context"].get("events")) for line in lines]
        return [one for one in told if one in CAUSES]

    def lines_of_it() -> list[Json]:
        return machines.run("logs", "--job", job["job_id"][:6], "--json").lines

    until(lambda: len(causes(lines_of_it())) >= len(CAUSES), "the last lines to be kept")
    lines = lines_of_it()
    assert causes(lines) == CAUSES
    assert {line["node"] for line in lines} == {"here", "attic"}
    # and no clock would have told so
    moments = [datetime.fromisoformat(line["at"]) for line in lines]
    assert moments != sorted(moments)
    assert all(first < second for first, second in pairwise(line["stamp"] for line in lines))
    # every line says what it is about, those of worker processes too
    said = machines.run("logs", "--video", job["video_id"], "--level", "debug", "--json").lines
    assert {line["context"].get("logger") for line in said} >= {"yt-dlp"}
    assert {(line["job_id"], line["correlation"], line["attempt"]) for line in said} == {
        (job["job_id"], lines[0]["correlation"], 1)
    }
    assert all(line["video"] == job["video_id"] for line in said)
    # the same for people, and a day has passed for nobody
    shown = machines.run("logs", "--job", job["job_id"], "--since", "1h").out
    assert len(shown.splitlines()) == len(lines)
    assert "download@attic task started" in shown
    # nobody reads the secret anywhere
    everything = (
        machines.run("logs", "--level", "debug", "-n", "0").out + machines.run("replay", "--json").out
    )
    everything += "".join((machines.folder / f"{name}.err").read_text() for name in CLOCKS)
    assert "Downloading webpage" in everything
    assert [line for line in everything.splitlines() if SECRET in line] == []
