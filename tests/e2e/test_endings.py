"""How commands end that do not come to their end: by a bug, by Ctrl-C, with nobody to read them."""

import asyncio
import os
import re
import signal
import stat
import subprocess
import sysconfig
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest

from schemas.events import JobPaused, JobSubmitted
from schemas.options import ArchiveOptions
from tests.e2e.bus import connected
from tests.e2e.home import PROGRAM, Home, Json, until
from tests.ytsim.server import YtSim
from ytarchive.domain.replay import Head
from ytarchive.runtime import event_log
from ytarchive.runtime.event_log import Decision

ACTOR: Final = Path(sysconfig.get_path("scripts")) / "ytarchive-actor"
SLOW: Final = 10_000


def broken(home: Home, package: str) -> str:
    """Install a package that is broken before ours, as a failed upgrade leaves it. Gives where.

    What measures coverage would say that it cannot be loaded either.
    """
    for name in [name for name in home.environment if name.startswith("COV")]:
        del home.environment[name]
    folder = home.folder / "broken" / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('raise RuntimeError("nats://cli:hunter2@127.0.0.1 is not loaded")\n')
    return str(folder.parent)


def is_a_report(path: Path, called: str) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert text.startswith("ytarchive ")
    assert f"\nby {called}\n" in text
    assert "Traceback (most recent call last)" in text
    assert "nats://***@127.0.0.1 is not loaded" in text
    assert "hunter2" not in text


def test_a_crash_is_one_line_that_names_a_report_without_passwords(home: Home) -> None:
    path = broken(home, "rich")
    first = home.run("config", "show", code=1, PYTHONPATH=path)
    said, hint = first.err.splitlines()
    assert said == "error: RuntimeError: nats://***@127.0.0.1 is not loaded"
    (report,) = home.temporary.iterdir()  # there is no state directory
    assert hint == f"That is a bug of ours. Please report it with {report}"
    is_a_report(report, "ytarchive config show")

    home.state.mkdir()
    for _ in range(25):
        (home.state / "crashes").mkdir(exist_ok=True)
        (home.state / "crashes" / f"ytarchive-crash-{_:02}.txt").touch()
    error = home.run("jobs", "--json", code=1, PYTHONPATH=path).error
    assert (error["ending"], error["exit_code"]) == ("bug", 1)
    assert Path(error["report"]).parent == home.state / "crashes"
    is_a_report(Path(error["report"]), "ytarchive jobs --json")
    assert len(list((home.state / "crashes").iterdir())) == 20
    assert home.run("jobs", code=3).err.startswith("error: nothing runs on ")  # it is a state directory still


def test_an_actor_that_crashes_says_so_in_a_line_and_leaves_a_report(home: Home) -> None:
    home.state.mkdir()
    done = subprocess.run(
        [ACTOR, "jobs"],
        env=home.environment | {"PYTHONPATH": broken(home, "structlog")},
        capture_output=True,
        text=True,
        check=False,
    )
    (report,) = (home.state / "crashes").iterdir()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: RuntimeError: nats://***@127.0.0.1 is not loaded",
        f"That is a bug of ours. Please report it with {report}",
    ]
    is_a_report(report, "ytarchive-actor jobs")


class DoneAlready(Exception):
    """Raised where a command was at its end before it was looked at, or interrupted."""


