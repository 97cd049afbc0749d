"""What the first tagged version left in the middle of everything is taken up by today's programs.

The fixture was made by that version's own programs (`python -m tests.upgrade.make v0.1.0`), which were ended
as by a power cut: `story.py` says in which states its jobs are.
"""

import json
import shutil
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.conftest import fresh_home, no_process_survives
from tests.e2e.home import Home, until
from tests.e2e.test_crashes import is_proved
from tests.e2e.test_rolling_restart import states
from tests.upgrade.story import VIDEOS
from tests.ytsim.fixtures import ytsim
from tests.ytsim.server import YtSim

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["no_process_survives", "ytsim"]

VERSION: Final = "v0.1.0"
BEFORE: Final = {
    "archived": "archived",
    "failed": "failed",
    "waiting": "waiting",
    "paused": "paused",
    "in_flight": "downloading",
    "reported": "downloading",
    "refused": "paused",
}


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """What the old version left."""
    with (
        zstd.open(Path(__file__).parent / f"{VERSION}.tar.zst", "rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        tar.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def site(left: Path, ytsim: YtSim) -> Iterator[YtSim]:
    """The site, with the very media that was being downloaded."""
    media = ytsim.file(251).parent
    ours = left / "site" / media.name
    shutil.copytree(media, ours)
    shutil.copy(left / "251.webm", ours)
    with YtSim.spawn(videos=VIDEOS, data=left / "site") as site:
        yield site


@pytest.fixture
def home(left: Path, site: YtSim) -> Iterator[Home]:
    """A home as the old version left it."""
    with fresh_home(site.proxy) as home:
        for folder in (home.state, home.library):
            shutil.copytree(left / folder.name, folder)
        yield home


def events(home: Home) -> list[list[Any]]:
    """Give what happened, as far as the old version told it."""
    return [
        [line["aggregate"], line["job_id"], line["version"], line["type"]]
        for line in home.run("replay", "--json").lines
    ]


def test_what_the_first_version_left_is_read_and_finished(left: Path, home: Home, site: YtSim) -> None:
    told = json.loads((left / "told.json").read_text(encoding="utf-8"))
    jobs, before = told["jobs"], told["events"]
    part = home.library / ".ytarchive" / "staging" / jobs["in_flight"] / told["part"]
    assert part.stat().st_size == told["size"]

    # nothing runs: the log is sound, and says what it said
    assert events(home) == before
    found = {job["job_id"]: job["state"] for job in home.run("jobs", "--json").document["jobs"]}
    assert {name: found[jobs[name]] for name in BEFORE} == BEFORE
    assert home.run("audit", "--history", "--json").document
    files = home.files()

    with home.up(YTARCHIVE_VIDEOS_PER_HOUR="0", YTARCHIVE_DOWNLOAD_WORKERS="3"):
        # what was reported to nobody is heard, what was in hand goes on, and overdue timers ring
        now = datetime.now(UTC).isoformat()
        early = [one for one in ("refused", "waiting") if (home.status(jobs[one])["due"] or "") > now]
        if early:  # the fixture is hours old; its list is refused as long
            home.run("retry", jobs["batch"], *(jobs[one] for one in early), code=None)
        going = {jobs[name] for name in ("reported", "in_flight", "waiting", "refused")}
        until(lambda: states(home, going) == {"archived"}, "all of them", seconds=180, every=0.5)
        until(
            lambda: home.status(jobs["batch"])["batch"]["state"] == "finished",
            "the batch",
            seconds=180,
            every=0.5,
        )
        assert home.status(jobs["paused"])["state"] == "paused"
        home.run("resume", jobs["paused"])
        home.until_ended(jobs["paused"])
        until(lambda: not home.staged(), "staging to be cleared", every=0.2)
        is_proved(home)
        after = events(home)

    assert after[: len(before)] == before
    archived = Counter(job for _, job, _, type_ in after if type_ == "job.archived")
    assert set(archived.values()) == {1}
    assert len(archived) == 8
    assert files.items() <= home.files().items()
    # half of it was there, and was not asked for again
    starts = [int(seen.range.removeprefix("bytes=").split("-")[0]) for seen in site.requests() if seen.range]
    assert told["size"] in starts
    assert home.run("recovery", "letters", "--json").document["letters"] == []