def interrupted(home: Home, *words: str, begun: str = "", once: Callable[[], object] = lambda: True) -> str:
    """Press Ctrl-C once a command is at work, and so far, and give what it says.

    Raises `DoneAlready`.
    """
    with home.start(*words) as process:
        assert process.stdout
        if begun:
            os.set_blocking(process.stdout.fileno(), True)
            assert begun in process.stdout.readline()
        else:

            def at_work() -> bool:
                return process.poll() is not None or (waits(process.pid) and bool(once()))

            until(at_work, f"{words} to wait for signals", every=0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        raise DoneAlready(f"{words} did not wait")
    assert process.returncode == 130, err
    assert "Traceback" not in err
    return err


def known(home: Home) -> list[Json]:
    """Give the jobs there are."""
    found: list[Json] = home.run("jobs", "--json").document["jobs"]
    return found


def waits(pid: int) -> bool:
    """Tell whether a process listens for signals, of which it takes SIGHUP last, and is at work.

    For SIGTERM it listens from the first where coverage is measured, for SIGINT always.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << (signal.SIGHUP - 1))


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc to see when a command is at work"
)
def test_ctrl_c_ends_what_waits_says_how_to_come_back_and_leaves_the_work_going_on(
    running: Home, sim: YtSim
) -> None:
    sim.set(media_bps=SLOW)
    url = sim.watch_url(sim.ids[0])
    told = interrupted(running, "submit", "--wait", url, once=lambda: bool(known(running)))
    assert re.search(r"`ytarchive watch [0-9a-f]{16}` comes back to it", told)
    (job,) = known(running)
    running.until_downloading(job["job_id"])
    assert f"watch {job['job_id']}` comes back to it" in interrupted(running, "watch", job["job_id"])
    assert "`ytarchive watch` comes back to it" in interrupted(running, "watch")
    assert f"watch {job['job_id']}` comes back to it" in interrupted(running, "run", url, begun="resolving")
    assert interrupted(running, "logs", "-f", "-n", "1") == "Stopped. Nothing was changed.\n"
    assert running.status(job["job_id"])["state"] == "downloading"
    error = running.run("watch", job["job_id"], "--timeout", "0.5", "--json", code=4).error
    assert error["ending"] == "timed_out"

    sim.set(media_bps=0)
    running.until_ended(job["job_id"])
    sim.set(latency=5)
    said = interrupted(running, "playlist", "preview", sim.playlist_url)
    assert said.splitlines()[-1] == "Stopped. Nothing was changed."


@pytest.mark.parametrize("words", ["jobs", "jobs --json", "--help", "run --help", "config show", "replay"])
def test_whoever_reads_no_further_is_no_error(running: Home, words: str) -> None:
    shell = f"set -o pipefail; {PROGRAM} {words} | true"
    ended = subprocess.run(
        ["bash", "-c", shell],
        env=running.environment,
        cwd=running.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


class Middle(NamedTuple):
    """A command, how to see that it is in the middle of its work, what it says there, and how to go on."""

    words: str
    reached: Callable[[Home], object]
    said: str
    again: str


def audits(home: Home) -> list[Json]:
    """Give the audits that have not come to their end."""
    known = home.run("audit", "--history", "--json").document["audits"]
    return [audit for audit in known if not audit["finished_at"]]


MIDDLES: Final = (
    Middle("replay --json", lambda _: True, "Stopped. Nothing was changed.", "replay --check"),
    Middle(
        "events export log.jsonl.zst",
        lambda home: [*home.folder.glob(".ytarchive-tmp-whole-*")],
        "Stopped. There is no new file.",
        "events export log.jsonl.zst",
    ),
    Middle(
        "audit --deep --limit-rate 1k",
        audits,
        "Stopped. What was checked is kept: `ytarchive audit --resume` goes on with it.",
        "audit --resume",
    ),
    Middle(
        "repair --all --deep",
        Home.parts,
        "Stopped. What was repaired is recorded; the same command goes on with the rest.",
        "repair --all --deep",
    ),
)
LONG: Final = 1000


async def lengthened(home: Home) -> None:
    """Write jobs into the log that rest for a long reason each, so that whoever reads it takes a while."""
    async with connected(home, "jobs") as bus:
        for start in range(0, LONG, 50):
            decisions = [
                Decision("job", f"{number:016x}", Head(), rests(number), "test", "test")
                for number in range(start, start + 50)
            ]
            last = await event_log.last_sequence(bus)
            await event_log.append(bus, decisions, last=last, at=datetime.now(UTC))


def rests(number: int) -> tuple[JobSubmitted, JobPaused]:
    address = f"https://www.youtube.com/watch?v={number:011}"
    return JobSubmitted(url=address, options=ArchiveOptions()), JobPaused(
        reason=Random(number).randbytes(1500).hex()
    )


@pytest.fixture(scope="module")
def archived(running: Home, ytsim: YtSim) -> Path:
    """The one video of a long log, or a second one."""
    ytsim.reset()
    done = running.run("run", ytsim.watch_url(ytsim.ids[1]), "--quality", "audio", "--json").summary
    asyncio.run(lengthened(running))
    (job,) = done["jobs"]
    (path,) = (file["path"] for file in job["files"] if file["role"] == "media")
    return Path(running.library, path)


@pytest.mark.parametrize("middle", MIDDLES, ids=lambda middle: middle.words.partition(" --")[0])
def test_stopped_in_the_middle_it_says_so_leaves_nothing_half_done_and_goes_on_when_asked_again(
    running: Home, sim: YtSim, archived: Path, middle: Middle
) -> None:
    whole = archived.read_bytes()
    if "repair" in middle.words:
        archived.write_bytes(whole[:-1])
        sim.set(media_bps=SLOW)
    files = running.files()

    def come_to_the_middle() -> str:
        try:
            return interrupted(
                running,
                *middle.words.split(),
                begun='{"' if "replay" in middle.words else "",
                once=lambda: middle.reached(running),
            )
        except DoneAlready:
            for log in running.folder.glob("log.*"):
                log.unlink()
            return ""

    said = ""
    for _ in range(10):
        said = said or come_to_the_middle()

    assert middle.said in said.splitlines()[-1]
    assert running.files() == files
    assert not [*running.folder.glob(".ytarchive-tmp-*"), *running.folder.glob("log.*")]
    sim.set(media_bps=0)
    running.run(*middle.again.split())
    assert archived.read_bytes() == whole
    for log in running.folder.glob("log.*"):
        running.run("events", "verify", log)
        log.unlink()
